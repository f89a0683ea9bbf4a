// The embedded server chosen in VS Code: offered, started after the choice, asked, and gone a second after it is stopped. It takes a
// minute and the whole machine, so it runs only where MUCODE_HOST_EMBEDDED is set, as `npm run test:long` does.
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import type { TestApi } from '../../src/extension.ts';
import { activated, children, closeAll, open, Questions, repair, set, until, uriOf } from './window.ts';

const READY_MS = 240_000;

type Choice = vscode.QuickPickItem;

describe('the embedded server', () => {
  const real = vscode.window.showQuickPick;
  let api: TestApi;
  let questions: Questions;
  let offered: readonly Choice[] = [];

  before(async function () {
    if (process.env['MUCODE_HOST_EMBEDDED'] === undefined) this.skip();
    api = await activated();
    questions = new Questions();
    await set({ 'server.url': '', candidates: 2, turns: 1, selector: 'pt' });
  });

  after(async () => {
    Object.assign(vscode.window, { showQuickPick: real });
    questions?.restore();
    await closeAll();
    await set({ 'server.url': undefined });
  });

  /** Runs “Connect to a Server…” and takes the choice with these words. */
  async function choose(words: RegExp): Promise<void> {
    const pick = async (items: readonly Choice[] | Thenable<readonly Choice[]>): Promise<Choice | undefined> => {
      offered = await items;
      return offered.find(({ label }) => words.test(label));
    };
    Object.assign(vscode.window, { showQuickPick: pick });
    await vscode.commands.executeCommand('mucode.connect');
  }

  const gateway = (): { readonly pid: number } | undefined =>
    children().find(({ command }) => command.includes('mucode serve'));

  it('is not started before it is chosen', async () => {
    await choose(/nothing of the kind/);
    assert.ok(
      offered.some(({ label, detail }) => /embedded server/i.test(label) && /Set up|Fetches/.test(detail ?? '')),
    );
    assert.equal(gateway(), undefined);
  });

  it('is started, answers a repair, and is gone within about a second', async function () {
    this.timeout(READY_MS);
    await choose(/The embedded server/);
    await questions.said(/embedded server is ready/);
    assert.ok(gateway());
    await open(uriOf('totals.py'), 'total = 0');
    const session = await repair(api);
    assert.notEqual(session.outcome, 'failed', session.message);
    assert.equal(session.turns[0]?.candidates.length, 2);
    const began = performance.now();
    await choose(/Stop the embedded server/);
    await until('the gateway is gone', () => gateway() === undefined, 1500);
    assert.ok(performance.now() - began < 1500);
  });
});
