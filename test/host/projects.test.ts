// From a failing test of any extension to a repaired function of its project, with the judge's stand-in.
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { FakeModel } from '../fakes/model.ts';
import type { TestApi } from '../../src/extension.ts';
import { activated, bytesOf, closeAll, open, Questions, repair, set } from './window.ts';
import {
  BREAKING,
  itemOf,
  pythonExtension,
  pythonPath,
  repairTest,
  RunRecorder,
  shop,
  standInJudge,
  testOwner,
  UNFIXED,
  WITH_TAX,
} from './project_window.ts';

const FAILING = 'test_tax_is_added';

describe('a failing test', () => {
  let api: TestApi;
  let questions: Questions;
  let model: FakeModel;
  let undo: () => Promise<void>;
  let original: Buffer;
  let answers: readonly string[] = [WITH_TAX];
  let owner: Awaited<ReturnType<typeof testOwner>>;
  const recorder = new RunRecorder();

  before(async () => {
    api = await activated();
    owner = await testOwner();
    undo = await standInJudge();
    model = await FakeModel.start({ script: () => ({ kind: 'answers', texts: answers }) });
    await set({ 'server.url': model.url, candidates: 2, turns: 1, selector: 'pt', confirmAfterApply: 'never' });
    await set({ python: pythonPath() });
    original = await bytesOf(shop('prices.py'));
  });

  after(async () => {
    recorder.restore();
    await undo();
    await model.stop();
    await set({ confirmAfterApply: undefined, python: undefined });
  });

  beforeEach(() => {
    questions = new Questions();
    answers = [UNFIXED, WITH_TAX];
  });

  afterEach(async () => {
    questions.restore();
    await closeAll();
    await vscode.workspace.fs.writeFile(shop('prices.py'), original);
  });

  function facts(): ReadonlyMap<string, string> {
    return new Map((api.snapshot().session?.run ?? []).map(({ name, value }) => [name, value]));
  }

  it('of another extension leads to its function, which the user sees and takes', async () => {
    const session = await repairTest(api, itemOf(owner, FAILING));
    const [pick] = questions.picks;
    assert.match(pick?.title ?? '', /repair which function for test_tax_is_added/);
    assert.match(`${pick?.items[0]?.label} ${pick?.items[0]?.description}`, /with_tax prices\.py:6/);
    assert.match(pick?.items[0]?.detail ?? '', /\(likeliest\)/);
    assert.equal(session.outcome, 'solved', session.message);
    assert.ok(session.problem.kind === 'workspace');
    assert.equal(session.problem.root, shop('').path.replace(/\/$/, ''));
    assert.equal(session.problem.public_tests[0]?.id, 'tests/test_prices.py::test_tax_is_added');
    assert.equal(session.origin.file, shop('prices.py').toString());
  });

  it('is fixed without breaking its neighbours, and only then called verified', async () => {
    const session = await repairTest(api, itemOf(owner, FAILING));
    assert.match(session.message, /fixes 1, breaks 0/);
    const shown = api.snapshot().session;
    assert.match(shown?.final?.words ?? '', /^fixes 1, breaks 0/);
    const green = shown?.rounds.flatMap((round) => round.rows.filter((row) => row.mark === 'verified')) ?? [];
    assert.deepEqual(
      green.map((row) => row.id),
      ['t1c2'],
    );
  });

  it('whose fix breaks a neighbour is not called solved', async () => {
    answers = [BREAKING];
    const session = await repairTest(api, itemOf(owner, FAILING));
    assert.equal(session.outcome, 'exhausted', session.message);
    assert.match(session.message, /breaks 1 .*test_a_basket_of_gifts_is_free/);
  });

  it('is shown with its adapter, interpreter, neighbours and context', async () => {
    await repairTest(api, itemOf(owner, FAILING));
    const shown = facts();
    assert.equal(shown.get('Adapter'), 'pytest');
    assert.match(shown.get('Python') ?? '', /^3\.\d+\.\d+ from .*python/);
    assert.match(shown.get('Neighbours') ?? '', /passing tests? in 1 file/);
    assert.match(shown.get('Context') ?? '', /about \d+ of \d+ tokens/);
  });

  it('is taken from the failure’s message as well', async () => {
    const item = itemOf(owner, FAILING);
    const message = new vscode.TestMessage('it failed');
    const session = await repairTest(api, { test: item, message });
    assert.equal(session.outcome, 'solved', session.message);
  });

  it('in another language is refused with the adapter that is missing', async () => {
    const asked = model.requests.length;
    void vscode.commands.executeCommand('mucode.repairTest', itemOf(owner, 'is no Python'));
    await questions.said(/no adapter for tests in TypeScript/);
    assert.equal(model.requests.length, asked);
    assert.equal(questions.picks.length, 0);
  });

  it('is found in a whole file of tests, and the flaky ones beside it are said and left out', async () => {
    const uri = shop('tests/test_more.py');
    const text =
      'from prices import with_tax\n\n\ndef test_flaky_clock():\n    assert False\n\n\n' +
      'def test_ten():\n    for price in (10,):\n        assert with_tax(price) == 12\n';
    await vscode.workspace.fs.writeFile(uri, Buffer.from(text));
    try {
      const session = await repairTest(api, { id: uri.path, label: 'test_more.py', uri });
      assert.match(questions.picks[0]?.title ?? '', /for test_ten\? Flaky, left out: test_flaky_clock\./);
      assert.ok(session.problem.kind === 'workspace');
      const ids = session.problem.public_tests.map((test) => test.id);
      assert.ok(ids.includes('tests/test_more.py::test_ten') && !ids.join().includes('flaky'), ids.join());
      assert.match(facts().get('Flaky, left out') ?? '', /test_flaky_clock/);
    } finally {
      await vscode.workspace.fs.delete(uri);
    }
  });

  it('that passes is refused', async () => {
    void vscode.commands.executeCommand('mucode.repairTest', itemOf(owner, 'test_nothing_costs_nothing'));
    await questions.said(/test_nothing_costs_nothing passes/);
  });

  it('runs nothing further when the user closes the proposal', async () => {
    questions.choose = () => undefined;
    const before = api.sessions.current?.id;
    await vscode.commands.executeCommand('mucode.repairTest', itemOf(owner, FAILING));
    assert.equal(api.sessions.current?.id, before);
  });

  it('can be repaired in the function at the cursor instead', async () => {
    await open(shop('prices.py'), 'return sum(');
    questions.choose = (items) => items.find((item) => item.label.includes('at the cursor'));
    const session = await repairTest(api, itemOf(owner, FAILING));
    assert.ok(session.problem.kind === 'workspace');
    assert.equal(session.problem.entry_point, 'total');
  });

  it('that is known has a quick fix, and so has a problem that a test extension reports', async () => {
    await repairTest(api, itemOf(owner, FAILING));
    const uri = shop('tests/test_prices.py');
    const { document } = await open(uri, 'assert with_tax');
    const titles = async (at: vscode.Range): Promise<readonly string[]> => {
      const actions = await vscode.commands.executeCommand<vscode.CodeAction[]>(
        'vscode.executeCodeActionProvider',
        uri,
        at,
      );
      return actions.map((action) => action.title).filter((title) => title.includes('μCode'));
    };
    assert.deepEqual(await titles(document.lineAt(5).range), ['Repair with μCode: test_tax_is_added failed']);
    assert.deepEqual(await titles(document.lineAt(9).range), []);
    const reported = vscode.languages.createDiagnosticCollection('fixture');
    const diagnostic = new vscode.Diagnostic(document.lineAt(9).range, 'AssertionError');
    diagnostic.source = 'pytest';
    reported.set(uri, [diagnostic]);
    try {
      assert.deepEqual(await titles(document.lineAt(9).range), ['Repair with μCode']);
    } finally {
      reported.dispose();
    }
  });

  it('is found for the function at the cursor when nothing calls it directly', async () => {
    await open(shop('prices.py'), 'return price');
    const session = await repair(api);
    assert.equal(session.problem.kind, 'workspace');
    assert.equal(session.outcome, 'solved', session.message);
    assert.equal(questions.picks.length, 0, 'the function was chosen already');
  });

  it('is judged with the unsaved text of its file', async () => {
    const editor = await open(shop('tests/test_prices.py'), '120');
    const { document } = editor;
    const all = document.getText();
    const expected = new vscode.Range(
      document.positionAt(all.indexOf('((100')),
      document.positionAt(all.indexOf(':', all.indexOf('((100'))),
    );
    await editor.edit((edit) => edit.replace(expected, '((100, 20), (50, 10))'));
    void vscode.commands.executeCommand('mucode.repairTest', itemOf(owner, FAILING));
    await questions.said(/test_tax_is_added passes/);
  });

  it('shows a run for each candidate among VS Code’s test results', async () => {
    recorder.runs.length = 0;
    await repairTest(api, itemOf(owner, FAILING));
    const names = recorder.runs.map((run) => run.name);
    assert.deepEqual(names.toSorted(), [
      't1c1 (turn 1), with_tax',
      't1c2 (turn 1), with_tax',
      't1c2, with_tax: neighbouring tests',
      'your code, with_tax',
    ]);
    assert.ok(recorder.runs.every((run) => run.ended));
    const of = (name: string): (typeof recorder.runs)[number] | undefined =>
      recorder.runs.find((run) => run.name === name);
    assert.ok(of('t1c2 (turn 1), with_tax')?.passed.includes(FAILING));
    assert.deepEqual(of('t1c1 (turn 1), with_tax')?.failed.includes(FAILING), true);
  });

  it('runs with the interpreter of the Python extension, or the one that the user chose', async () => {
    const python = await pythonExtension();
    const real = pythonPath();
    python.chosen = real;
    await repairTest(api, itemOf(owner, FAILING));
    assert.match(facts().get('Python') ?? '', /from the Python extension$/);
    assert.ok(python.asked.some((path) => path?.endsWith('test_prices.py')));
    const environments = await pythonExtension('ms-python.vscode-python-envs');
    environments.chosen = real;
    await repairTest(api, itemOf(owner, FAILING));
    assert.match(facts().get('Python') ?? '', /from Python Environments$/);
    environments.chosen = null;
    await open(shop('prices.py'), 'RATE');
    questions.expect(/interpreter/, real);
    await vscode.commands.executeCommand('mucode.chooseInterpreter');
    await repairTest(api, itemOf(owner, FAILING));
    assert.match(facts().get('Python') ?? '', /from your choice for this project$/);
    questions.expect(/interpreter/, '');
    await open(shop('prices.py'), 'RATE');
    await vscode.commands.executeCommand('mucode.chooseInterpreter');
    python.chosen = process.execPath;
    await repairTest(api, itemOf(owner, FAILING));
    assert.doesNotMatch(facts().get('Python') ?? '', /the Python extension|your choice/, 'node is no Python');
    python.chosen = null;
  });

  it('is run once more in the workspace after Apply, by the extension that owns it', async () => {
    await set({ confirmAfterApply: 'ask' });
    const session = await repairTest(api, itemOf(owner, FAILING));
    const before = owner.runs.length;
    questions.expect(/Run its tests in the real workspace/, 'Save and Run Tests');
    api.actions.apply(session.id, 't1c2');
    await questions.said(/the tests in the workspace/);
    await set({ confirmAfterApply: 'never' });
    assert.equal(owner.runs.length, before + 1);
    assert.deepEqual(owner.runs.at(-1)?.[0], { label: FAILING, passed: true });
    assert.match((await bytesOf(shop('prices.py'))).toString(), /100 \+ RATE/);
  });
});
