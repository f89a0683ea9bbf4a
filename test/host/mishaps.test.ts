// What goes wrong while a repair runs: each ends it cleanly, is said in the user's words, and leaves nothing running.
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { HALF, LOOPS, RIGHT, WRONG } from '../fakes/answers.ts';
import { FakeModel, type FakeModelOptions } from '../fakes/model.ts';
import type { TestApi } from '../../src/extension.ts';
import { activated, begun, children, closeAll, open, Questions, repair, set, until, uriOf } from './window.ts';

describe('when something goes wrong, a repair', () => {
  let api: TestApi;
  let questions: Questions;
  let model: FakeModel | null = null;

  before(async () => {
    api = await activated();
  });

  beforeEach(async () => {
    questions = new Questions();
    await open(uriOf('totals.py'), 'total = 0');
  });

  afterEach(async () => {
    questions.restore();
    await model?.stop();
    model = null;
    await closeAll();
  });

  async function connect(options: FakeModelOptions): Promise<FakeModel> {
    model = await FakeModel.start(options);
    await set({ 'server.url': model.url, candidates: 3, turns: 3, selector: 'pt' });
    return model;
  }

  const outcomeOf = (id: string): string | null => api.sessions.find(id)?.outcome ?? null;

  /** Stops the running session and gives the milliseconds until it has ended. */
  async function stopped(id: string): Promise<number> {
    const began = performance.now();
    await vscode.commands.executeCommand('mucode.stop');
    await until('the session ends', () => outcomeOf(id));
    return performance.now() - began;
  }

  it('stopped by the user ends within a second, and the server hears of it', async () => {
    const server = await connect({ script: () => ({ kind: 'endless', line: '# and so on\n' }) });
    const { id } = await begun(api, (session) => (session.turns[0]?.candidates[0]?.chars ?? 0) > 50);
    assert.ok((await stopped(id)) < 1000);
    assert.equal(outcomeOf(id), 'stopped');
    await until('the request is given up', () => server.open === 0, 1000);
  });

  it('stopped while a candidate loops ends within a second', async () => {
    await connect({ script: () => ({ kind: 'answers', texts: [LOOPS] }) });
    const { id } = await begun(api, (session) => session.turns[0]?.candidates[0]?.state === 'judging');
    assert.ok((await stopped(id)) < 1000);
    assert.equal(outcomeOf(id), 'stopped');
  });

  it('with a server that never answers can be stopped', async () => {
    const server = await connect({ script: () => ({ kind: 'silent' }) });
    const { id } = await begun(api, () => server.open > 0);
    assert.ok((await stopped(id)) < 1000);
    await until('the request is given up', () => server.open === 0, 1000);
  });

  it('with an endless answer ends by itself', async function () {
    this.timeout(60_000);
    const line = `# ${'and so on '.repeat(200)}\n`;
    const server = await connect({ script: () => ({ kind: 'endless', line }) });
    await set({ turns: 1 });
    const session = await repair(api);
    assert.equal(session.outcome, 'exhausted', session.message);
    await until('the request is given up', () => server.open === 0, 1000);
  });

  it('with no server at the address names the address and what to do', async () => {
    const server = await connect({ script: () => ({ kind: 'silent' }) });
    const { url } = server;
    await server.stop();
    model = null;
    void vscode.commands.executeCommand('mucode.repairFunction');
    const { text } = await questions.said(/127\.0\.0\.1/);
    assert.ok(text.includes(new URL(url).host), text);
  });

  it('with a server that dies in the middle keeps what it has', async () => {
    await connect({
      script: (_, count) =>
        count === 1 ? { kind: 'answers', texts: [WRONG, HALF, WRONG] } : { kind: 'cut', text: 'def run' },
    });
    const session = await repair(api);
    assert.equal(session.outcome, 'failed');
    assert.match(session.message, /127\.0\.0\.1/);
    assert.equal(session.turns[0]?.candidates.filter((one) => one.verdict !== null).length, 3);
  });

  it('with a wrong key says so and offers to connect', async () => {
    await connect({ key: 'right', script: () => ({ kind: 'answers', texts: [RIGHT] }) });
    void vscode.commands.executeCommand('mucode.repairFunction');
    const { text, buttons } = await questions.said(/key/i);
    assert.doesNotMatch(text, /right/);
    assert.ok(
      buttons.some((button) => /connect/i.test(button)),
      String(buttons),
    );
  });

  it('with a busy server tries again', async () => {
    const busy = { kind: 'status', status: 429, message: 'Too many requests.' } as const;
    const server = await connect({ script: (_, count) => (count < 3 ? busy : { kind: 'answers', texts: [RIGHT] }) });
    const session = await repair(api);
    assert.equal(session.outcome, 'solved', session.message);
    assert.ok(server.requests.length >= 3);
  });

  it('whose judge is killed goes on with a new judge or says that the judge failed, and never calls it a failing test', async () => {
    await connect({ script: () => ({ kind: 'answers', texts: [LOOPS, RIGHT, WRONG] }) });
    await begun(api, (session) => session.turns[0]?.candidates.some((one) => one.state === 'judging') === true);
    const judge = await until('the judge runs', () => children().find((one) => one.command.includes('judge')));
    process.kill(judge.pid, 'SIGKILL');
    const session = await until('the session ends', () =>
      api.sessions.current?.outcome ? api.sessions.current : null,
    );
    const right = session.turns
      .flatMap((turn) => turn.candidates)
      .find((one) => one.code?.includes('totals.append(total)'));
    if (session.outcome === 'failed') assert.match(session.message, /judge/i);
    else assert.equal(right?.verdict?.verdict, 'pass');
  });

  it('starts the next repair after a killed judge as if nothing had been', async () => {
    await connect({ script: () => ({ kind: 'answers', texts: [RIGHT] }) });
    for (const { pid, command } of children()) if (command.includes('judge')) process.kill(pid, 'SIGKILL');
    const session = await repair(api);
    assert.equal(session.outcome, 'solved', session.message);
  });

  it('waits in the queue while another one runs, and can be cancelled there', async () => {
    await connect({ script: () => ({ kind: 'silent' }) });
    const { id } = await begun(api, () => true);
    const second = vscode.commands.executeCommand('mucode.repairFunction');
    const queued = await until('the second one waits', () => api.snapshot().queue[0]);
    api.actions.cancelQueued(queued.id);
    await until('the queue is empty', () => api.snapshot().queue.length === 0);
    await stopped(id);
    await second;
  });
});
