// Region re-basing and splicing: the place by content, the smallest edits, line ends and last lines kept.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  codeLines,
  findRegion,
  linesOf,
  rangeEdits,
  spliced,
  spliceEdits,
  type RangeEdit,
} from '../../../src/repair/region.ts';
import { fields, list, number, text, texts } from '../../../src/protocol/shape.ts';

const FILE = ['import os', '', 'def f(x):', '    return x', '', 'def g():', '    pass', ''];
const CODE = 'def f(x):\n    return x';

/** Applies range edits from the bottom up, as an editor does. */
function edited(text: string, edits: readonly RangeEdit[], eol: string): string {
  const lines = text.split(eol);
  const offset = ({ line, character }: RangeEdit['start']): number =>
    lines.slice(0, line).reduce((sum, one) => sum + one.length + eol.length, 0) + character;
  return edits
    .toReversed()
    .reduce((all, edit) => all.slice(0, offset(edit.start)) + edit.text + all.slice(offset(edit.end)), text);
}

describe('findRegion', () => {
  it('finds the region where it was', () => {
    assert.deepEqual(findRegion(FILE, [CODE], 2), { start: 2, end: 4 });
  });

  it('follows the region when lines above it were added', () => {
    assert.deepEqual(findRegion(['# new', '# lines', ...FILE], [CODE], 2), { start: 4, end: 6 });
  });

  it('takes the nearest of two equal texts', () => {
    const twice = [...FILE, ...FILE];
    assert.deepEqual(findRegion(twice, [CODE], 9), { start: 10, end: 12 });
    assert.deepEqual(findRegion(twice, [CODE], 3), { start: 2, end: 4 });
  });

  it('is null when the region itself was changed', () => {
    assert.equal(findRegion(FILE.with(3, '    return x + 1'), [CODE], 2), null);
  });

  it('is null when a line was added at its end or a decorator above it', () => {
    assert.equal(findRegion(FILE.toSpliced(4, 0, '    print(x)'), [CODE], 2), null);
    assert.equal(findRegion(FILE.toSpliced(2, 0, '@cache'), [CODE], 2), null);
  });

  it('lets an indented comment stand behind the region', () => {
    assert.deepEqual(findRegion(FILE.toSpliced(4, 0, '    # more to come'), [CODE], 2), { start: 2, end: 4 });
  });

  it('knows the region by any of the texts that were put there', () => {
    const applied = 'def f(x):\n    return x + 1\n';
    assert.deepEqual(findRegion(FILE.with(3, '    return x + 1'), [CODE, applied], 2), { start: 2, end: 4 });
  });

  it('does not match a text that runs over the end of the file', () => {
    assert.equal(findRegion(['def f(x):'], [CODE], 0), null);
  });
});

describe('spliceEdits', () => {
  it('changes only the lines that differ', () => {
    const edits = spliceEdits(FILE, { start: 2, end: 4 }, 'def f(x):\n    return -x\n', []);
    assert.deepEqual(edits, [{ start: 3, end: 4, lines: ['    return -x'] }]);
  });

  it('puts new imports after the last import and leaves out those the file has', () => {
    const after = spliced(FILE, { start: 2, end: 4 }, CODE, ['import os', 'import re']);
    assert.deepEqual(after.slice(0, 3), ['import os', 'import re', '']);
  });

  it('puts a __future__ import before the others', () => {
    const after = spliced(['"""Doc."""', ...FILE], { start: 3, end: 5 }, CODE, ['from __future__ import annotations']);
    assert.deepEqual(after.slice(0, 3), ['"""Doc."""', 'from __future__ import annotations', 'import os']);
  });

  it('keeps a file without imports readable', () => {
    const after = spliced(['def f(x):', '    return x'], { start: 0, end: 2 }, CODE, ['import re']);
    assert.deepEqual(after, ['import re', '', '', 'def f(x):', '    return x']);
  });
});

describe('the splices that both languages agree on', () => {
  const path = join(import.meta.dirname, '../../contract/splices.json');
  const cases = list(JSON.parse(readFileSync(path, 'utf8')), 'splices', fields);

  for (const found of cases) {
    it(text(found['name'], 'name'), () => {
      const file = linesOf(text(found['text'], 'text'));
      const [first = 0, last = 0] = list(found['lines'], 'lines', number);
      const region = { start: first - 1, end: last };
      const after = spliced(file, region, text(found['code'], 'code'), texts(found['imports'], 'imports'));
      assert.equal(after.join('\n'), found['expected']);
    });
  }

  it('are of many shapes', () => assert.ok(cases.length >= 25));
});

describe('rangeEdits', () => {
  const cases: readonly [name: string, code: string][] = [
    ['a changed line', 'def g():\n    return 1'],
    ['more lines', 'def g():\n    a = 1\n    b = 2\n    return a + b'],
    ['fewer lines', 'def g(): return 1'],
    ['a removed last line', 'def g():'],
    ['an added last line', 'def g():\n    pass\n    return 1'],
  ];
  for (const eol of ['\n', '\r\n']) {
    for (const end of ['', eol]) {
      for (const [name, code] of cases) {
        it(`gives the spliced file for ${name}, ${JSON.stringify(eol)} line ends, ${end === '' ? 'no ' : ''}line end at the end`, () => {
          const text = ['import os', '', 'def g():', '    pass'].join(eol) + end;
          const file = linesOf(text);
          const region = { start: 2, end: 4 };
          const edits = spliceEdits(file, region, code, ['import re']);
          const wanted = ['import os', 'import re', '', ...codeLines(code)].join(eol) + end;
          assert.equal(edited(text, rangeEdits(file, edits, eol), eol), wanted);
        });
      }
    }
  }
});
