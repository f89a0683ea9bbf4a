// What the panel, the tree and the messages let the user do with a session. Each call returns at once and reports its failure.

import * as vscode from 'vscode';

import type { PanelActions } from '../protocol/panel.ts';
import { RepairError } from '../repair/errors.ts';
import { lastPick, type Session } from '../repair/session.ts';
import type { Candidates } from './candidates.ts';
import { testAtCursor, testsIn } from './chosen.ts';
import type { Confirmation } from './confirmation.ts';
import type { History } from './history.ts';
import type { Repairs, Task } from './repairs.ts';
import type { Reporter } from './report.ts';
import type { Sessions } from './sessions.ts';

export type ActionParts = {
  readonly sessions: Sessions;
  readonly repairs: Repairs;
  readonly candidates: Candidates;
  readonly confirmation: Confirmation;
  readonly history: History;
  readonly reporter: Reporter;
  readonly log: vscode.LogOutputChannel;
};

export class Actions implements PanelActions {
  readonly #parts: ActionParts;

  constructor(parts: ActionParts) {
    this.#parts = parts;
  }

  async restore(session: string | null): Promise<void> {
    const { sessions, history, log } = this.#parts;
    if (sessions.current !== null) return;
    // A session that was deleted meanwhile is no failure of anything the user did now.
    await (session === null ? history.openNewest() : history.open(session)).catch((error: unknown) =>
      log.info(String(error)),
    );
  }

  diff(session: string, candidate: string): void {
    this.#run(() => this.#parts.candidates.diff(this.#session(session), candidate));
  }

  apply(session: string, candidate: string): void {
    this.#run(() => this.#apply(this.#session(session), candidate));
  }

  anotherTurn(session: string, candidate: string): void {
    this.#run(() => this.#another(this.#session(session), candidate));
  }

  reveal(session: string): void {
    this.#run(() => this.#parts.candidates.reveal(this.#session(session)));
  }

  /** Ends what is being prepared, and the given session if it is the one that runs. */
  stop(session: string | null): void {
    const { sessions, repairs } = this.#parts;
    if (session !== null && session !== sessions.running?.id) return;
    repairs.stop();
    sessions.stop();
  }

  cancelQueued(id: string): void {
    this.#parts.sessions.cancelQueued(id);
  }

  repair(): void {
    this.#run(() => this.start('repair', null, null));
  }

  history(): void {
    this.#run(() => this.#parts.history.choose());
  }

  log(): void {
    this.#parts.log.show();
  }

  /** The whole repair, with its failure thrown: for commands. */
  async start(task: Task, uri: vscode.Uri | null, name: string | null): Promise<void> {
    this.#parts.reporter.clear();
    const session = await this.#parts.repairs.start(task, uri, name);
    if (session) this.#ended(session);
  }

  /** The whole repair of the code behind failing tests: those of a test view's menu, else the one at the cursor. */
  async startTests(args: readonly unknown[]): Promise<void> {
    this.#parts.reporter.clear();
    const tests = args.length === 0 ? [testAtCursor()] : testsIn(args);
    const session = await this.#parts.repairs.startTests(tests);
    if (session) this.#ended(session);
  }

  /** Runs the tests that the shown session was for once more, in the real workspace. */
  async confirm(): Promise<void> {
    const problem = this.#parts.sessions.current?.problem;
    if (problem?.kind !== 'workspace') {
      throw new RepairError(
        'unsupported',
        'The repair on show was not for tests of a project. Open one that was from the history.',
      );
    }
    await this.#parts.confirmation.run(problem);
  }

  async #another(session: Session, candidate: string): Promise<void> {
    if (session.outcome === null) {
      throw new RepairError(
        'unsupported',
        'This session still runs. Wait for its end, or stop it, before another turn.',
      );
    }
    const note = await vscode.window.showInputBox({
      title: `Another turn from ${candidate}`,
      prompt: 'A remark for the model, or nothing',
      placeHolder: 'for example: the list may be empty',
      ignoreFocusOut: true,
    });
    if (note === undefined) return;
    this.#parts.reporter.clear();
    const ended = await this.#parts.repairs.another(session, candidate, note.trim() === '' ? null : note.trim());
    if (ended) this.#ended(ended);
  }

  async #apply(session: Session, candidate: string): Promise<void> {
    try {
      if (!(await this.#parts.candidates.apply(session, candidate))) return;
    } catch (error) {
      if (!(error instanceof RepairError) || error.kind !== 'buffer-changed') throw error;
      const diff = 'Open Diff';
      const chosen = vscode.window.showWarningMessage(error.message, diff);
      void chosen.then((button) => button === diff && this.diff(session.id, candidate));
      return;
    }
    await this.#parts.candidates.reveal(session);
    vscode.window.setStatusBarMessage(`μCode: applied ${candidate}. Undo takes it back in one step.`, 8000);
    await this.#parts.confirmation.after(session, candidate);
  }

  /** Says how it ended, with the next step. The message waits for the user; nothing waits for the message. */
  #ended(session: Session): void {
    const { outcome, message, origin } = session;
    const pick = lastPick(session);
    const steps = pick !== null && pick.code !== null ? ['Open Diff', 'Apply'] : [];
    const text = `${origin.label}: ${message}`;
    const act = (button: string | undefined): void => {
      if (!pick || button === undefined) return;
      if (button === 'Apply') this.apply(session.id, pick.id);
      else this.diff(session.id, pick.id);
    };
    if (outcome === 'solved') void vscode.window.showInformationMessage(text, ...steps).then(act);
    if (outcome === 'exhausted') void vscode.window.showWarningMessage(text, ...steps).then(act);
    if (outcome === 'failed') this.#failed(session);
  }

  /** Tests that pass before any repair need another test; everything else is the server's or the judge's trouble. */
  #failed({ message, baseline }: Session): void {
    const { reporter } = this.#parts;
    reporter.offer(
      message,
      baseline?.verdict === 'pass' ? ['tests-already-pass'] : ['server-unreachable', 'judge-unavailable'],
    );
  }

  #session(id: string): Session {
    const session = this.#parts.sessions.find(id);
    if (session) return session;
    throw new RepairError('unsupported', 'This session is not open any more. Open it from the history.');
  }

  #run(action: () => Promise<unknown>): void {
    action().catch((error: unknown) => this.#parts.reporter.failed(error));
  }
}
