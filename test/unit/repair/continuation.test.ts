// Going on from a candidate that the user chose, with a remark, and streams that do not end.

import assert from 'node:assert/strict';
import type { Piece } from '../../../src/repair/loop.ts';
import { Recorder } from '../../../src/repair/loop.ts';
import { begin, findCandidate, lineage } from '../../../src/repair/session.ts';
import { runTurn } from '../../../src/repair/turn.ts';
import { answer, OPTIONS, PROBLEM, Recorded, TEMPLATES } from '../../fakes/recorded.ts';

const good = answer('good', 3);

describe('another turn from a candidate', () => {
  it('goes on from it, carries the remark, and ends the session anew', async () => {
    const recorded = new Recorded({ turns: [[answer('a', 2), answer('b', 1)], [good]], options: { turns: 1 } });
    assert.equal((await recorded.run()).outcome, 'exhausted');
    const session = await recorded.run({ candidate: 't1c2', note: 'Mind zero.' });
    assert.equal(session.outcome, 'solved');
    assert.equal(session.turns.length, 2);
    assert.equal(session.turns[1]?.from, 't1c2');
    const messages = (recorded.requests[1]?.messages ?? []).slice(2);
    assert.match(messages[1]?.content ?? '', /"b"/);
    assert.match(messages[2]?.content ?? '', /Remark: Mind zero\./);
    assert.deepEqual(
      lineage(session, 't2c1').map((one) => one.id),
      ['t1c2', 't2c1'],
    );
    assert.equal(recorded.of('baseline').length, 1);
  });

  it('is one turn, whatever the session’s number of turns', async () => {
    const recorded = new Recorded({ turns: [[answer('a', 1)], [answer('b', 1)], [good]], options: { turns: 1 } });
    await recorded.run();
    const session = await recorded.run({ candidate: 't1c1', note: null });
    assert.equal(session.turns.length, 2);
    assert.equal(session.outcome, 'exhausted');
  });

  it('keeps the remarks of two branches apart', async () => {
    const turns = [[answer('a', 1)], [answer('b', 1)], [answer('c', 1)], [answer('d', 1)]];
    const recorded = new Recorded({ turns, options: { turns: 1 } });
    await recorded.run();
    await recorded.run({ candidate: 't1c1', note: 'First remark.' });
    await recorded.run({ candidate: 't1c1', note: 'Second remark.' });
    await recorded.run({ candidate: 't3c1', note: null });
    const text = (recorded.requests[3]?.messages ?? []).map((message) => message.content).join('\n');
    assert.ok(text.includes('Second remark.'));
    assert.ok(!text.includes('First remark.'));
  });

  it('from a stopped session finds what was judged', async () => {
    const recorded = new Recorded({ turns: [[answer('a', 1)], [good]], options: { turns: 1 } });
    await recorded.run();
    const session = await recorded.run({ candidate: 't1c1', note: null });
    assert.equal(findCandidate(session, 't1c1')?.state, 'judged');
  });
});

describe('a stream', () => {
  const session = begin({
    type: 'session',
    v: 1,
    id: 's',
    at: '',
    problem: PROBLEM,
    options: { ...OPTIONS, candidates: 2 },
    origin: { task: 'repair', file: 'a.py', label: 'f', lines: [1, 2] },
    server: { url: '', model: '' },
  });

  async function turnOf(
    pieces: (left: () => void) => AsyncGenerator<Piece>,
  ): Promise<{ recorder: Recorder; left: boolean }> {
    const recorder = new Recorder(session, () => {});
    let left = false;
    const ports = {
      templates: TEMPLATES,
      generate: () => pieces(() => (left = true)),
      extract: async () => {
        await Promise.resolve();
        return { ok: false as const, reason: 'no_code', message: 'No code.' };
      },
      judge: async (_: unknown, __: unknown, { id }: { id: string }) => {
        await Promise.resolve();
        const verdict = {
          candidate: id,
          verdict: 'error',
          judged: 'outside',
          tests: [],
          feedback: '',
          fingerprint: '',
        } as const;
        return { ...verdict, ms: 1, tier: 'T3' as const, why: null };
      },
      score: () => Promise.reject(new Error('nothing is scored here')),
      random: () => 0,
      now: () => 0,
    };
    recorder.emit({ type: 'turn', turn: 1, temperature: 0.7, messages: [] });
    await runTurn(recorder, ports, 1, { messages: [], temperature: 0.7, seed: 1 }, new AbortController().signal);
    return { recorder, left };
  }

  it('without end is left once nothing else is due, and marked as cut off', async () => {
    const { recorder, left } = await turnOf(async function* (leave) {
      try {
        yield { type: 'done', index: 0, tokens: 1, truncated: false };
        for (;;) {
          await Promise.resolve();
          yield { type: 'text', index: 1, text: 'x'.repeat(1000) };
        }
      } finally {
        leave();
      }
    });
    assert.ok(left);
    const [, endless] = recorder.session.turns[0]?.candidates ?? [];
    assert.equal(endless?.truncated, true);
    assert.ok((endless?.answer.length ?? 0) < 300_000);
  });

  it('that goes on after an answer’s end does not change the answer', async () => {
    const { recorder } = await turnOf(async function* () {
      await Promise.resolve();
      yield { type: 'text', index: 0, text: 'kept' };
      yield { type: 'done', index: 0, tokens: 1, truncated: false };
      yield { type: 'text', index: 0, text: ' not kept' };
      yield { type: 'done', index: 0, tokens: 9, truncated: true };
    });
    assert.deepEqual(
      recorder.session.turns[0]?.candidates.map((one) => [one.answer, one.tokens]),
      [['kept', 1]],
    );
  });
});
