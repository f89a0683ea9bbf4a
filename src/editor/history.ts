// The kept sessions as a quick pick: open one again, or delete it.

import * as vscode from 'vscode';

import type { Session } from '../repair/session.ts';
import type { Reporter } from './report.ts';
import type { Sessions } from './sessions.ts';
import type { SessionStore, Summary } from './store.ts';

type Item = vscode.QuickPickItem & { readonly summary: Summary };

export class History {
  readonly #store: SessionStore;
  readonly #sessions: Sessions;
  readonly #reporter: Reporter;

  constructor(store: SessionStore, sessions: Sessions, reporter: Reporter) {
    this.#store = store;
    this.#sessions = sessions;
    this.#reporter = reporter;
  }

  /** Lets the user choose; the session that was opened, or null. */
  async choose(): Promise<Session | null> {
    const pick = vscode.window.createQuickPick<Item>();
    pick.title = 'μCode: sessions of this folder';
    pick.placeholder = 'Choose one to see its candidates again';
    pick.matchOnDescription = true;
    pick.items = await this.#items();
    if (pick.items.length === 0) pick.placeholder = 'No session has been kept yet.';
    const chosen = new Promise<string | null>((resolve) => {
      pick.onDidAccept(() => resolve(pick.selectedItems[0]?.summary.id ?? null));
      pick.onDidHide(() => resolve(null));
      pick.onDidTriggerItemButton(
        ({ item }) => void this.#remove(item, pick).catch((error) => this.#reporter.failed(error)),
      );
    });
    pick.show();
    const id = await chosen;
    pick.dispose();
    return id === null ? null : this.open(id);
  }

  /** Puts a kept session on show. Throws RepairError when it cannot be read. */
  async open(id: string): Promise<Session> {
    const session = this.#sessions.find(id) ?? (await this.#store.load(id));
    this.#sessions.show(session);
    return session;
  }

  /** Puts the newest kept session on show, if there is one. */
  async openNewest(): Promise<void> {
    const [newest] = await this.#store.list();
    if (newest) await this.open(newest.id);
  }

  async #remove(item: Item, pick: vscode.QuickPick<Item>): Promise<void> {
    await this.#store.remove(item.summary.id);
    this.#sessions.forget(item.summary.id);
    pick.items = await this.#items();
  }

  async #items(): Promise<readonly Item[]> {
    const { running } = this.#sessions;
    return (await this.#store.list()).map((summary) => ({
      summary,
      label: `${iconOf(summary)} ${summary.label}`,
      description: [shortName(summary.file), whenOf(summary.at)].filter((part) => part !== '').join(', '),
      detail: summary.id === running?.id ? 'It is running.' : summary.message || 'Its end was not kept.',
      buttons:
        summary.id === running?.id ? [] : [{ iconPath: new vscode.ThemeIcon('trash'), tooltip: 'Delete this session' }],
    }));
  }
}

function iconOf({ outcome }: Summary): string {
  if (outcome === 'solved') return '$(pass)';
  return outcome === 'failed' ? '$(error)' : '$(circle-outline)';
}

function shortName(file: string): string {
  return file === '' ? '' : vscode.workspace.asRelativePath(vscode.Uri.parse(file));
}

function whenOf(at: string): string {
  const date = new Date(at);
  return Number.isNaN(date.getTime()) ? '' : date.toLocaleString();
}
