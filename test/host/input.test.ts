// Bad input: every one gets a message of its own, changes nothing, and leaves nothing running.
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { PROSE, RIGHT } from '../fakes/answers.ts';
import { FakeModel } from '../fakes/model.ts';
import type { TestApi } from '../../src/extension.ts';
import { activated, bytesOf, closeAll, open, Questions, repair, set, write } from './window.ts';

const MEGABYTE = 1024 * 1024;

describe('asked to repair', () => {
  let api: TestApi;
  let questions: Questions;
  let model: FakeModel;
  let answer = RIGHT;
  let files = 0;

  /** A new name each time: VS Code would show the text that it knows of an old one. */
  const input = (source: string | Uint8Array): Thenable<vscode.Uri> => write(`input${(files += 1)}.py`, source);

  before(async () => {
    api = await activated();
    model = await FakeModel.start({ script: () => ({ kind: 'answers', texts: [answer] }) });
    await set({ 'server.url': model.url, candidates: 2, turns: 1, selector: 'pt' });
  });

  after(() => model.stop());

  beforeEach(() => {
    questions = new Questions();
    answer = RIGHT;
  });

  afterEach(async () => {
    questions.restore();
    await closeAll();
  });

  /** The message for a repair that is refused; checks that the file and the queue are as before. */
  async function refusal(source: string | Uint8Array, at: string, words: RegExp): Promise<string> {
    const uri = await input(source);
    const asked = model.requests.length;
    await open(uri, at);
    const before = await bytesOf(uri);
    void vscode.commands.executeCommand('mucode.repairFunction');
    const { text } = await questions.said(words);
    assert.deepEqual(await bytesOf(uri), before);
    assert.equal(model.requests.length, asked, 'the model was asked although the input is bad');
    assert.equal(api.snapshot().session?.running ?? false, false);
    return text;
  }

  it('with no function at the cursor, it says so', async () => {
    await refusal('x = 1\n\n\ndef f():\n    return x\n', 'x = 1', /no function/i);
  });

  it('in a file with a syntax error, it names the line', async () => {
    const text = await refusal('def f(:\n    return 1\n\n\nassert f() == 2\n', 'return', /syntax/i);
    assert.match(text, /line 1/);
  });

  it('without any tests, it asks for one and says so when none is given', async () => {
    await refusal('def lonely():\n    return 1\n', 'return', /no test/i);
    assert.ok(questions.asked.some((one) => /lonely/.test(one.text)));
  });

  it('with tests that already pass, it says that there is nothing to repair', async () => {
    await refusal('def f():\n    return 1\n\n\nassert f() == 1\n', 'return', /already pass/i);
  });

  it('with a typed test that cannot be parsed, it says what is wrong with it', async () => {
    questions.expect(/lonely/, 'assert lonely( ==');
    await refusal('def lonely():\n    return 1\n', 'return', /typed test cannot be used/i);
  });

  it('in a file of 10 MB, it says how large a file may be', async () => {
    const filler = `${'# filler '.repeat(8)}\n`;
    const source = `def f():\n    return 1\n\n\nassert f() == 2\n${filler.repeat((10 * MEGABYTE) / filler.length)}`;
    await refusal(source, 'return', /MB/);
  });

  it('in a file that is not UTF-8, it names the encoding and the way out', async () => {
    const source = Buffer.concat([
      Buffer.from("def f():\n    return '"),
      Buffer.from([0xe9, 0xff]),
      Buffer.from("'\n\n\nassert f() == 1\n"),
    ]);
    await refusal(source, 'return', /encoding/i);
  });

  it('in a notebook, it names the way out', async () => {
    const cell = new vscode.NotebookCellData(vscode.NotebookCellKind.Code, 'def f():\n    return 1\n', 'python');
    const notebook = await vscode.workspace.openNotebookDocument('jupyter-notebook', new vscode.NotebookData([cell]));
    const { uri } = notebook.cellAt(0).document;
    await vscode.commands.executeCommand('mucode.repairFunction', uri.toString(), 'f');
    await questions.said(/notebook cells cannot be repaired yet\. Move/);
  });

  it('on native Windows, it names the way out', async () => {
    const platform = Object.getOwnPropertyDescriptor(process, 'platform');
    assert.ok(platform);
    Object.defineProperty(process, 'platform', { ...platform, value: 'win32' });
    try {
      await vscode.commands.executeCommand('mucode.repairFunction');
    } finally {
      Object.defineProperty(process, 'platform', platform);
    }
    await questions.said(/native Windows yet\. Open the folder in WSL/);
  });

  it('with a typed test, it keeps the test for the next time', async () => {
    const uri = await input('def running_total(numbers):\n    return []\n');
    questions.expect(/running_total/, 'assert running_total([1, 1]) == [1, 2]');
    await open(uri, 'return');
    assert.equal((await repair(api)).outcome, 'solved');
    await open(uri, 'return');
    assert.deepEqual((await repair(api)).problem.public_tests.length, 1);
    assert.equal(questions.asked.filter((one) => /Tests of/.test(one.text)).length, 1, 'it asked again');
  });

  it('and every answer is without code, it ends exhausted and says so', async () => {
    answer = PROSE;
    await open(await input('def f():\n    return 1\n\n\nassert f() == 2\n'), 'return');
    const session = await repair(api);
    assert.equal(session.outcome, 'exhausted');
    assert.ok(session.turns[0]?.candidates.every((one) => one.code === null));
  });
});
