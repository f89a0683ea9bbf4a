// Session files: what an earlier version wrote still opens, and a project's session comes back as it was.

import assert from 'node:assert/strict';
import { parseEvent, parseEvents } from '../../../src/protocol/events.ts';
import type { SessionEvent } from '../../../src/repair/events.ts';
import type { WorkspaceProblem } from '../../../src/repair/problem.ts';
import { PROBLEM, scored, session, verdict } from '../../fakes/sessions.ts';

const WORKSPACE: WorkspaceProblem = {
  ...PROBLEM,
  kind: 'workspace',
  root: '/home/ada/project',
  file: 'stats/median.py',
  text: `import math\n\n\n${PROBLEM.code}`,
  lines: [4, 6],
  buffers: { 'stats/mean.py': 'def mean(): ...\n' },
  adapter: 'pytest',
  suite_limit_s: 90,
  writable: true,
};

function firstEvent(change: Partial<Extract<SessionEvent, { type: 'session' }>>): SessionEvent {
  const { id, at, problem, options, origin, server } = session(change);
  return { type: 'session', v: 1, id, at, problem, options, origin, server };
}

describe('a session file', () => {
  it('of an earlier version opens: its verdicts did not say why', () => {
    const { why: _, ...old } = verdict('t1c1', 'pp');
    const event = parseEvent(JSON.stringify({ type: 'verdict', turn: 1, candidate: 't1c1', verdict: old }));
    assert.deepEqual(event, { type: 'verdict', turn: 1, candidate: 't1c1', verdict: { ...old, why: null } });
  });

  it('of an earlier version opens: its scores had no probability, rank or revision', () => {
    const old = { type: 'scores', turn: 1, scores: { t1c1: 0.2, t1c2: 0.9, t1c3: 0.2 }, unavailable: null };
    assert.deepEqual(parseEvent(JSON.stringify(old)), {
      ...old,
      probabilities: {},
      ranks: { t1c1: 2, t1c2: 1, t1c3: 2 },
      revision: null,
    });
  });

  it('keeps scores, and refuses what is no number', () => {
    const event = scored(2, { t2c1: 1.5, baseline: -1 });
    assert.deepEqual(parseEvent(JSON.stringify(event)), event);
    for (const change of [{ scores: { t2c1: 'high' } }, { probabilities: [1] }, { revision: 7 }])
      assert.throws(() => parseEvent(JSON.stringify({ ...event, ...change })), TypeError);
  });

  it('of a project comes back as it was written', () => {
    const origin = {
      ...session().origin,
      project: {
        python: { path: '/v/bin/python', version: '3.12.4', origin: '.venv (uv)' },
        neighbours: { files: ['tests/test_mean.py'], trouble: null },
        hidden: ['.env'],
        warnings: ['slow'],
        alsoFailing: ['tests/test_y.py::test_z'],
        flaky: [],
        context: [{ kind: 'import' as const, name: 'math', lines: [1, 1] as const }],
        tokens: 320,
        budget: 1250,
      },
    };
    const events: readonly SessionEvent[] = [
      firstEvent({ problem: WORKSPACE, origin }),
      { type: 'baseline', verdict: verdict('baseline', 'fp') },
      { type: 'final', candidate: 't1c1', verdict: verdict('t1c1', 'pp', { judged: 'unguarded', why: 'no oracle' }) },
    ];
    const file = events.map((event) => `${JSON.stringify(event)}\n`).join('');
    assert.deepEqual(parseEvents(file), { events, unreadable: 0 });
  });

  it('does not open a project’s file outside of the project', () => {
    const problem = { ...WORKSPACE, file: '../../etc/passwd' };
    assert.throws(() => parseEvent(JSON.stringify(firstEvent({ problem }))), /file should be a path below root/);
  });
});
