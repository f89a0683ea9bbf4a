// The same with nothing played: the real judge runs a real pytest project in its sandbox.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { FakeModel } from '../fakes/model.ts';
import type { TestApi } from '../../src/extension.ts';
import { activated, bytesOf, closeAll, open, Questions, set, until } from './window.ts';
import { itemOf, pythonExtension, repairTest, shop, testOwner, UNFIXED, WITH_TAX } from './project_window.ts';

const FAILING = 'test_tax_is_added';
const JUDGED_MS = 180_000;

describe('with the real judge, a failing pytest test', () => {
  let api: TestApi;
  let questions: Questions;
  let model: FakeModel;
  let original: Buffer;

  before(async function () {
    const paths = join(process.env['MUCODE_HOST_ROOT'] ?? '', '.mucode/paths.json');
    const known = existsSync(paths) ? (JSON.parse(readFileSync(paths, 'utf8')) as Record<string, string>) : {};
    const python = known['serverPython'];
    if (python === undefined) {
      console.log('SKIPPED: there is no Python with pytest here; run `npm run setup -- --for test`.');
      this.skip();
    }
    api = await activated();
    (await pythonExtension()).chosen = python;
    model = await FakeModel.start({ script: () => ({ kind: 'answers', texts: [UNFIXED, WITH_TAX] }) });
    await set({ 'server.url': model.url, candidates: 2, turns: 1, selector: 'pt', confirmAfterApply: 'never' });
    original = await bytesOf(shop('prices.py'));
  });

  after(async () => {
    (await pythonExtension()).chosen = null;
    await model.stop();
    await set({ confirmAfterApply: undefined });
  });

  beforeEach(() => {
    questions = new Questions();
  });

  afterEach(async () => {
    questions.restore();
    await closeAll();
    await vscode.workspace.fs.writeFile(shop('prices.py'), original);
  });

  it('leads to its function and is fixed: guarded, and nothing around it breaks', async function () {
    this.timeout(JUDGED_MS);
    await vscode.workspace.fs.writeFile(shop('.env'), Buffer.from('TOKEN=secret\n'));
    const session = await repairTest(api, itemOf(await testOwner(), FAILING));
    assert.match(`${questions.picks[0]?.items[0]?.label}`, /with_tax/);
    assert.equal(session.outcome, 'solved', session.message);
    const green = api.snapshot().session?.rounds[0]?.rows.find((row) => row.mark === 'verified');
    assert.deepEqual([green?.id, green?.judged], ['t1c2', 'guarded']);
    assert.match(session.message, /fixes 1, breaks 0/);
    const facts = new Map(api.snapshot().session?.run.map(({ name, value }) => [name, value]));
    assert.match(facts.get('Python') ?? '', /^3\.\d+\.\d+ from the Python extension$/);
    assert.match(facts.get('Hidden as secrets') ?? '', /\.env/);
    assert.match(facts.get('Context') ?? '', /RATE/);
  });

  it('that no test extension knows is run by the judge once more after Apply', async function () {
    this.timeout(JUDGED_MS);
    const uri = shop('tests/test_rate.py');
    const text = 'import prices\n\n\ndef test_rate():\n    assert prices.with_tax(10) == 12\n';
    await vscode.workspace.fs.writeFile(uri, Buffer.from(text));
    await set({ confirmAfterApply: 'always' });
    const place = { id: '', label: 'test_rate', uri, range: new vscode.Range(3, 0, 3, 0) };
    const session = await repairTest(api, place);
    assert.equal(session.outcome, 'solved', session.message);
    api.actions.apply(session.id, 't1c2');
    await questions.said(/All \d+ tests pass on the saved files|The test passes on the saved files/);
    await set({ confirmAfterApply: 'never' });
    await vscode.workspace.fs.delete(uri);
  });

  it('can be stopped while it runs, and nothing follows', async function () {
    this.timeout(JUDGED_MS);
    const uri = shop('tests/test_slow.py');
    await vscode.workspace.fs.writeFile(uri, Buffer.from('import time\n\n\ndef test_slow():\n    time.sleep(60)\n'));
    await open(uri, 'time.sleep');
    const asked = model.requests.length;
    const before = api.sessions.current?.id;
    await set({ timeLimit: 120 });
    const command = vscode.commands.executeCommand('mucode.repairTest');
    await new Promise((resolve) => setTimeout(resolve, 3000)); // somewhere within the run of a minute
    await vscode.commands.executeCommand('mucode.stop');
    let ended = false;
    void command.then(() => (ended = true));
    await until('the command ends', () => ended, 5000);
    await set({ timeLimit: undefined });
    await vscode.workspace.fs.delete(uri);
    assert.equal(api.sessions.current?.id, before);
    assert.equal(model.requests.length, asked);
    assert.equal(questions.picks.length, 0);
  });
});
