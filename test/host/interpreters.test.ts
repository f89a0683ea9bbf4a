// Which interpreter the tests of a project run with, where nothing names one: the user is asked, once.
import assert from 'node:assert/strict';
import { rmSync, symlinkSync } from 'node:fs';
import * as vscode from 'vscode';
import { FakeModel } from '../fakes/model.ts';
import type { TestApi } from '../../src/extension.ts';
import { activated, bytesOf, closeAll, open, Questions, set } from './window.ts';
import { itemOf, pythonPath, repairTest, shop, standInJudge, testOwner, WITH_TAX } from './project_window.ts';

const FAILING = 'test_tax_is_added';

describe('the interpreter of a project', () => {
  let api: TestApi;
  let questions: Questions;
  let model: FakeModel;
  let undo: () => Promise<void>;
  let original: Buffer;
  let owner: Awaited<ReturnType<typeof testOwner>>;

  before(async () => {
    api = await activated();
    owner = await testOwner();
    undo = await standInJudge();
    model = await FakeModel.start({ script: () => ({ kind: 'answers', texts: [WITH_TAX] }) });
    await set({ 'server.url': model.url, candidates: 1, turns: 1, selector: 'pt', confirmAfterApply: 'never' });
    original = await bytesOf(shop('prices.py'));
  });

  after(async () => {
    await undo();
    await model.stop();
    await set({ confirmAfterApply: undefined, python: undefined });
  });

  beforeEach(() => {
    questions = new Questions();
  });

  afterEach(async () => {
    questions.restore();
    await closeAll();
    await vscode.workspace.fs.writeFile(shop('prices.py'), original);
  });

  const origin = (): string => api.snapshot().session?.run.find(({ name }) => name === 'Python')?.value ?? '';

  it('asks which interpreter to take where nothing names one, and remembers the answer', async () => {
    await set({ python: undefined });
    await repairTest(api, itemOf(owner, FAILING));
    const [asked] = questions.picks;
    assert.match(asked?.title ?? '', /Python interpreter for the tests of .*shop/);
    assert.match(`${asked?.items[0]?.label} ${asked?.items[0]?.detail}`, /^Python 3\.\d+\.\d+ python3? on PATH$/);
    assert.match(`${asked?.items.at(-1)?.label}`, /Another one/);
    assert.match(origin(), /from your choice for this project$/);
    await repairTest(api, itemOf(owner, FAILING));
    assert.equal(questions.picks.filter((pick) => pick.title?.includes('interpreter')).length, 1);
    questions.expect(/interpreter/, '');
    await open(shop('prices.py'), 'RATE');
    await vscode.commands.executeCommand('mucode.chooseInterpreter');
  });

  it('runs nothing where no interpreter is chosen', async () => {
    const before = api.sessions.current?.id;
    questions.choose = () => undefined;
    await vscode.commands.executeCommand('mucode.repairTest', itemOf(owner, FAILING));
    await questions.said(/no interpreter was chosen for the tests of .*shop/);
    assert.equal(api.sessions.current?.id, before);
    await set({ python: pythonPath() });
  });

  it('asks for another interpreter when the remembered one is gone', async () => {
    const link = shop('old-python').fsPath;
    symlinkSync(pythonPath(), link);
    const choose = async (path: string): Promise<void> => {
      await open(shop('prices.py'), 'RATE');
      questions.expect(/interpreter/, path);
      await vscode.commands.executeCommand('mucode.chooseInterpreter');
    };
    await choose(link);
    rmSync(link);
    questions.expect(/Python interpreter for the tests of .*shop/, pythonPath());
    const session = await repairTest(api, itemOf(owner, FAILING));
    assert.equal(session.outcome, 'solved', session.message);
    assert.equal(session.problem.python, pythonPath());
    await choose('');
  });
});
