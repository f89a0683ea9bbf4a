// Sessions in a project: the whole file is judged, and the pick is not called solved before its neighbouring tests hold.

import assert from 'node:assert/strict';
import type { Judged, WorkspaceProblem } from '../../../src/repair/problem.ts';
import { lastPick } from '../../../src/repair/session.ts';
import { answer, PROBLEM, Recorded } from '../../fakes/recorded.ts';

const good = answer('good', 3);

describe('a session in a project', () => {
  const tests = (count: number, file: string) =>
    Array.from({ length: count }, (_, i) => ({ id: `${file}::t${i}`, source: `t${i}` }));
  const workspace: WorkspaceProblem = {
    ...PROBLEM,
    kind: 'workspace',
    root: '/p',
    file: 'm.py',
    text: `import math\n\n\n${PROBLEM.code}\n`,
    lines: [4, 5],
    buffers: {},
    adapter: 'pytest',
    public_tests: tests(3, 'tests/test_m.py'),
    private_tests: tests(4, 'tests/test_n.py'),
  };
  const run = async (
    turns: readonly (readonly string[])[],
    change: Partial<WorkspaceProblem> = {},
    judged: Judged = 'guarded',
  ) => {
    const recorded = new Recorded({ turns, instead: { ...workspace, ...change }, judged });
    return { recorded, session: await recorded.run() };
  };

  it('is judged from the whole file as the user has it', async () => {
    const { recorded } = await run([[good]]);
    const [baseline] = recorded.of('baseline');
    assert.equal(baseline?.verdict.tests.length, 3);
    assert.equal(recorded.programs[0], workspace.text);
  });

  it('is solved when the neighbouring tests hold, and says what is fixed', async () => {
    const { session, recorded } = await run([[good]]);
    assert.deepEqual(
      [session.outcome, session.message],
      ['solved', `t1c1 fixes 3, breaks 0 (4 neighbouring tests run as well).`],
    );
    assert.deepEqual(recorded.judged, ['public baseline', 'public t1c1', 'private t1c1']);
  });

  it('is not solved when a neighbouring test breaks, which is named', async () => {
    const { session } = await run([[answer('good', 3, 'not private')]]);
    assert.equal(session.outcome, 'exhausted');
    assert.match(session.message, /^t1c1 fixes 3, breaks 4 .*: tests\/test_n\.py::t0, .*t1, .*t2 …\./);
  });

  it('takes the next green program of the turn where the pick breaks a neighbouring test', async () => {
    const turn = [answer('greedy', 3, 'not private'), answer('greedy too', 3, 'not private'), good];
    const { session, recorded } = await run([turn]);
    assert.deepEqual([session.outcome, lastPick(session)?.id], ['solved', 't1c3']);
    assert.match(session.message, /^t1c3 fixes 3, breaks 0/);
    assert.equal(session.final?.candidate, 't1c3');
    assert.equal(session.turns[0]?.pick?.reason, 't1c1 breaks a neighbouring test, t1c3 none');
    assert.deepEqual(recorded.judged.slice(-3), ['private t1c1', 'private t1c2', 'private t1c3']);
  });

  it('tells of its pick where every green program breaks something', async () => {
    const { session } = await run([[answer('greedy', 3, 'not private'), answer('greedy too', 3, 'not private')]]);
    assert.deepEqual([session.outcome, lastPick(session)?.id, session.final?.candidate], ['exhausted', 't1c1', 't1c1']);
    assert.match(session.message, /^t1c1 fixes 3, breaks 4/);
  });

  it('says so when there was no neighbouring test to run', async () => {
    const { session } = await run([[good]], { private_tests: [] });
    assert.deepEqual(
      [session.outcome, session.message],
      ['solved', 't1c1 fixes 3, breaks 0; no neighbouring test was run.'],
    );
  });

  it('is told when its tests pass together, though one failed alone', async () => {
    const text = workspace.text.replace('passes 0', 'passes 3');
    const { session } = await run([[good]], { text });
    assert.equal(session.outcome, 'failed');
    assert.match(session.message, /^All 3 tests for f pass when run together\. .*run before it/);
  });

  it('is not solved by a pick that nothing guards', async () => {
    const { session, recorded } = await run([[good]], {}, 'unguarded');
    assert.equal(session.outcome, 'exhausted');
    assert.ok(!recorded.judged.includes('private t1c1'));
  });
});
