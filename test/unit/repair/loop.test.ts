// The loop with recorded answers: how sessions end, what is asked on the way, what is never asked.

import assert from 'node:assert/strict';
import { RepairError } from '../../../src/repair/errors.ts';
import { copies, findCandidate, lastPick, replay } from '../../../src/repair/session.ts';
import { answer, program, PROBLEM, Recorded } from '../../fakes/recorded.ts';

const bad = (name: string, passes = 1): string => answer(name, passes);
const good = answer('good', 3);

describe('repair', () => {
  it('ends solved in turn 1 as soon as a pick passes', async () => {
    const recorded = new Recorded({ turns: [[bad('a'), good, bad('b')]] });
    const session = await recorded.run();
    assert.equal(session.outcome, 'solved');
    assert.equal(lastPick(session)?.id, 't1c2');
    assert.equal(recorded.requests.length, 1);
    assert.deepEqual(recorded.events.at(-1)?.type, 'end');
  });

  it('ends solved in turn 3, each turn going on from the last pick and its feedback', async () => {
    const recorded = new Recorded({ turns: [[bad('a', 0), bad('b', 1)], [bad('c', 2)], [good]] });
    const session = await recorded.run();
    assert.equal(session.outcome, 'solved');
    assert.deepEqual(
      session.turns.map((turn) => turn.pick?.candidate),
      ['t1c2', 't2c1', 't3c1'],
    );
    const roles = recorded.requests[2]?.messages.map((message) => message.role);
    assert.deepEqual(roles, ['user', 'assistant', 'user', 'assistant', 'user', 'assistant', 'user']);
    assert.match(recorded.requests[2]?.messages[3]?.content ?? '', /"b"/);
    assert.match(recorded.requests[2]?.messages[4]?.content ?? '', /1 of 3 pass/);
    assert.match(recorded.requests[2]?.messages[5]?.content ?? '', /"c"/);
  });

  it('asks each turn with a seed of its own', async () => {
    const recorded = new Recorded({ turns: [[bad('a')], [bad('b')], [bad('c')]] });
    await recorded.run();
    assert.equal(new Set(recorded.requests.map((request) => request.seed)).size, 3);
  });

  it('ends exhausted and names the best candidate of all turns, not the last pick', async () => {
    const recorded = new Recorded({ turns: [[bad('a', 2)], [bad('b', 1)], [bad('c', 0)]] });
    const session = await recorded.run();
    assert.equal(session.outcome, 'exhausted');
    assert.match(session.message, /t1c1, passes 2 of 3/);
  });

  it('ends exhausted without a usable answer, and shows the model what was wrong with it', async () => {
    const recorded = new Recorded({ turns: [['I cannot.', 'Sorry.', 'No.'], ['Still no.']] });
    const session = await recorded.run();
    assert.equal(session.outcome, 'exhausted');
    assert.equal(session.turns[0]?.candidates[0]?.trouble, 'The answer holds no code.');
    assert.equal(recorded.requests[1]?.messages[3]?.content, 'I cannot.');
  });

  it('fails without tests, and when the tests already pass', async () => {
    const none = await new Recorded({ turns: [[good]], problem: { public_tests: [] } }).run();
    assert.equal(none.outcome, 'failed');
    assert.match(none.message, /no test for f/);
    const passing = new Recorded({ turns: [[good]], problem: { code: program('fine', 3) } });
    const session = await passing.run();
    assert.equal(session.outcome, 'failed');
    assert.match(session.message, /already pass/);
    assert.equal(passing.requests.length, 0);
  });

  it('the session is the fold of its events', async () => {
    const recorded = new Recorded({ turns: [[bad('a'), bad('a'), 'none'], [good]] });
    const session = await recorded.run();
    assert.deepEqual(replay(recorded.events), session);
    assert.deepEqual(replay(recorded.events.filter((event) => event.type !== 'progress')), session);
  });

  it('throws a bug after its last event', async () => {
    const recorded = new Recorded({
      turns: [[bad('a')]],
      beforeJudging: async (id) => {
        await Promise.resolve();
        if (id === 't1c1') throw new TypeError('a bug');
      },
    });
    await assert.rejects(recorded.run(), /a bug/);
    assert.equal(recorded.of('end')[0]?.outcome, 'failed');
  });
});

describe('stopping', () => {
  it('ends at whatever event it comes, with nothing running and nothing after the end', async () => {
    const turns = [[bad('a'), bad('b'), bad('c')], [bad('d'), 'none'], [good]];
    const whole = new Recorded({ turns, problem: { private_tests: [{ id: 'p', source: 'assert f(9) == 9' }] } });
    await whole.run();
    const count = whole.events.length;
    assert.ok(count > 30);
    for (let at = 1; at < count - 1; at += 1) {
      const recorded = new Recorded({ turns, problem: { private_tests: [{ id: 'p', source: 'assert f(9) == 9' }] } });
      recorded.onEvent = () => {
        if (recorded.events.length - 1 === at) recorded.stopping.abort();
      };
      const session = await recorded.run();
      // After the last verdict nothing is left to stop.
      if (session.outcome === 'solved') assert.equal(recorded.events.at(at)?.type, 'final');
      else assert.equal(session.outcome, 'stopped', `event ${at}`);
      assert.equal(recorded.active, 0, `event ${at}`);
      assert.equal(recorded.of('end').length, 1);
      const events = recorded.events.length;
      await new Promise((resolve) => setImmediate(resolve));
      assert.equal(recorded.events.length, events);
    }
  });

  it('before the start asks nothing', async () => {
    const recorded = new Recorded({ turns: [[good]] });
    recorded.stopping.abort();
    assert.equal((await recorded.run()).outcome, 'stopped');
    assert.equal(recorded.requests.length, 0);
  });
});

describe('a server that dies in the middle', () => {
  it('leaves the finished candidates their verdicts', async () => {
    const recorded = new Recorded({
      turns: [[bad('a', 2), good, bad('b')]],
      beforePiece: async (_, index) => {
        await Promise.resolve();
        if (index === 2) throw new RepairError('server-failed', 'The server broke off.');
      },
    });
    const session = await recorded.run();
    assert.equal(session.outcome, 'failed');
    assert.equal(session.message, 'The server broke off.');
    assert.deepEqual(
      session.turns[0]?.candidates.map((one) => one.verdict?.verdict),
      ['fail', 'pass'],
    );
    assert.equal(recorded.active, 0);
  });

  it('says so when it ended without any text', async () => {
    const session = await new Recorded({ turns: [[]] }).run();
    assert.equal(session.outcome, 'failed');
    assert.match(session.message, /without any text/);
  });

  it('a judge that dies ends the session as failed, after the other verdicts', async () => {
    const recorded = new Recorded({
      turns: [[bad('a'), bad('b')]],
      beforeJudging: async (id) => {
        await Promise.resolve();
        if (id === 't1c1') throw new RepairError('judge-unavailable', 'The judge died.');
      },
    });
    const session = await recorded.run();
    assert.equal(session.outcome, 'failed');
    assert.equal(session.message, 'The judge died.');
    assert.equal(session.turns[0]?.candidates[1]?.state, 'judged');
  });
});

describe('duplicates', () => {
  it('are judged once, share the verdict, and count', async () => {
    const recorded = new Recorded({ turns: [[bad('a'), bad('a'), bad('a')]], options: { turns: 1 } });
    const session = await recorded.run();
    assert.deepEqual(recorded.judged, ['public baseline', 'public t1c1']);
    assert.equal(copies(session, 't1c1'), 3);
    assert.deepEqual(
      session.turns[0]?.candidates.map((one) => [one.duplicateOf, one.verdict?.candidate]),
      [
        [null, 't1c1'],
        ['t1c1', 't1c2'],
        ['t1c1', 't1c3'],
      ],
    );
  });

  it('belong to the answer that ended first, in whatever order they are read', async () => {
    const recorded = new Recorded({
      turns: [[bad('a'), bad('a'), bad('b')]],
      options: { turns: 1 },
      // The first answer takes longest.
      beforeExtraction: async (count) => {
        for (let i = 0; i < 100 * (3 - count); i += 1) await Promise.resolve();
      },
    });
    const session = await recorded.run();
    assert.deepEqual(
      session.turns[0]?.candidates.map((one) => one.duplicateOf),
      [null, 't1c1', null],
    );
  });

  it('of an earlier turn and of the user’s own code are not judged again', async () => {
    const recorded = new Recorded({ turns: [[bad('a'), answer('broken', 0)], [bad('a'), bad('b')], [good]] });
    const session = await recorded.run();
    assert.deepEqual(recorded.judged, ['public baseline', 'public t1c1', 'public t2c2', 'public t3c1']);
    assert.equal(findCandidate(session, 't1c2')?.duplicateOf, 'baseline');
    assert.equal(findCandidate(session, 't2c1')?.duplicateOf, 't1c1');
  });
});

describe('private tests', () => {
  const problem = { private_tests: [{ id: 'p1', source: 'assert f(99) == "secret"' }] };

  it('run only on the final pick, after it passed the public ones', async () => {
    const recorded = new Recorded({
      turns: [
        [bad('a'), bad('b')],
        [good, bad('c')],
      ],
      problem,
    });
    const session = await recorded.run();
    assert.deepEqual(
      recorded.judged.filter((one) => one.startsWith('private')),
      ['private t2c1'],
    );
    assert.equal(session.outcome, 'solved');
    assert.match(session.message, /passes all 3 public tests and 1 of 1 private test\./);
  });

  it('that fail leave the session unsolved, and decide nothing else', async () => {
    const recorded = new Recorded({ turns: [[answer('overfit', 3, 'not private')], [good]], problem });
    const session = await recorded.run();
    assert.equal(session.outcome, 'exhausted');
    assert.equal(recorded.requests.length, 1);
    assert.match(session.message, /only 0 of 1 private/);
  });

  it('are neither run without a passing pick nor ever shown to the model', async () => {
    const recorded = new Recorded({ turns: [[bad('a')], [bad('b')], [bad('c')]], problem });
    await recorded.run();
    assert.ok(recorded.judged.every((one) => one.startsWith('public')));
    assert.ok(!JSON.stringify(recorded.requests).includes('secret'));
  });
});

describe('a pass that is not certain', () => {
  it('is not called solved when a test was unguarded', async () => {
    const session = await new Recorded({ turns: [[good]], judged: 'unguarded' }).run();
    assert.equal(session.outcome, 'exhausted');
    assert.match(session.message, /unguarded/);
  });

  it('is not called solved without isolation', async () => {
    const session = await new Recorded({ turns: [[good]], tier: 'T0' }).run();
    assert.equal(session.outcome, 'exhausted');
    assert.match(session.message, /without isolation/);
  });

  it('is called solved when it was guarded', async () => {
    const session = await new Recorded({ turns: [[good]], judged: 'guarded' }).run();
    assert.equal(session.outcome, 'solved');
  });
});

describe('writing a function', () => {
  it('uses its own prompt and does not mind a stub’s verdict', async () => {
    const recorded = new Recorded({ turns: [[good]], task: 'write' });
    assert.equal((await recorded.run()).outcome, 'solved');
    const first = recorded.requests[0]?.messages[2]?.content ?? '';
    assert.match(first, /^Write\./);
    assert.ok(!first.includes('Now:'));
  });
});

describe('a problem', () => {
  it('is not changed by its session', async () => {
    const before = structuredClone(PROBLEM);
    await new Recorded({ turns: [[good]] }).run();
    assert.deepEqual(PROBLEM, before);
  });
});
