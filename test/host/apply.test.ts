// Apply and Undo: one step, the user's bytes kept, and nothing written over what the user changed meanwhile.
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { HALF, RIGHT, WRONG } from '../fakes/answers.ts';
import { FakeModel } from '../fakes/model.ts';
import type { TestApi } from '../../src/extension.ts';
import { activated, bytesOf, closeAll, open, Questions, repair, set, until, uriOf, write } from './window.ts';

const FIXED = /total \+= number\s+totals\.append\(total\)/;

describe('applying a candidate', () => {
  let api: TestApi;
  let questions: Questions;
  let model: FakeModel;
  let original: Buffer;
  let files = 0;

  /** A copy under a new name: VS Code would show the text that it knows of an old one. Its tests are the file's own three. */
  const copy = (bytes: Uint8Array = original): Thenable<vscode.Uri> => write(`copy${(files += 1)}.py`, bytes);

  before(async () => {
    api = await activated();
    original = await bytesOf(uriOf('totals.py'));
    model = await FakeModel.start({ script: () => ({ kind: 'answers', texts: [HALF, RIGHT, WRONG] }) });
    await set({ 'server.url': model.url, candidates: 3, turns: 1, selector: 'pt' });
  });

  after(() => model.stop());

  beforeEach(() => {
    questions = new Questions();
  });

  afterEach(async () => {
    questions.restore();
    await closeAll();
  });

  /** Repairs, applies a candidate, and gives the editor when its text has changed. */
  async function applied(uri: vscode.Uri, candidate: string): Promise<vscode.TextDocument> {
    const { document } = await open(uri, 'total = 0');
    const before = document.getText();
    const session = await repair(api);
    api.actions.apply(session.id, candidate);
    await until('the buffer changes', () => document.getText() !== before);
    return document;
  }

  async function saved(document: vscode.TextDocument): Promise<Buffer> {
    await vscode.window.showTextDocument(document);
    // A save can be refused while VS Code itself saves; what counts is that the file is on the disk afterwards.
    await document.save();
    await until('the file is saved', () => !document.isDirty);
    return bytesOf(document.uri);
  }

  it('puts the new function in the place of the old one and leaves the rest alone', async () => {
    const document = await applied(await copy(), 't1c2');
    const text = document.getText();
    assert.match(text, FIXED);
    assert.ok(text.startsWith('"""Sums over lists of numbers."""\n'));
    assert.ok(text.includes('def largest(numbers):'));
    assert.ok(text.endsWith('assert running_total([5]) == [5]\n'));
  });

  it('is one undo step, and undo restores every byte', async () => {
    const document = await applied(await copy(), 't1c2');
    assert.match((await saved(document)).toString(), FIXED);
    await vscode.commands.executeCommand('undo');
    assert.equal((await saved(document)).toString('latin1'), original.toString('latin1'));
  });

  it('keeps tabs, a byte order mark and CRLF, and undo restores them', async () => {
    const windows = original.toString().replaceAll('    ', '\t').replaceAll('\n', '\r\n');
    const bytes = Buffer.concat([Buffer.from([0xef, 0xbb, 0xbf]), Buffer.from(windows)]);
    const document = await applied(await copy(bytes), 't1c2');
    const changed = await saved(document);
    assert.deepEqual(changed.subarray(0, 3), bytes.subarray(0, 3));
    const lines = changed.subarray(3).toString().split('\r\n');
    assert.ok(
      lines.every((line) => !line.includes('\n')),
      'a bare line feed got in',
    );
    assert.ok(
      lines.some((line) => /^\t\ttotal \+= number$/.test(line)),
      'the new lines are not indented with tabs',
    );
    await vscode.commands.executeCommand('undo');
    assert.equal((await saved(document)).toString('latin1'), bytes.toString('latin1'));
  });

  it('asks first when the candidate fails tests, and says how many', async () => {
    const { document } = await open(await copy(), 'total = 0');
    const before = document.getText();
    const session = await repair(api);
    api.actions.apply(session.id, 't1c1');
    const asked = await questions.said(/fails 1 of 3 tests/i);
    assert.equal(document.getText(), before);
    questions.expect(/fails 1 of 3 tests/i, asked.buttons[0] ?? '');
    api.actions.apply(session.id, 't1c1');
    await until('the buffer changes', () => document.getText() !== before);
    assert.match(document.getText(), /return list\(numbers\)/);
  });

  it('still fits when the buffer has changed around the function', async () => {
    const { document } = await open(await copy(), 'total = 0');
    const session = await repair(api);
    const edit = new vscode.WorkspaceEdit();
    edit.insert(document.uri, new vscode.Position(0, 0), '# A remark of the user.\n\n');
    await vscode.workspace.applyEdit(edit);
    api.actions.apply(session.id, 't1c2');
    await until('the function changes', () => FIXED.test(document.getText()));
    assert.ok(document.getText().startsWith('# A remark of the user.\n\n"""Sums'));
  });

  it('refuses when the function itself has changed, and keeps the change', async () => {
    const { document } = await open(await copy(), 'total = 0');
    const session = await repair(api);
    const edit = new vscode.WorkspaceEdit();
    const at = document.positionAt(document.getText().indexOf('total = 0'));
    edit.insert(document.uri, at, '# I am working on it.\n    ');
    await vscode.workspace.applyEdit(edit);
    const changed = document.getText();
    api.actions.apply(session.id, 't1c2');
    await questions.said(/chang/i);
    assert.equal(document.getText(), changed);
  });

  it('opens the candidate as a diff against the buffer', async () => {
    await open(await copy(), 'total = 0');
    const session = await repair(api);
    api.actions.diff(session.id, 't1c2');
    const input = await until('the diff opens', () => {
      const shown = vscode.window.tabGroups.activeTabGroup.activeTab?.input;
      return shown instanceof vscode.TabInputTextDiff ? shown : null;
    });
    const sides = [
      await vscode.workspace.openTextDocument(input.original),
      await vscode.workspace.openTextDocument(input.modified),
    ];
    assert.deepEqual(
      sides.map((side) => FIXED.test(side.getText())),
      [false, true],
    );
  });
});
