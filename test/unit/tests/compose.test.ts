// Putting a Problem together: every test once, ids unique, bounded.

import assert from 'node:assert/strict';
import { composeProblem, distinct, MAX_TESTS } from '../../../src/tests/compose.ts';

describe('composeProblem', () => {
  const region = { lines: [1, 2] as const, code: 'def f(x):\n    return x', context: '' };
  const base = { file: 'a.py', entryPoint: 'f', region, timeLimit: 5 };

  it('tells a repair from a function to write', () => {
    const of = (task: 'repair' | 'write'): string => composeProblem({ ...base, task, tests: [] }).instruction;
    assert.notEqual(of('repair'), of('write'));
  });

  it('takes a bounded number of tests', () => {
    const tests = Array.from({ length: MAX_TESTS + 5 }, (_, i) => ({ id: `t${i}`, source: `assert f(${i}) == ${i}` }));
    assert.equal(composeProblem({ ...base, task: 'repair', tests }).public_tests.length, MAX_TESTS);
  });
});

describe('distinct', () => {
  it('keeps a test that two files have once', () => {
    const twice = [
      { id: 'a', source: 'assert f(1) == 1' },
      { id: 'b', source: 'assert f(1) == 1\n' },
    ];
    assert.deepEqual(
      distinct(twice).map((test) => test.id),
      ['a'],
    );
  });

  it('gives equal ids a number', () => {
    const same = [1, 2, 3].map((n) => ({ id: 'line 4', source: `assert f(${n}) == ${n}` }));
    assert.deepEqual(
      distinct(same).map((test) => test.id),
      ['line 4', 'line 4 (2)', 'line 4 (3)'],
    );
  });
});
