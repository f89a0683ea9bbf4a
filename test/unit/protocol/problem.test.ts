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

  const workspace = {
    ...least,
    kind: 'workspace',
    context: 'import os',
    root: '/p',
    file: 'pkg/m.py',
    text: 'import os\n\ndef f(): ...\n',
    lines: [3, 3],
    adapter: 'unittest',
    buffers: { 'pkg/n.py': 'x = 1\n' },
    suite_limit_s: 120,
    writable: true,
    language: 'python',
    public_tests: [{ id: 'tests/test_m.py::T::test_f', source: 'assert f()' }],
    private_tests: [],
    time_limit_s: 5,
  };

  it('reads a workspace, and what may be left out of it', () => {
    assert.deepEqual(parseProblem(workspace), workspace);
    const { buffers: _, adapter: __, suite_limit_s: ___, writable: ____, ...rest } = workspace;
    assert.deepEqual(parseProblem(rest), { ...rest, buffers: {}, adapter: 'pytest' });
  });

  const stdio = {
    id: 'p',
    language: 'python',
    kind: 'stdio',
    instruction: 'Add two numbers.',
    code: '',
    public_tests: [{ id: '1', input: '1 2\n', outputs: ['3\n', '3.0\n'] }],
    private_tests: [],
    time_limit_s: 2,
    memory_mb: 256,
    compare: 'lines',
    tolerance: 1e-6,
  };

  it('reads a program with inputs and outputs, and what may be left out of it', () => {
    assert.deepEqual(parseProblem(stdio), stdio);
    const { code: _, memory_mb: __, compare: ___, tolerance: ____, private_tests: _____, ...rest } = stdio;
    assert.deepEqual(parseProblem(rest), { ...rest, code: '', private_tests: [] });
  });

  const misplaced: readonly (readonly [string, object, RegExp])[] = [
    ['a root that depends on where one is', { root: 'p' }, /root should be an absolute path/],
    ['a file above the root', { file: '../m.py' }, /file should be a path below root/],
    ['an absolute file', { file: '/etc/m.py' }, /file should be a path below root/],
    ['lines that the text does not have', { lines: [3, 9] }, /lines should be lines of text, not 3 to 9/],
    ['lines the wrong way round', { lines: [3, 1] }, /lines should be lines of text/],
    ['another adapter', { adapter: 'nose' }, /adapter should be one of/],
    ['a buffer that is no text', { buffers: { a: 1 } }, /buffers\.a should be a string/],
    ['no time for the suite', { suite_limit_s: 0 }, /suite_limit_s should be positive/],
    ['another kind', { kind: 'notebook' }, /kind should be one of function, workspace, stdio/],
    ['inputs without outputs', { ...stdio, public_tests: [{ id: '1', input: '' }] }, /outputs should be a list/],
  ];
  for (const [name, change, message] of misplaced) {
    it(`refuses a workspace or program with ${name}`, () => {
      assert.throws(
        () => parseProblem({ ...workspace, ...change }),
        (error: unknown) => error instanceof RepairError && error.kind === 'bad-problem' && message.test(error.message),
      );
    });
  }

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
