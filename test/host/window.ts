// This VS Code window as the host tests use it: files of the opened folder, questions answered beforehand, the extension's test API.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import * as vscode from 'vscode';
import type { TestApi } from '../../src/extension.ts';
import type { Session } from '../../src/repair/session.ts';

export const EXTENSION = 'mucode.mucode-repair';
const WAIT_MS = 30_000;
const POLL_MS = 10;

export async function activated(): Promise<TestApi> {
  const extension = vscode.extensions.getExtension<TestApi | undefined>(EXTENSION);
  assert.ok(extension, `${EXTENSION} is not installed`);
  const api = await extension.activate();
  assert.ok(api, 'activate() gave no test API although this is a test run');
  return api;
}

export function uriOf(name: string): vscode.Uri {
  const folder = vscode.workspace.workspaceFolders?.[0];
  assert.ok(folder, 'no folder is open');
  return vscode.Uri.joinPath(folder.uri, name);
}

export async function write(name: string, content: string | Uint8Array): Promise<vscode.Uri> {
  const uri = uriOf(name);
  await vscode.workspace.fs.writeFile(uri, typeof content === 'string' ? Buffer.from(content) : content);
  return uri;
}

export async function bytesOf(uri: vscode.Uri): Promise<Buffer> {
  return Buffer.from(await vscode.workspace.fs.readFile(uri));
}

/** Opens the file with the cursor at the first occurrence of `at`. */
export async function open(uri: vscode.Uri, at: string): Promise<vscode.TextEditor> {
  const editor = await vscode.window.showTextDocument(await vscode.workspace.openTextDocument(uri));
  // VS Code keeps closed files for a while and hears late of writes to the disk; saving would then be a conflict.
  if (!editor.document.isDirty) await vscode.commands.executeCommand('workbench.action.files.revert');
  const offset = editor.document.getText().indexOf(at);
  assert.notEqual(offset, -1, `"${at}" is not in ${uri.path}`);
  const position = editor.document.positionAt(offset);
  editor.selection = new vscode.Selection(position, position);
  return editor;
}

/** Closes every editor; unsaved changes are given up. */
export async function closeAll(): Promise<void> {
  for (const document of vscode.workspace.textDocuments) {
    if (!document.isDirty) continue;
    await vscode.window.showTextDocument(document);
    await vscode.commands.executeCommand('workbench.action.files.revert');
  }
  await vscode.commands.executeCommand('workbench.action.closeAllEditors');
}

/** Sets settings of this machine; `undefined` takes one back. */
export async function set(settings: Readonly<Record<string, unknown>>): Promise<void> {
  const section = vscode.workspace.getConfiguration('mucode');
  for (const [key, value] of Object.entries(settings))
    await section.update(key, value, vscode.ConfigurationTarget.Global);
}

/** Waits until the function gives something, and returns it. */
export async function until<T>(what: string, look: () => T | null | undefined | false, within = WAIT_MS): Promise<T> {
  const end = Date.now() + within;
  for (;;) {
    const found = look();
    if (found !== null && found !== undefined && found !== false) return found;
    if (Date.now() > end) assert.fail(`${what}: not within ${within} ms`);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Repairs the function at the cursor to its end. */
export async function repair(api: TestApi): Promise<Session> {
  const before = api.sessions.current?.id;
  await vscode.commands.executeCommand('mucode.repairFunction');
  return until('the session ends', () => ended(api, before));
}

function ended(api: TestApi, before: string | undefined): Session | null {
  const session = api.sessions.current;
  return session !== null && session.id !== before && session.outcome !== null ? session : null;
}

/** Begins to repair the function at the cursor and returns when `ready` holds of the running session. */
export async function begun(api: TestApi, ready: (session: Session) => boolean): Promise<Session> {
  const before = api.sessions.current?.id;
  void vscode.commands.executeCommand('mucode.repairFunction');
  return until('the session has come that far', () => {
    const session = api.sessions.current;
    if (session === null || session.id === before) return null;
    assert.equal(session.outcome, null, `it ended before: ${session.message}`);
    return ready(session) ? session : null;
  });
}

/** A list that was shown, and what was chosen from it. */
type Picked = { readonly title: string; readonly items: readonly vscode.QuickPickItem[] };

type Asked = { readonly text: string; readonly modal: boolean; readonly buttons: readonly string[] };
type Answer = { readonly to: RegExp; readonly with: string };

/** Stands in for the user where VS Code would wait for a click: every message is kept, the expected ones are answered. */
export class Questions {
  readonly asked: Asked[] = [];
  readonly picks: Picked[] = [];
  /** Chooses from lists; the first entry by itself. Undefined closes the list. */
  choose = (items: readonly vscode.QuickPickItem[]): vscode.QuickPickItem | undefined => items[0];
  readonly #answers: Answer[] = [];
  readonly #real = { ...vscode.window };

  constructor() {
    const answer = (text: string, ...rest: unknown[]): Thenable<unknown> => Promise.resolve(this.#answer(text, rest));
    const box = (options?: vscode.InputBoxOptions): Thenable<string | undefined> => {
      const text = [options?.title, options?.prompt].filter(Boolean).join(': ');
      return Promise.resolve(this.#answer(text, []) as string | undefined);
    };
    const pick = (items: readonly vscode.QuickPickItem[], options?: vscode.QuickPickOptions): Thenable<unknown> => {
      this.picks.push({ title: options?.title ?? '', items });
      return Promise.resolve(this.choose(items));
    };
    Object.assign(vscode.window, {
      showQuickPick: pick,
      showInformationMessage: answer,
      showWarningMessage: answer,
      showErrorMessage: answer,
      showInputBox: box,
    });
  }

  /** Presses this button, or types this text, when such a question comes. */
  expect(to: RegExp, reply: string): void {
    this.#answers.push({ to, with: reply });
  }

  /** The message that matches; fails with all messages when there is none. */
  said(words: RegExp): Promise<Asked> {
    return until(`a message matching ${words}`, () => this.asked.find((one) => words.test(one.text))).catch(() =>
      assert.fail(`no message matches ${words}; there were: ${JSON.stringify(this.asked)}`),
    );
  }

  restore(): void {
    const { showInformationMessage, showWarningMessage, showErrorMessage, showInputBox, showQuickPick } = this.#real;
    const messages = { showInformationMessage, showWarningMessage, showErrorMessage };
    Object.assign(vscode.window, { ...messages, showInputBox, showQuickPick });
  }

  #answer(text: string, rest: unknown[]): unknown {
    const [first, ...others] = rest;
    const options = isOptions(first) ? first : null;
    const items = options === null ? rest : others;
    const titles = items.map((item) => (typeof item === 'string' ? item : (item as vscode.MessageItem).title));
    this.asked.push({
      text: [text, options?.detail].filter(Boolean).join('\n'),
      modal: options?.modal === true,
      buttons: titles,
    });
    const at = this.#answers.findIndex((one) => one.to.test(text));
    const [expected] = at < 0 ? [] : this.#answers.splice(at, 1);
    if (!expected) return undefined;
    if (items.length === 0) return expected.with;
    assert.ok(titles.includes(expected.with), `"${text}" offers ${titles.join(', ')}, not ${expected.with}`);
    return items[titles.indexOf(expected.with)];
  }
}

function isOptions(value: unknown): value is vscode.MessageOptions {
  return typeof value === 'object' && value !== null && !('title' in value);
}

/** Ids of the processes that this extension host started, whatever they call themselves. */
export function children(): readonly { readonly pid: number; readonly command: string }[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && parentOf(name) === process.pid)
    .map((name) => ({ pid: Number(name), command: commandOf(name) }));
}

function parentOf(pid: string): number | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? null : Number(parent);
  } catch {
    return null; // it ended while we looked
  }
}

function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}
