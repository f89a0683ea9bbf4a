// The history as its user meets it: VS Code's own quick pick is not driven from here, so a stand-in plays its part.
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { appendFile, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import * as vscode from 'vscode';
import type { TestApi } from '../../src/extension.ts';
import { RIGHT } from '../fakes/answers.ts';
import { FakeModel } from '../fakes/model.ts';
import { activated, closeAll, open, Questions, repair, set, until, uriOf } from './window.ts';

type Item = vscode.QuickPickItem & { readonly summary: { readonly id: string } };
type Pressed = vscode.QuickPickItemButtonEvent<Item>;

/** A quick pick that shows nothing and is used by the test. */
class Picker {
  items: readonly Item[] = [];
  selectedItems: readonly Item[] = [];
  placeholder = '';
  shown = false;
  readonly #accepted = new vscode.EventEmitter<void>();
  readonly #hidden = new vscode.EventEmitter<void>();
  readonly #pressed = new vscode.EventEmitter<Pressed>();
  readonly onDidAccept = this.#accepted.event;
  readonly onDidHide = this.#hidden.event;
  readonly onDidTriggerItemButton = this.#pressed.event;

  show(): void {
    this.shown = true;
  }

  accept(item: Item): void {
    this.selectedItems = [item];
    this.#accepted.fire();
  }

  delete(item: Item): void {
    const [button] = item.buttons ?? [];
    assert.ok(button, 'there is no button to delete it');
    this.#pressed.fire({ item, button });
  }

  hide(): void {
    this.#hidden.fire();
  }

  dispose(): void {
    for (const one of [this.#accepted, this.#hidden, this.#pressed]) one.dispose();
  }
}

describe('the history', () => {
  const real = vscode.window.createQuickPick;
  let api: TestApi;
  let questions: Questions;
  let model: FakeModel;
  let picker: Picker;

  before(async () => {
    api = await activated();
    model = await FakeModel.start({ script: () => ({ kind: 'answers', texts: [RIGHT] }) });
    await set({ 'server.url': model.url, candidates: 2, turns: 1, selector: 'pt' });
  });

  after(() => model.stop());

  beforeEach(() => {
    questions = new Questions();
    picker = new Picker();
    Object.assign(vscode.window, { createQuickPick: () => picker });
  });

  afterEach(async () => {
    Object.assign(vscode.window, { createQuickPick: real });
    questions.restore();
    await closeAll();
  });

  const fileOf = (id: string): string => join(api.storage?.fsPath ?? '', 'sessions', `${id}.jsonl`);

  async function keptSession(): Promise<string> {
    await open(uriOf('totals.py'), 'total = 0');
    const { id } = await repair(api);
    const isWhole = (): boolean => existsSync(fileOf(id)) && /"type":"end".*\n$/.test(readFileSync(fileOf(id), 'utf8'));
    await until('the whole session is on the disk', isWhole);
    return id;
  }

  /** Opens the history and gives the command, which ends with the quick pick, and the session's line in it. */
  async function shown(id: string): Promise<{ readonly command: Thenable<unknown>; readonly item: Item }> {
    const command = vscode.commands.executeCommand('mucode.showHistory');
    await until('the history is shown', () => picker.shown);
    const item = picker.items.find(({ summary }) => summary.id === id);
    assert.ok(item, `${id} is not in the history`);
    return { command, item };
  }

  it('puts the chosen session on show again', async () => {
    const old = await keptSession();
    const { id } = await repair(api);
    assert.notEqual(id, old);
    const { command, item } = await shown(old);
    assert.match(item.label, /running_total/);
    picker.accept(item);
    await command;
    assert.equal(api.sessions.current?.id, old);
  });

  it('deletes a session from the disk, from the list and from the screen', async () => {
    const id = await keptSession();
    const { command, item } = await shown(id);
    picker.delete(item);
    await until('it has left the list', () => picker.items.every(({ summary }) => summary.id !== id));
    picker.hide();
    await command;
    assert.equal(existsSync(fileOf(id)), false);
    assert.notEqual(api.sessions.current?.id, id);
  });

  it('opens a session whose window was closed in the middle as a stopped one, with what it had', async () => {
    const id = await keptSession();
    const copy = `${id}-cut`;
    const lines = (await readFile(fileOf(id), 'utf8')).trimEnd().split('\n');
    const [first = '', ...rest] = lines;
    await writeFile(fileOf(copy), `${first.replaceAll(id, copy)}\n${rest.slice(0, -2).join('\n')}\n`);
    await appendFile(fileOf(copy), (rest.at(-1) ?? '').slice(0, 20));
    const { command, item } = await shown(copy);
    assert.match(item.detail ?? '', /end was not kept/);
    picker.accept(item);
    await command;
    const session = api.sessions.current;
    assert.equal(session?.id, copy);
    assert.equal(session?.outcome, 'stopped');
    assert.ok((session?.turns[0]?.candidates.length ?? 0) > 0);
    assert.equal(api.snapshot().session?.running, false);
  });
});
