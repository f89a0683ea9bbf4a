// How a pick is made under each selector, with and without scores.

import assert from 'node:assert/strict';
import { bestOf, choose, rank } from '../../../src/repair/choose.ts';
import type { Selector } from '../../../src/repair/events.ts';
import type { Verdict } from '../../../src/repair/problem.ts';
import type { Candidate } from '../../../src/repair/session.ts';
import { answer, Recorded } from '../../fakes/recorded.ts';

type Sketch = { passes?: number; score?: number | null; code?: string | null; duplicateOf?: string } & Partial<
  Pick<Verdict, 'judged' | 'tier' | 'verdict'>
>;

/** Candidates t1c1, t1c2 … of four tests each. */
function candidates(...sketches: readonly Sketch[]): readonly Candidate[] {
  return sketches.map(({ passes = 0, score = null, code = 'code', duplicateOf, ...rest }, index) => {
    const id = `t1c${index + 1}`;
    const tests = [0, 1, 2, 3].map((i) => ({
      test: `t${i}`,
      result: i < passes ? ('pass' as const) : ('fail' as const),
      expected: null,
      got: null,
      error: null,
      ms: 1,
    }));
    const verdict: Verdict = {
      candidate: id,
      verdict: passes === 4 ? 'pass' : 'fail',
      judged: 'outside',
      tests,
      feedback: '',
      fingerprint: duplicateOf ?? id,
      ms: 1,
      tier: 'T3',
      why: null,
      ...rest,
    };
    const known = {
      id,
      turn: 1,
      index,
      state: 'judged',
      chars: 1,
      answer: '',
      code,
      imports: [],
      trouble: null,
    } as const;
    const opinion = score === null ? null : { value: score, probability: null, rank: null };
    const more = { tokens: 1, truncated: false, ms: 1, results: {}, verdict, score: opinion };
    return { ...known, ...more, fingerprint: verdict.fingerprint, duplicateOf: duplicateOf ?? null };
  });
}

function picked(all: readonly Candidate[], selector: Selector, random = 0): string | undefined {
  return choose(all, selector, () => random)?.candidate;
}

describe('choose', () => {
  it('is null when nothing was judged', () => {
    const [one] = candidates({});
    assert.ok(one);
    for (const selector of ['random', 'lv', 'pt', 'pt+lv'] as const) {
      assert.equal(
        choose([], selector, () => 0),
        null,
      );
      assert.equal(
        choose([{ ...one, verdict: null }], selector, () => 0),
        null,
      );
    }
  });

  it('puts a program of its own before the user’s code, however often that comes back', () => {
    const own = { passes: 2, duplicateOf: 'baseline' };
    assert.equal(picked(candidates(own, own, { passes: 2 }), 'pt'), 't1c3');
    assert.equal(picked(candidates(own, own, { passes: 1 }), 'pt'), 't1c1');
  });

  it('by chance takes every candidate, and never one beyond the last', () => {
    const all = candidates({}, {}, {});
    assert.deepEqual(
      [0, 0.34, 0.67, 0.999999].map((random) => picked(all, 'random', random)),
      ['t1c1', 't1c2', 't1c3', 't1c3'],
    );
  });

  it('pt takes the most tests and does not look at scores', () => {
    assert.equal(picked(candidates({ passes: 1, score: 9 }, { passes: 3, score: -9 }), 'pt'), 't1c2');
  });

  it('lv takes the highest score and does not look at tests', () => {
    assert.equal(picked(candidates({ passes: 4, score: -1 }, { passes: 0, score: 2 }), 'lv'), 't1c2');
  });

  it('pt+lv takes tests first and the score among equals', () => {
    const all = candidates({ passes: 2, score: 9 }, { passes: 3, score: -5 }, { passes: 3, score: -4 });
    assert.equal(picked(all, 'pt+lv'), 't1c3');
  });

  it('without scores pt+lv is pt, and the reason says so', () => {
    const all = candidates({ passes: 1 }, { passes: 3 });
    const pick = choose(all, 'pt+lv', () => 0);
    assert.equal(pick?.candidate, 't1c2');
    assert.match(pick?.reason ?? '', /tests only/);
  });

  it('without scores lv takes the most frequent program, and the reason says so', () => {
    const pick = choose(candidates({ passes: 4 }, {}, { duplicateOf: 't1c2' }), 'lv', () => 0);
    assert.equal(pick?.candidate, 't1c2');
    assert.match(pick?.reason ?? '', /no verifier score/);
  });

  it('a missing score goes behind every other one', () => {
    assert.equal(picked(candidates({ score: null }, { score: -1000 }), 'lv'), 't1c2');
  });

  it('never takes an answer without code before one with code', () => {
    for (const selector of ['lv', 'pt', 'pt+lv'] as const) {
      assert.equal(picked(candidates({ code: null }, { passes: 0 }), selector), 't1c2');
    }
  });

  it('a tampering candidate goes last, whatever it passes', () => {
    const all = candidates({ passes: 4, verdict: 'tamper' }, { passes: 0 });
    assert.equal(picked(all, 'pt'), 't1c2');
  });

  it('a certain pass goes before an unguarded one and one without isolation', () => {
    const all = candidates(
      { passes: 4, judged: 'unguarded' },
      { passes: 4, tier: 'T0' },
      { passes: 4, judged: 'guarded' },
    );
    assert.equal(picked(all, 'pt'), 't1c3');
  });

  it('among equals takes the program that came most often, then the first', () => {
    assert.equal(picked(candidates({ passes: 2 }, { passes: 2 }, { passes: 2, duplicateOf: 't1c2' }), 'pt'), 't1c2');
    assert.equal(picked(candidates({ passes: 2 }, { passes: 2 }), 'pt'), 't1c1');
  });

  it('orders the same whatever order it is given', () => {
    const all = candidates({ passes: 1 }, { passes: 3, score: 1 }, { passes: 3 }, { code: null }, { passes: 4 });
    const order = rank(all, 'pt+lv').map((one) => one.id);
    assert.deepEqual(
      rank(all.toReversed(), 'pt+lv').map((one) => one.id),
      order,
    );
  });
});

describe('bestOf', () => {
  it('is the pick that passed, else the candidate with most tests in any turn', async () => {
    const solved = await new Recorded({ turns: [[answer('a', 2), answer('b', 3)]] }).run();
    assert.equal(bestOf(solved)?.id, 't1c2');
    const turns = [[answer('a', 2)], [answer('b', 1)], [answer('c', 0)]];
    assert.equal(bestOf(await new Recorded({ turns }).run())?.id, 't1c1');
  });

  it('is null when no answer held code other than the user’s own', async () => {
    const session = await new Recorded({ turns: [['none', answer('broken', 0)]], options: { turns: 1 } }).run();
    assert.equal(bestOf(session), null);
  });
});
