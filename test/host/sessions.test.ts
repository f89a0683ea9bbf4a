// What sessions can do besides a first repair: go on with a remark, write a stub, come back from the history, ask before code leaves.
import assert from 'node:assert/strict';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { TestApi } from '../../src/extension.ts';
import type { Session } from '../../src/repair/session.ts';
import { HALF, RIGHT, WRONG } from '../fakes/answers.ts';
import { FakeModel, type Script } from '../fakes/model.ts';
import { activated, closeAll, open, Questions, repair, set, until, uriOf, write } from './window.ts';

const GREETING = '```python\ndef greeting(name):\n    return "Hello, " + name\n```\n';
const METHOD =
  '```python\nclass Account:\n    def __init__(self):\n        self.balance = 0\n\n' +
  '    def pay(self, amount):\n        self.balance += amount\n        return self.balance\n```\n';

describe('sessions', () => {
  let api: TestApi;
  let questions: Questions;
  let model: FakeModel;

  before(async () => {
    api = await activated();
  });

  beforeEach(() => {
    questions = new Questions();
  });

  afterEach(async () => {
    questions.restore();
    await model.stop();
    await closeAll();
  });

  async function answering(script: Script, settings: Readonly<Record<string, unknown>> = {}): Promise<void> {
    model = await FakeModel.start({ script });
    await set({ 'server.url': model.url, candidates: 2, turns: 1, selector: 'pt', ...settings });
  }

  function keptFile(session: Session): string {
    return join(api.storage?.fsPath ?? '', 'sessions', `${session.id}.jsonl`);
  }

  it('go on from a candidate with a remark that reaches the model', async () => {
    await answering((_, count) => ({ kind: 'answers', texts: count === 1 ? [WRONG, HALF] : [RIGHT] }));
    await open(uriOf('totals.py'), 'total = 0');
    const first = await repair(api);
    assert.equal(first.outcome, 'exhausted', first.message);
    questions.expect(/Another turn/, 'Mind the empty list.');
    api.actions.anotherTurn(first.id, 't1c2');
    const second = await until('the turn ends', () => {
      const session = api.sessions.find(first.id);
      return session?.turns.length === 2 && session.outcome !== null ? session : null;
    });
    assert.equal(second.outcome, 'solved', second.message);
    assert.equal(second.turns[1]?.from, 't1c2');
    assert.match(model.requests.at(-1)?.messages.at(-1)?.content ?? '', /Mind the empty list\./);
  });

  it('write a function whose body is a stub', async () => {
    await answering(() => ({ kind: 'answers', texts: [GREETING] }));
    const source =
      'def greeting(name):\n    """Greet somebody."""\n    ...\n\n\nassert greeting("Ada") == "Hello, Ada"\n';
    await open(await write('stub.py', source), '...');
    await vscode.commands.executeCommand('mucode.writeFunction');
    const session = api.sessions.current;
    assert.equal(session?.origin.task, 'write');
    assert.equal(session?.outcome, 'solved', session?.message);
  });

  it('refuse to write a function that has a body', async () => {
    await answering(() => ({ kind: 'answers', texts: [RIGHT] }));
    await open(uriOf('totals.py'), 'total = 0');
    await vscode.commands.executeCommand('mucode.writeFunction');
    await questions.said(/has a body already/);
    assert.equal(model.requests.length, 0);
  });

  it('repair a method by its class', async () => {
    await answering(() => ({ kind: 'answers', texts: [METHOD] }));
    const source = `class Account:
    def __init__(self):
        self.balance = 0

    def pay(self, amount):
        self.balance -= amount
        return self.balance


assert Account().pay(3) == 3
`;
    const { document } = await open(await write('account.py', source), 'self.balance -=');
    const session = await repair(api);
    assert.equal(session.problem.kind === 'function' && session.problem.entry_point, 'Account.pay');
    assert.equal(session.outcome, 'solved', session.message);
    api.actions.apply(session.id, 't1c1');
    await until('the method is changed', () => document.getText() === source.replace('-=', '+='));
  });

  it('use the text of the buffer, not that of the disk', async () => {
    await answering(() => ({ kind: 'answers', texts: [GREETING] }));
    const editor = await open(await write('dirty.py', 'def greeting(name):\n    return name\n'), 'return');
    const end = new vscode.Position(editor.document.lineCount, 0);
    await editor.edit((edit) => edit.insert(end, '\n\nassert greeting("Bo") == "Hello, Bo"\n'));
    assert.equal(editor.document.isDirty, true);
    const session = await repair(api);
    assert.equal(session.problem.public_tests.length, 1);
    assert.equal(session.outcome, 'solved', session.message);
  });

  it('are kept as lines of events and listed by the history', async () => {
    await answering(() => ({ kind: 'answers', texts: [RIGHT] }));
    await open(uriOf('totals.py'), 'total = 0');
    const session = await repair(api);
    await until('the file is there', () => existsSync(keptFile(session)));
    const names = readdirSync(join(api.storage?.fsPath ?? '', 'sessions'));
    assert.ok(names.every((name) => name.endsWith('.jsonl')));
  });

  it('show the diff of a candidate against a function that was edited meanwhile', async () => {
    await answering(() => ({ kind: 'answers', texts: [RIGHT] }));
    const { document } = await open(uriOf('totals.py'), 'total = 0');
    const session = await repair(api);
    api.actions.diff(session.id, 't1c1');
    const virtual = await until('the diff opens', () =>
      vscode.workspace.textDocuments.find(
        ({ uri }) => uri.scheme === 'mucode-candidate' && uri.query.includes(session.id),
      ),
    );
    const edit = new vscode.WorkspaceEdit();
    const at = document.positionAt(document.getText().indexOf('    total = 0'));
    edit.insert(document.uri, at, '    # my own remark\n');
    edit.insert(document.uri, new vscode.Position(0, 0), '# top\n');
    await vscode.workspace.applyEdit(edit);
    await until('the right side follows the buffer', () => virtual.getText().startsWith('# top\n'));
    assert.match(virtual.getText(), /total \+= number\s+totals\.append/);
    assert.doesNotMatch(virtual.getText(), /my own remark/);
    assert.equal(virtual.getText().split('def running_total').length, 2, 'the function stands there twice');
  });

  it('ask once per host before code leaves this machine, and can be made to ask again', async () => {
    await answering(() => ({ kind: 'answers', texts: [RIGHT] }));
    await set({ 'server.url': 'http://models.invalid:9' });
    await open(uriOf('totals.py'), 'total = 0');
    await vscode.commands.executeCommand('mucode.repairFunction');
    const asked = await questions.said(/Send this code to models\.invalid:9/);
    assert.equal(asked.modal, true);
    assert.match(asked.text, /running_total/);
    await questions.said(/Nothing was sent/);
    questions.expect(/Send this code/, 'Never for this Host');
    await vscode.commands.executeCommand('mucode.repairFunction');
    await vscode.commands.executeCommand('mucode.repairFunction');
    await questions.said(/You decided that no code goes to models\.invalid:9/);
    assert.equal(questions.asked.filter((one) => /Send this code/.test(one.text)).length, 2);
    await vscode.commands.executeCommand('mucode.forgetConsents');
    await vscode.commands.executeCommand('mucode.repairFunction');
    assert.equal(questions.asked.filter((one) => /Send this code/.test(one.text)).length, 3);
  });

  it('open a terminal that shows the runs', async () => {
    await answering(() => ({ kind: 'answers', texts: [RIGHT] }));
    await open(uriOf('totals.py'), 'total = 0');
    await repair(api);
    assert.ok(vscode.window.terminals.some((terminal) => terminal.name === 'μCode sandbox'));
  });
});
