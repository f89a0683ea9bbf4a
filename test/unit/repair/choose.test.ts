// How a pick is made under each selector, with and without scores.

import assert from 'node:assert/strict';
import { bestOf, choose, rank } from '../../../src/repair/choose.ts';
import { RepairError } from '../../../src/repair/errors.ts';
import type { Selector } from '../../../src/repair/events.ts';
import type { Verdict } from '../../../src/repair/problem.ts';
import { step, type Candidate } from '../../../src/repair/session.ts';
import { answer, program, Recorded, scoring } from '../../fakes/recorded.ts';

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

describe('scores in a session', () => {
  const turns = [[answer('a', 2, 'score 0.1'), answer('b', 2, 'score 0.9'), answer('b', 2, 'score 0.9')], ['no code']];

  it('are asked once per program, shown on every copy, and decide among equals', async () => {
    let asked: readonly string[] = [];
    const recorded = new Recorded({
      turns,
      options: { selector: 'pt+lv', turns: 1 },
      score: (request, signal) => {
        asked = request.programs;
        return scoring(request, signal);
      },
    });
    const session = await recorded.run();
    // The user's own code, and two distinct programs.
    assert.equal(asked.length, 3);
    assert.deepEqual(
      session.turns[0]?.candidates.map((one) => [one.score?.value, one.score?.rank]),
      [
        [0.1, 2],
        [0.9, 1],
        [0.9, 1],
      ],
    );
    assert.equal(session.turns[0]?.pick?.candidate, 't1c2');
  });

  it('are asked for a program of an earlier turn as well, so that a turn compares like with like', async () => {
    const again = [...turns.slice(0, 1), [answer('a', 2, 'score 0.1'), answer('c', 2, 'score 0.05')]];
    const recorded = new Recorded({ turns: again, options: { selector: 'pt+lv', turns: 2 }, score: scoring });
    const session = await recorded.run();
    assert.deepEqual(
      session.turns[1]?.candidates.map((one) => one.score?.value),
      [0.1, 0.05],
    );
  });

  it('are asked for the user’s own code once, with the first programs that there are', async () => {
    const asked: (readonly string[])[] = [];
    const recorded = new Recorded({
      turns: [['no code'], [answer('a', 1, 'score 2')], [answer('b', 2, 'score 3')]],
      options: { selector: 'lv', turns: 3 },
      problem: { code: program('broken', 0, 'score -1') },
      score: (request, signal) => {
        asked.push(request.programs);
        return scoring(request, signal);
      },
    });
    const session = await recorded.run();
    assert.deepEqual(
      asked.map((programs) => programs.map((one) => /score (\S+)/.exec(one)?.[1])),
      [['-1', '2'], ['3']],
    );
    assert.equal(session.ownScore?.value, -1);
    assert.equal(session.ownScore.rank, null);
    assert.equal(session.turns[1]?.revision, 'r1');
    assert.deepEqual(recorded.of('scores')[0]?.ranks, { t2c1: 1 });
  });

  it('ask for the user’s own code again when the verifier was exchanged in between', async () => {
    const revisions = ['r1', 'r2', 'r2', 'r2'];
    const asked: number[] = [];
    const recorded = new Recorded({
      turns: [[answer('a', 0)], [answer('b', 1)], [answer('c', 2)], [answer('d', 2)]],
      options: { selector: 'pt+lv', turns: 4 },
      score: async (request, signal) => {
        asked.push(request.programs.length);
        return { ...(await scoring(request, signal)), revision: revisions[asked.length - 1] ?? '' };
      },
    });
    const own: (number | undefined)[] = [];
    let folded = recorded.session;
    recorded.onEvent = (event) => {
      folded = step(folded, event);
      if (event.type === 'scores') own.push(folded.ownScore?.value);
    };
    await recorded.run();
    assert.deepEqual(asked, [2, 1, 2, 1]);
    assert.deepEqual(own, [0, undefined, 0, 0]);
  });

  it('may come and go: a turn without them is picked by its tests, and the next one has them again', async () => {
    let turn = 0;
    const recorded = new Recorded({
      turns: [[answer('a', 1, 'score 9')], [answer('b', 1, 'score 1'), answer('c', 1, 'score 2')], [answer('d', 2)]],
      options: { selector: 'pt+lv', turns: 3 },
      score: async (request, signal) => {
        turn += 1;
        if (turn !== 2) throw new RepairError('server-failed', 'The verifier is not ready (starting).');
        return scoring(request, signal);
      },
    });
    const session = await recorded.run();
    assert.deepEqual(
      session.turns.map((one) => one.pick),
      [
        { candidate: 't1c1', reason: 'passes 1 of 3 tests (tests only)' },
        { candidate: 't2c2', reason: 'passes 1 of 3 tests, then highest verifier score' },
        { candidate: 't3c1', reason: 'passes 2 of 3 tests (tests only)' },
      ],
    );
    assert.deepEqual(
      session.turns.map((one) => one.scoresUnavailable === null),
      [false, true, false],
    );
  });

  it('under lv pick the highest, and only its tests end the session', async () => {
    const turns = [
      [answer('right', 3, 'score 0.1'), answer('liked', 1, 'score 0.9')],
      [answer('right', 3, 'score 0.8'), answer('liked', 1, 'score 0.2')],
    ];
    const recorded = new Recorded({ turns, options: { selector: 'lv' }, score: scoring });
    const session = await recorded.run();
    assert.deepEqual(
      session.turns.map((turn) => turn.pick),
      [
        { candidate: 't1c2', reason: 'highest verifier score' },
        { candidate: 't2c1', reason: 'highest verifier score' },
      ],
    );
    assert.equal(session.outcome, 'solved');
  });

  it('that cannot be had leave the tests to decide, and the session says why', async () => {
    const score = (): Promise<never> => Promise.reject(new RepairError('server-failed', 'The verifier is down.'));
    const recorded = new Recorded({ turns, options: { selector: 'pt+lv', turns: 1 }, score });
    const session = await recorded.run();
    assert.equal(session.turns[0]?.scoresUnavailable, 'tests only: The verifier is down.');
    assert.equal(session.turns[0]?.pick?.candidate, 't1c2');
    assert.ok(session.turns[0]?.candidates.every((one) => one.score === null));
  });

  it('are said to be missing where no verifier is connected, and not asked for under pt', async () => {
    const without = await new Recorded({ turns, options: { selector: 'pt+lv', turns: 1 } }).run();
    assert.match(without.turns[0]?.scoresUnavailable ?? '', /no verifier/);
    const tests = new Recorded({ turns, options: { selector: 'pt', turns: 1 }, score: scoring });
    await tests.run();
    assert.equal(tests.of('scores').length, 0);
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
