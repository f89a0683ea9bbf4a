// The fold of events: candidates appear as they stream, results before the verdict, ancestry over branches.

import assert from 'node:assert/strict';
import type { SessionEvent } from '../../../src/repair/events.ts';
import type { Verdict } from '../../../src/repair/problem.ts';
import {
  begin,
  candidateId,
  copies,
  lastPick,
  lineage,
  replay,
  step,
  type Session,
} from '../../../src/repair/session.ts';
import { answer, OPTIONS, PROBLEM, Recorded } from '../../fakes/recorded.ts';

const first: Parameters<typeof begin>[0] = {
  type: 'session',
  v: 1,
  id: 's',
  at: '2025-01-01T00:00:00Z',
  problem: PROBLEM,
  options: OPTIONS,
  origin: { task: 'repair', file: 'a.py', label: 'f', lines: [1, 2] },
  server: { url: 'u', model: 'm' },
};

function after(...events: readonly SessionEvent[]): Session {
  return events.reduce(step, begin(first));
}

const turn: SessionEvent = { type: 'turn', turn: 1, temperature: 0.7, messages: [] };

describe('step', () => {
  it('shows an answer while it grows, in the order of the answers', () => {
    const session = after(
      turn,
      { type: 'progress', turn: 1, index: 2, chars: 30 },
      { type: 'progress', turn: 1, index: 0, chars: 50 },
      { type: 'progress', turn: 1, index: 2, chars: 60 },
    );
    assert.deepEqual(
      session.turns[0]?.candidates.map((one) => [one.id, one.state, one.chars]),
      [
        ['t1c1', 'streaming', 50],
        ['t1c3', 'streaming', 60],
      ],
    );
  });

  it('keeps results that come before the verdict', () => {
    const session = after(turn, { type: 'test', turn: 1, candidate: 't1c2', test: 't1', result: 'pass', ms: 1 });
    const [one] = session.turns[0]?.candidates ?? [];
    assert.equal(one?.index, 1);
    assert.deepEqual(one?.results, { t1: 'pass' });
    assert.equal(one?.verdict, null);
  });

  it('takes the verdict of the private tests back when a further turn begins', () => {
    const verdict: Verdict = {
      candidate: 't1c1',
      verdict: 'pass',
      judged: 'outside',
      tests: [],
      feedback: '',
      fingerprint: 'f',
      ms: 1,
      tier: 'T3',
      why: null,
    };
    const ended = after(turn, { type: 'final', candidate: 't1c1', verdict });
    assert.equal(ended.final, verdict);
    assert.equal(step(ended, { ...turn, turn: 2 }).final, null);
  });

  it('does not change the session before it', () => {
    const before = after(turn);
    const copy = structuredClone(before);
    step(before, { type: 'progress', turn: 1, index: 0, chars: 9 });
    assert.deepEqual(before, copy);
  });

  it('ignores events of a turn that is not there', () => {
    assert.deepEqual(after({ type: 'progress', turn: 4, index: 0, chars: 9 }).turns, []);
  });

  it('adds up the time of a session that went on', () => {
    const end = { type: 'end', outcome: 'exhausted', message: 'm', ms: 100 } as const;
    assert.equal(after(turn, end, { ...turn, turn: 2 }, end).ms, 200);
  });

  it('runs again after its end when a turn begins', () => {
    const session = after(turn, { type: 'end', outcome: 'exhausted', message: 'm', ms: 1 }, { ...turn, turn: 2 });
    assert.equal(session.outcome, null);
    assert.equal(session.message, '');
  });
});

describe('replay', () => {
  it('is null for events that do not begin with a session', () => {
    assert.equal(replay([]), null);
    assert.equal(replay([turn]), null);
  });
});

describe('a session’s questions', () => {
  it('copies, picks and ancestry', async () => {
    const turns = [[answer('a', 1), answer('a', 1)], [answer('b', 2)], [answer('c', 1)]];
    const session = await new Recorded({ turns }).run();
    assert.equal(copies(session, 't1c1'), 2);
    assert.equal(copies(session, 't1c2'), 2);
    assert.equal(copies(session, 't2c1'), 1);
    assert.equal(lastPick(session)?.id, 't3c1');
    assert.deepEqual(
      lineage(session, 't3c1').map((one) => one.id),
      ['t1c1', 't2c1', 't3c1'],
    );
    assert.deepEqual(lineage(session, 'nobody'), []);
    assert.equal(candidateId(2, 0), 't2c1');
  });
});
