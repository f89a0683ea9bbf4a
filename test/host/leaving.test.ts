// The end, so this suite runs last: after deactivation nothing of the extension is alive. tools/host.js looks once more from
// outside when VS Code has let go of it.
import assert from 'node:assert/strict';
import { LOOPS } from '../fakes/answers.ts';
import { FakeModel } from '../fakes/model.ts';
import { activated, begun, children, closeAll, open, set, until, uriOf } from './window.ts';

describe('deactivation', () => {
  it('in the middle of a repair ends its request, its processes and every disposable', async () => {
    const api = await activated();
    const model = await FakeModel.start({
      script: (_, count) => (count === 1 ? { kind: 'answers', texts: [LOOPS] } : { kind: 'silent' }),
      honoursN: false,
    });
    await set({ 'server.url': model.url, candidates: 3, turns: 3, selector: 'pt' });
    await open(uriOf('totals.py'), 'total = 0');
    await begun(
      api,
      (session) => session.turns[0]?.candidates.some((one) => one.state === 'judging') === true && model.open > 0,
    );
    assert.ok(
      children().some((one) => one.command.includes('judge')),
      'no judge runs: the test shows nothing',
    );
    assert.ok(api.live() > 0);
    await api.deactivate();
    assert.equal(api.live(), 0);
    await until('the judge is gone', () => !children().some((one) => one.command.includes('judge')), 3000);
    await until('the request is given up', () => model.open === 0, 1000);
    await model.stop();
    await closeAll();
    await set({ 'server.url': undefined, candidates: undefined, turns: undefined, selector: undefined });
  });
});
