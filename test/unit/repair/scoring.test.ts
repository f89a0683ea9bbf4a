// What the verifier is asked in the course of a session, and what becomes of the session where it does not answer.

import assert from 'node:assert/strict';
import { RepairError } from '../../../src/repair/errors.ts';
import { step } from '../../../src/repair/session.ts';
import { answer, program, Recorded, scoring } from '../../fakes/recorded.ts';

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
