// The status bar item and the progress message of what runs. The words are a pure function of the session.

import * as vscode from 'vscode';

import { Owner } from '../own.ts';
import type { Session } from '../repair/session.ts';
import type { Sessions } from './sessions.ts';
import { statusWords } from './words.ts';

const ICONS = {
  solved: '$(pass)',
  exhausted: '$(circle-slash)',
  stopped: '$(debug-stop)',
  failed: '$(error)',
} as const;

/** Between two updates of the progress message; each is announced to screen readers. */
const PROGRESS_MS = 1000;

export class Status extends Owner {
  readonly #sessions: Sessions;
  readonly #item = this.own(vscode.window.createStatusBarItem('mucode.status', vscode.StatusBarAlignment.Left, 10));
  #finish: (() => void) | null = null;
  #progress: vscode.Progress<{ message: string }> | null = null;
  #reported = 0;
  #running = false;

  constructor(sessions: Sessions) {
    super();
    this.#sessions = sessions;
    this.#item.name = 'μCode Repair';
    this.#item.command = 'mucode.showPanel';
    this.own(sessions.onDidChange(() => this.#update()));
  }

  override dispose(): void {
    this.#finish?.();
    super.dispose();
  }

  #update(): void {
    const { activity, current, queued } = this.#sessions;
    this.#tell(activity !== null);
    if (activity === null) {
      this.#finish?.();
      this.#finish = null;
      this.#ended(current);
      return;
    }
    const words = this.#words(activity);
    const waiting = queued.length === 0 ? '' : `, ${queued.length} queued`;
    this.#item.text = `$(sync~spin) μCode: ${words}${waiting}`;
    this.#item.tooltip = `${activity}. Click to see the candidates.`;
    this.#item.show();
    if (!this.#finish) this.#begin();
    if (Date.now() - this.#reported < PROGRESS_MS) return;
    this.#reported = Date.now();
    this.#progress?.report({ message: `${activity}: ${words}` });
  }

  /** Menus and the palette ask this context whether there is something to stop. */
  #tell(running: boolean): void {
    if (running === this.#running) return;
    this.#running = running;
    void vscode.commands.executeCommand('setContext', 'mucode.running', running);
  }

  #words(activity: string): string {
    const { running } = this.#sessions;
    return running ? statusWords(running) : `preparing ${activity}`;
  }

  #ended(session: Session | null): void {
    if (!session || session.outcome === null) {
      this.#item.hide();
      return;
    }
    this.#item.text = `${ICONS[session.outcome]} μCode: ${session.outcome}`;
    this.#item.tooltip = `${session.origin.label}: ${session.message}`;
    this.#item.show();
  }

  #begin(): void {
    this.#reported = 0;
    const over = new Promise<void>((resolve) => {
      this.#finish = resolve;
    });
    const options = { location: vscode.ProgressLocation.Notification, title: 'μCode', cancellable: true };
    void vscode.window.withProgress<void>(options, (progress, token) => {
      this.#progress = progress;
      const cancelling = this.own(token.onCancellationRequested(() => this.#sessions.stop()));
      return over.finally(() => this.release(cancelling));
    });
  }
}
