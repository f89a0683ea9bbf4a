// Turns without a new program: the next one is hotter, then it is over; the user's own code is never fed back.

import assert from 'node:assert/strict';
import { answer, Recorded } from '../../fakes/recorded.ts';

const bad = (name: string, passes = 1): string => answer(name, passes);
const good = answer('good', 3);

describe('turns that bring nothing new', () => {
  it('begin anew from the opening when the pick is the user’s own code', async () => {
    const recorded = new Recorded({ turns: [[answer('broken', 0)], [bad('a')], [good]] });
    await recorded.run();
    const roles = recorded.requests.map((request) => request.messages.length);
    assert.deepEqual(roles, [3, 3, 5]);
  });

  it('raise the temperature once, then end the session', async () => {
    const turns = [[bad('a')], [bad('a')], [bad('a')], [bad('a')], [good]];
    const recorded = new Recorded({ turns, options: { turns: 5 } });
    const session = await recorded.run();
    assert.deepEqual(
      recorded.requests.map((request) => request.temperature),
      [0.7, 0.7, 1],
    );
    assert.equal(session.outcome, 'exhausted');
  });

  it('count anew after a turn that brought something', async () => {
    const turns = [[bad('a')], [bad('a')], [bad('b')], [bad('b')], [good]];
    const session = await new Recorded({ turns, options: { turns: 5 } }).run();
    assert.equal(session.outcome, 'solved');
  });

  it('never heat beyond 1.5', async () => {
    const turns = [[bad('a')], [bad('a')], [bad('b')], [bad('b')], [bad('c')], [bad('c')], [bad('d')]];
    const recorded = new Recorded({ turns, options: { turns: 7, temperature: 1.1 } });
    await recorded.run();
    assert.deepEqual(recorded.requests.at(-1)?.temperature, 1.5);
  });
});
