// Tests from the project's test files: import forms, rewriting, and what is left out with its reason.

import assert from 'node:assert/strict';
import type { AssertInfo } from '../../../src/protocol/judge.ts';
import { mayTest, projectTests, type ProjectTests } from '../../../src/tests/project.ts';

/** The asserts of a flat test file, one per line, as the judge would list them. */
function found(text: string, entryPoint = 'area', module = 'shapes'): ProjectTests {
  const asserts = text
    .split('\n')
    .flatMap((line, i): AssertInfo[] =>
      line.trim().startsWith('assert')
        ? [{ source: line.trim(), lines: [i + 1, i + 1], calls: [], in: 'test_it' }]
        : [],
    );
  return projectTests('test_shapes.py', text, { functions: [], asserts, error: null }, module, entryPoint);
}

describe('projectTests', () => {
  const forms: readonly [name: string, head: string, call: string][] = [
    ['from module import name', 'from shapes import area', 'area(2)'],
    ['an alias', 'from pkg.shapes import area as a', 'a(2)'],
    ['a list in brackets', 'from shapes import (\n    perimeter,  # other\n    area,\n)', 'area(2)'],
    ['everything', 'from .shapes import *', 'area(2)'],
    ['the module', 'import shapes', 'shapes.area(2)'],
    ['the module by its path', 'import pkg.shapes', 'pkg.shapes.area(2)'],
    ['the module under another name', 'import pkg.shapes as s', 's.area(2)'],
    ['the module from its package', 'from pkg import shapes', 'shapes.area(2)'],
  ];
  for (const [name, head, call] of forms) {
    it(`understands ${name}`, () => {
      const text = `${head}\ndef test_it():\n    assert ${call} == 4`;
      const line = text.split('\n').length;
      assert.deepEqual(found(text).tests, [{ id: `test_shapes.py:${line}`, source: 'assert area(2) == 4' }]);
    });
  }

  it('ignores a function of the same name from another module', () => {
    assert.deepEqual(found('from circles import area\nassert area(2) == 4'), { tests: [], left: [] });
  });

  it('takes imports of the module out of the test itself', () => {
    const source = 'from shapes import area\nimport math\nassert area(1) == math.pi';
    const asserts: readonly AssertInfo[] = [{ source, lines: [5, 5], calls: ['area'], in: 'test_it' }];
    const text = 'def test_it():\n    from shapes import area\n    import math\n    assert area(1) == math.pi';
    const { tests } = projectTests('test_shapes.py', text, { functions: [], asserts, error: null }, 'shapes', 'area');
    assert.deepEqual(
      tests.map((test) => test.source),
      ['import math\nimport math\nassert area(1) == math.pi'],
    );
  });

  it('ignores longer names', () => {
    assert.deepEqual(found('from shapes import area\nassert subarea(2) == 4\nassert x.area(2) == 4').tests, []);
  });

  it('puts imports from the standard library in front', () => {
    const { tests } = found('import math\nfrom shapes import area\nassert math.isclose(area(1), math.pi)');
    assert.deepEqual(
      tests.map((test) => test.source),
      ['import math\nassert math.isclose(area(1), math.pi)'],
    );
  });

  it('leaves out what needs another package or a name of the test file, and says so', () => {
    const text =
      'import pytest\nfrom shapes import area\nSIDE = 2\nassert area(SIDE) == 4\nassert area(1) == pytest.approx(1)';
    assert.deepEqual(found(text), {
      tests: [],
      left: ['test_shapes.py:4 was left out: it needs SIDE.', 'test_shapes.py:5 was left out: it needs pytest.'],
    });
  });

  it('takes methods by their class', () => {
    const { tests } = found(
      'from shapes import Square\nassert Square(2).area() == 4\nassert Square(2).side == 2',
      'Square.area',
    );
    assert.deepEqual(
      tests.map((test) => test.source),
      ['assert Square(2).area() == 4'],
    );
  });
});

describe('mayTest', () => {
  it('asks for the module and the function as whole words', () => {
    assert.equal(mayTest('from shapes import area', 'shapes', 'area'), true);
    assert.equal(mayTest('from shapes import areas', 'shapes', 'area'), false);
    assert.equal(mayTest('from reshapes import area', 'shapes', 'area'), false);
  });
});
