// Problem files: what is filled in, and what is said about a wrong one.

import assert from 'node:assert/strict';
import { parseProblem } from '../../../src/protocol/problem.ts';
import { RepairError } from '../../../src/repair/errors.ts';

const least = {
  id: 'p',
  instruction: 'Mend it.',
  entry_point: 'f',
  code: 'def f(): ...',
  public_tests: ['assert f()'],
};

describe('parseProblem', () => {
  it('fills in what may be left out', () => {
    assert.deepEqual(parseProblem(least), {
      ...least,
      language: 'python',
      kind: 'function',
      context: '',
      public_tests: [{ id: 't1', source: 'assert f()' }],
      private_tests: [],
      time_limit_s: 5,
    });
  });

  it('keeps what is given', () => {
    const given = { ...least, python: '/p', time_limit_s: 0.5, context: 'import os', entry_point: 'Größe.berechne' };
    const found = parseProblem({ ...given, private_tests: [{ id: 'x', source: 's' }, 'plain'] });
    assert.equal(found.python, '/p');
    assert.equal(found.kind === 'function' && found.entry_point, 'Größe.berechne');
    assert.deepEqual(found.private_tests, [
      { id: 'x', source: 's' },
      { id: 't2', source: 'plain' },
    ]);
  });

  const wrong: readonly (readonly [string, object | null, RegExp])[] = [
    ['nothing', null, /problem should be an object/],
    ['a missing code', { code: undefined }, /code should be a string, not nothing/],
    ['another language', { language: 'c' }, /language should be one of python/],
    ['tests that are no list', { public_tests: 'assert f()' }, /public_tests should be a list/],
    ['a test that is a number', { public_tests: ['a', 1] }, /public_tests\[1\] should be an object/],
    ['a test without source', { private_tests: [{ id: 'a' }] }, /private_tests\[0\]\.source should be a string/],
    ['two tests of one id', { public_tests: [{ id: 't2', source: 'a' }, 'b'] }, /"t2" occurs twice/],
    ['no time', { time_limit_s: 0 }, /time_limit_s should be positive/],
    ['a call as entry point', { entry_point: 'f()' }, /entry_point should be a name/],
    ['a path as entry point', { entry_point: 'a.b.c' }, /entry_point should be a name/],
  ];
  for (const [name, change, message] of wrong) {
    it(`refuses ${name}`, () => {
      assert.throws(
        () => parseProblem(change && { ...least, ...change }),
        (error: unknown) => error instanceof RepairError && error.kind === 'bad-problem' && message.test(error.message),
      );
    });
  }
});
