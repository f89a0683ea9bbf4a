// Test ids from what an editor knows: items of several extensions, and lines.

import assert from 'node:assert/strict';
import type { FunctionInfo, Inspected } from '../../../src/protocol/judge.ts';
import { isTestFile, missingAdapter, testIdAt, testIdOf, type TestItem } from '../../../src/tests/ids.ts';

function named(name: string, first: number, last: number): FunctionInfo {
  const lines = [first, last] as const;
  const kind = name.includes('.') ? 'method' : 'function';
  return { name, kind, async: false, stub: false, lines, region: lines, def_line: first, doctests: [] };
}

const inspected: Inspected = {
  functions: [
    named('helper', 1, 2),
    named('test_a', 4, 8),
    named('TestB.setUp', 11, 12),
    named('TestB.test_c', 13, 15),
  ],
  asserts: [
    { source: 'assert f(1)', lines: [20, 21], calls: ['f'], in: 'module' },
    { source: 'assert f(2)', lines: [5, 5], calls: ['f'], in: 'test_a' },
  ],
  error: null,
};

const item = (change: Partial<TestItem>): TestItem => ({
  id: 'x',
  path: '/p/tests/test_x.py',
  line: null,
  label: 'x',
  ...change,
});
const idOf = (change: Partial<TestItem>): string | null => testIdOf(item(change), '/p', inspected);

describe('testIdAt', () => {
  it('knows functions, methods and module-level asserts by their lines', () => {
    assert.equal(testIdAt('tests/test_x.py', 6, inspected), 'tests/test_x.py::test_a');
    assert.equal(testIdAt('tests/test_x.py', 13, inspected), 'tests/test_x.py::TestB::test_c');
    assert.equal(testIdAt('tests/test_x.py', 21, inspected), 'tests/test_x.py::20');
  });

  it('does not take helpers, fixtures and empty lines for tests', () => {
    for (const line of [1, 11, 18]) assert.equal(testIdAt('tests/test_x.py', line, inspected), null);
  });
});

describe('testIdOf', () => {
  const right: readonly (readonly [string, Partial<TestItem>, string])[] = [
    ['a path with names', { id: '/p/tests/test_x.py::test_a' }, 'tests/test_x.py::test_a'],
    ['parameters', { id: '/p/tests/test_x.py::test_a[a::b/c-[1]]' }, 'tests/test_x.py::test_a[a::b/c-[1]]'],
    ['a class and method', { id: './tests/test_x.py::TestB::test_c' }, 'tests/test_x.py::TestB::test_c'],
    ['names behind slashes', { id: '/p/tests/test_x.py/TestB/test_c' }, 'tests/test_x.py::TestB::test_c'],
    ['names behind backslashes', { id: 'C:\\p\\test_x.py\\TestB\\test_c' }, 'tests/test_x.py::TestB::test_c'],
    ['dotted names', { id: 'tests.test_x.TestB.test_c' }, 'tests/test_x.py::TestB::test_c'],
    ['a whole class', { id: '/p/tests/test_x.py::TestB' }, 'tests/test_x.py::TestB'],
    ['a whole file', { id: '/p/tests/test_x.py' }, 'tests/test_x.py'],
    ['an id of no known form, by its line', { id: '7f3a', line: 4 }, 'tests/test_x.py::test_a'],
    ['one parameter, by its line and label', { id: '7f3a', line: 4, label: '[1-2]' }, 'tests/test_x.py::test_a[1-2]'],
    ['an id of no known form, by its label', { id: '7f3a', label: 'test_c' }, 'tests/test_x.py::TestB::test_c'],
    [
      'names that the file does not have, by the line',
      { id: '/p/t.py::gone', line: 12 },
      'tests/test_x.py::TestB::test_c',
    ],
  ];
  for (const [name, change, id] of right) it(`understands ${name}`, () => assert.equal(idOf(change), id));

  it('has no id for a file outside of the root', () => {
    assert.equal(idOf({ path: '/q/test_x.py', id: '/q/test_x.py::test_a' }), null);
  });
});

describe('test files', () => {
  it('are known by their names', () => {
    for (const path of ['test_a.py', '/p/tests/test_a.py', 'a_test.py', 'app/tests.py'])
      assert.ok(isTestFile(path), path);
    for (const path of ['conftest.py', 'latest.py', 'test_a.txt', 'testing.py']) assert.ok(!isTestFile(path), path);
  });

  it('of other languages have a message that names the language', () => {
    assert.equal(missingAdapter('python'), null);
    assert.match(missingAdapter('typescript') ?? '', /no adapter for tests in TypeScript/);
    assert.match(missingAdapter('elixir') ?? '', /elixir/);
  });
});
