// A problem from what discovery found: which tests are public, which are held back, and what is refused.

import assert from 'node:assert/strict';
import type { Discovered, DiscoveredTest } from '../../../src/protocol/workspace.ts';
import { parseProblem } from '../../../src/protocol/problem.ts';
import { RepairError } from '../../../src/repair/errors.ts';
import type { WorkspaceProblem } from '../../../src/repair/problem.ts';
import { firstSuspect, prepareWorkspace, findFailing, type Asked, type Project } from '../../../src/tests/prepare.ts';
import { composeWorkspace, failingOf } from '../../../src/tests/workspace.ts';
import { verdict } from '../../fakes/sessions.ts';
import { rejectsWith } from '../../fakes/rejection.ts';

function test(id: string, change: Partial<DiscoveredTest> = {}): DiscoveredTest {
  const [file = ''] = id.split('::');
  const rest = { flaky: false, ms: 10, message: null, source: 'assert f()', file, line: 1, frames: [] };
  return { id, result: 'pass', ...rest, ...change };
}

function discovered(tests: readonly DiscoveredTest[], change: Partial<Discovered> = {}): Discovered {
  const python = { path: '/py', version: '3.12.1' };
  const suspects = [{ file: 'm.py', entry_point: 'f', line: 1, why: 'traceback' as const }];
  const base = { root: '/p', python, writable: false, rewritten: [], hidden: ['.env'], warnings: [] };
  const rest = { ...base, tests, suspects };
  return { adapter: 'pytest', ...rest, ...change };
}

const region = { lines: [1, 2] as const, code: 'def f():\n    return 0', context: '' };
const failing = test('tests/test_m.py::test_f', { result: 'fail' });

function compose(selected: Discovered, around: Discovered | null): WorkspaceProblem {
  return composeWorkspace({
    selected,
    around,
    file: 'm.py',
    text: 'def f():\n    return 0\n',
    buffers: {},
    entryPoint: 'f',
    region,
    context: { context: 'import os', parts: [], tokens: 3 },
    python: '/py',
    timeLimit: 5,
  });
}

const ids = (tests: readonly { readonly id: string }[]): readonly string[] =>
  tests.map((one) => one.id.split('::')[1] ?? '');

describe('composeWorkspace', () => {
  it('makes the failing test public with the passing ones of its file, and holds the neighbours back', () => {
    const around = discovered([failing, test('tests/test_m.py::test_g'), test('tests/test_n.py::test_n')]);
    const problem = compose(discovered([failing]), around);
    assert.deepEqual(ids(problem.public_tests), ['test_f', 'test_g']);
    assert.deepEqual(ids(problem.private_tests), ['test_n']);
    assert.deepEqual(parseProblem(JSON.parse(JSON.stringify(problem))), problem);
  });

  it('asks for no other failing test, and trusts neither flaky nor skipped ones', () => {
    const others = [
      test('tests/test_m.py::test_other', { result: 'error' }),
      test('tests/test_m.py::test_flaky', { flaky: true }),
      test('tests/test_m.py::test_skipped', { result: 'skipped' }),
    ];
    const problem = compose(discovered([failing]), discovered([failing, ...others]));
    assert.deepEqual([ids(problem.public_tests), ids(problem.private_tests)], [['test_f'], []]);
  });

  it('holds back tests without an oracle and slow ones, so that they neither unguard nor slow down every candidate', () => {
    const others = [
      test('tests/test_m.py::test_runs', { source: 'def test_runs():\n    f()' }),
      test('tests/test_m.py::test_slow', { ms: 6000 }),
      test('tests/test_m.py::test_unit', { source: 'self.assertEqual(f(), 1)' }),
      test('tests/test_m.py::test_raises', { source: 'with pytest.raises(KeyError): f()' }),
    ];
    const problem = compose(discovered([failing]), discovered([failing, ...others]));
    assert.deepEqual(ids(problem.public_tests), ['test_f', 'test_unit', 'test_raises']);
    assert.deepEqual(ids(problem.private_tests), ['test_runs', 'test_slow']);
  });

  it('drops a test that passed alone and failed among the others', () => {
    const alone = test('tests/test_m.py::test_order');
    const problem = compose(discovered([failing, alone]), discovered([{ ...alone, result: 'fail' }]));
    assert.deepEqual(ids(problem.public_tests), ['test_f']);
    assert.deepEqual(ids(problem.private_tests), []);
  });

  it('bounds both sets, and gives a slow suite time in proportion', () => {
    const many = Array.from({ length: 900 }, (_, i) => test(`tests/test_m.py::test_${i}`, { ms: 150 }));
    const problem = compose(discovered([failing]), discovered(many));
    assert.equal(problem.public_tests.length, 21);
    assert.equal(problem.private_tests.length, 300);
    assert.equal(problem.suite_limit_s, 180);
    assert.equal(compose(discovered([failing]), null).suite_limit_s, undefined);
  });

  it('remembers that a suite writes into the tree', () => {
    assert.equal(compose(discovered([failing], { writable: true }), null).writable, true);
    assert.equal(compose(discovered([failing]), discovered([], { writable: true })).writable, true);
    const both = compose(discovered([failing], { rewritten: ['a.db'] }), discovered([], { rewritten: ['a.db', 'b'] }));
    assert.deepEqual([both.rewritten, compose(discovered([failing]), null).rewritten], [['a.db', 'b'], undefined]);
  });
});

describe('failingOf', () => {
  const said = (tests: readonly DiscoveredTest[], kind: string, message: RegExp): void => {
    assert.throws(
      () => failingOf(discovered(tests)),
      (error: unknown) => error instanceof RepairError && error.kind === kind && message.test(error.message),
    );
  };

  it('refuses a selection that passes, is skipped, or is flaky', () => {
    said([test('t.py::a')], 'tests-already-pass', /^t\.py::a passes\./);
    said([test('t.py::a'), test('t.py::b')], 'tests-already-pass', /^All 2 selected tests pass\./);
    said([test('t.py::a', { result: 'skipped' })], 'tests-already-pass', /is skipped/);
    said([test('t.py::a', { flaky: true, result: 'fail' })], 'no-tests', /disagreed about t\.py::a/);
  });
});

describe('prepareWorkspace', () => {
  const signal = new AbortController().signal;
  const project: Project = {
    root: '/p',
    interpreter: { path: '/py', version: '3.12.1', from: '.venv' },
    adapter: 'auto',
    buffers: { 'm.py': 'unsaved', 'other.py': 'also' },
    timeLimit: 5,
    suiteLimit: null,
  };

  function judge(change: Partial<Asked> = {}): Asked & { readonly selections: string[][] } {
    const selections: string[][] = [];
    return {
      selections,
      discover: async ({ selection }) => {
        selections.push([...selection]);
        const other = test('tests/test_n.py::test_other', { result: 'error' });
        const more = selections.length === 1 ? [] : [test('tests/test_n.py::test_n'), other];
        return Promise.resolve(discovered([failing, ...more]));
      },
      region: async () => Promise.resolve(region),
      context: async () => Promise.resolve({ context: 'import os', parts: [], tokens: 3 }),
      neighbours: async () => Promise.resolve({ files: ['tests/test_m.py', 'tests/test_n.py'], warnings: [] }),
      judge: async () => Promise.resolve(verdict('baseline', 'p')),
      ...change,
    };
  }

  async function prepare(asked: Asked) {
    const found = await findFailing(asked, project, ['tests/test_m.py::test_f'], () => {}, signal);
    return prepareWorkspace(asked, project, found, firstSuspect(found), 'def f():\n    return 0\n', () => {}, signal);
  }

  it('looks at the selection first, then at its file and the neighbouring ones', async () => {
    const asked = judge();
    const { problem, run } = await prepare(asked);
    assert.deepEqual(asked.selections, [['tests/test_m.py::test_f'], ['tests/test_m.py', 'tests/test_n.py']]);
    assert.deepEqual(ids(problem.private_tests), ['test_n']);
    assert.deepEqual(problem.buffers, { 'other.py': 'also' });
    assert.deepEqual(run.python, { path: '/py', version: '3.12.1', origin: '.venv' });
    assert.deepEqual(run.neighbours, { files: ['tests/test_n.py'], trouble: null });
    assert.deepEqual(run.hidden, ['.env']);
    assert.deepEqual(run.alsoFailing, ['tests/test_n.py::test_other']);
  });

  it('holds back a passing test that nothing guards', async () => {
    let calls = 0;
    const { problem } = await prepare(
      judge({
        discover: async () => {
          calls += 1;
          const more = calls === 1 ? [] : [test('tests/test_m.py::test_same'), test('tests/test_n.py::test_n')];
          return Promise.resolve(discovered([failing, ...more]));
        },
        judge: async () => Promise.resolve(verdict('baseline', 'p', { judged: 'unguarded' })),
      }),
    );
    assert.deepEqual([ids(problem.public_tests), ids(problem.private_tests)], [['test_f'], ['test_same', 'test_n']]);
  });

  it('says how many of the neighbouring files are run', async () => {
    const files = Array.from({ length: 20 }, (_, index) => `tests/test_n${index}.py`);
    const { run } = await prepare(
      judge({ neighbours: async () => Promise.resolve({ files, warnings: ['tests/b.py cannot be parsed.'] }) }),
    );
    assert.deepEqual(run.neighbours.files, files.slice(0, 12));
    assert.match(run.warnings.join(), /12 of the 20 other test files/);
    assert.ok(run.warnings.includes('tests/b.py cannot be parsed.'));
  });

  it('says how many tests are beyond the bounds, and which did not pass together with the others', async () => {
    let calls = 0;
    const many = Array.from({ length: 310 }, (_, i) => test(`tests/test_n.py::test_${i}`, { ms: 1 }));
    const beside = test('tests/test_m.py::test_same');
    const { problem, run } = await prepare(
      judge({
        discover: async () => {
          calls += 1;
          return Promise.resolve(discovered(calls === 1 ? [failing] : [failing, beside, ...many]));
        },
        judge: async () => {
          const [one] = verdict('baseline', 'f').tests;
          const late = one ? [{ ...one, test: beside.id, result: 'timeout' as const }] : [];
          return Promise.resolve(verdict('baseline', 'f', { tests: late, verdict: 'timeout' }));
        },
      }),
    );
    assert.equal(problem.private_tests.length, 300);
    assert.match(
      run.warnings.join('\n'),
      /10 neighbouring tests are not run: a repair runs at most 300, for at most 60 s/,
    );
    assert.match(run.warnings.join('\n'), /test_m\.py::test_same: left out, since/);
  });

  it('has the examples of the file under repair among the neighbours, where pytest runs them', async () => {
    const files = { files: ['m.py', 'tests/test_n.py'], warnings: [] };
    const asked = judge({ neighbours: async () => Promise.resolve(files) });
    await prepare(asked);
    assert.deepEqual(asked.selections[1], ['tests/test_m.py', 'm.py', 'tests/test_n.py']);
  });

  it('goes on without neighbours that cannot be run, and says so', async () => {
    let calls = 0;
    const { problem, run } = await prepare(
      judge({
        discover: async () => {
          calls += 1;
          if (calls === 2) throw new RepairError('no-tests', 'tests/test_n.py cannot be imported.');
          return Promise.resolve(discovered(calls === 1 ? [failing] : [failing, test('tests/test_m.py::test_same')]));
        },
      }),
    );
    assert.equal(run.neighbours.trouble, 'tests/test_n.py cannot be imported.');
    assert.deepEqual([ids(problem.public_tests), ids(problem.private_tests)], [['test_f', 'test_same'], []]);
  });

  it('does not take a bug for a broken suite', async () => {
    await assert.rejects(prepare(judge({ neighbours: async () => Promise.reject(new TypeError('a bug')) })), /a bug/);
  });

  it('asks for the function where nothing is suspected', async () => {
    const found = { discovered: discovered([failing], { suspects: [] }), tests: [failing] };
    await rejectsWith(
      'no-function',
      Promise.resolve().then(() => firstSuspect(found)),
      /Name the function/,
    );
  });
});
