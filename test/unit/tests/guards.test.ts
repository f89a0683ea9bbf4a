// Which passing tests may stand beside the failing ones.

import assert from 'node:assert/strict';
import type { Judged, Test, Tier, Verdict, WorkspaceProblem } from '../../../src/repair/problem.ts';
import { sortGuards } from '../../../src/tests/guards.ts';
import { PROBLEM } from '../../fakes/sessions.ts';

const problem: WorkspaceProblem = {
  ...PROBLEM,
  kind: 'workspace',
  root: '/p',
  file: 'm.py',
  text: PROBLEM.code,
  lines: [1, 3],
  buffers: {},
  adapter: 'pytest',
};

const testsOf = (count: number): readonly Test[] =>
  Array.from({ length: count }, (_, i) => ({ id: `t${i}`, source: 'assert f()' }));

/** A judge that knows what each test is like. */
function judge(unguarded: readonly string[], failing: readonly string[] = [], tier: Tier = 'T3') {
  const runs: string[][] = [];
  const attempt = async ({ public_tests: tests }: WorkspaceProblem): Promise<Verdict> => {
    runs.push(tests.map((one) => one.id));
    const results = tests.map(({ id }) => {
      const result = failing.includes(id) ? ('fail' as const) : ('pass' as const);
      return { test: id, result, expected: null, got: null, error: null, ms: 1 };
    });
    const bare = tests.some((one) => unguarded.includes(one.id)) || tier === 'T0';
    const judged: Judged = bare ? 'unguarded' : 'guarded';
    const verdict = results.some((one) => one.result === 'fail') ? ('fail' as const) : ('pass' as const);
    return Promise.resolve({
      candidate: 'baseline',
      verdict,
      judged,
      tests: results,
      feedback: '',
      fingerprint: '',
      ms: 1,
      tier,
      why: null,
    });
  };
  return { runs, attempt };
}

const ids = (tests: readonly Test[]): readonly string[] => tests.map((one) => one.id);

describe('sortGuards', () => {
  it('asks once where all are guarded, and never where there are none', async () => {
    const all = judge([]);
    assert.equal((await sortGuards(problem, testsOf(20), all.attempt)).guards.length, 20);
    assert.equal(all.runs.length, 1);
    const none = judge([]);
    await sortGuards(problem, [], none.attempt);
    assert.equal(none.runs.length, 0);
  });

  it('finds the one that nothing guards', async () => {
    const { attempt } = judge(['t3']);
    const { guards, unguarded } = await sortGuards(problem, testsOf(8), attempt);
    assert.deepEqual(ids(unguarded), ['t3']);
    assert.equal(guards.length, 7);
  });

  it('holds back what is not settled within the runs that it may take', async () => {
    const tests = testsOf(16);
    const { attempt, runs } = judge(ids(tests).filter((_, i) => i % 2 === 0));
    const { guards, unguarded } = await sortGuards(problem, tests, attempt);
    assert.equal(runs.length, 8);
    assert.equal(guards.length + unguarded.length, 16);
    assert.ok(guards.every((one) => Number(one.id.slice(1)) % 2 === 1));
  });

  it('leaves out what does not pass in this company', async () => {
    const { attempt } = judge([], ['t1']);
    const { guards, unguarded } = await sortGuards(problem, testsOf(4), attempt);
    assert.deepEqual([ids(guards), ids(unguarded)], [['t0', 't2', 't3'], []]);
  });

  it('takes all without isolation, where no verdict would tell them apart', async () => {
    const { attempt, runs } = judge([], [], 'T0');
    assert.equal((await sortGuards(problem, testsOf(4), attempt)).guards.length, 4);
    assert.equal(runs.length, 1);
  });
});
