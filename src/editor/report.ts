// Where things end that went wrong: expected failures in the user's words, everything else in the log with its stack.

import * as vscode from 'vscode';

import { RepairError, type RepairErrorKind } from '../repair/errors.ts';

type Step = { readonly title: string; readonly command: string };

const LOG: Step = { title: 'Show Log', command: 'mucode.showLog' };
const CONNECT: Step = { title: 'Connect…', command: 'mucode.connect' };

/** The next step that a button can offer, by kind. */
const STEPS: Partial<Record<RepairErrorKind, Step>> = {
  'server-unreachable': CONNECT,
  'server-refused': CONNECT,
  'server-failed': LOG,
  'judge-unavailable': LOG,
  'no-isolation': LOG,
  'no-tests': { title: 'Type Tests…', command: 'mucode.typeTests' },
  'tests-already-pass': { title: 'Type Tests…', command: 'mucode.typeTests' },
  untrusted: { title: 'Manage Trust', command: 'workbench.trust.manage' },
};

/** Kinds that are no error of anything: the user's own decision, or a state to know of. */
const MILD: readonly RepairErrorKind[] = [
  'no-function',
  'no-tests',
  'tests-already-pass',
  'declined',
  'buffer-changed',
];

export class Reporter {
  readonly #log: vscode.LogOutputChannel;
  /** Told when there is a new trouble to show. */
  readonly #onTrouble: () => void;
  #trouble: string | null = null;

  constructor(log: vscode.LogOutputChannel, onTrouble: () => void) {
    this.#log = log;
    this.#onTrouble = onTrouble;
  }

  /** The last trouble outside any session, for the panel. */
  get trouble(): string | null {
    return this.#trouble;
  }

  clear(): void {
    this.#trouble = null;
  }

  /** Does the work of a command; its failure is shown, not thrown. */
  async watch(work: () => unknown): Promise<unknown> {
    try {
      return await work();
    } catch (error) {
      this.failed(error);
      return undefined;
    }
  }

  /** Shows the failure; returns at once. */
  failed(error: unknown): void {
    if (error instanceof RepairError) {
      if (error.kind === 'stopped') return;
      this.#log.warn(`${error.kind}: ${error.message}`);
      this.#trouble = error.message;
      this.#onTrouble();
      this.offer(error.message, [error.kind]);
      return;
    }
    this.#log.error(error instanceof Error ? error : String(error));
    this.#trouble = 'Something in μCode Repair itself went wrong; the log has the details.';
    this.#onTrouble();
    this.#show(this.#trouble, [LOG], false);
  }

  /** Shows a message with the next steps of these kinds of failure; returns at once. */
  offer(message: string, kinds: readonly RepairErrorKind[]): void {
    const steps = kinds.flatMap((kind) => STEPS[kind] ?? []);
    this.#show(
      message,
      steps,
      kinds.every((kind) => MILD.includes(kind)),
    );
  }

  #show(message: string, steps: readonly Step[], mild: boolean): void {
    const shown = mild
      ? vscode.window.showWarningMessage(message, ...steps)
      : vscode.window.showErrorMessage(message, ...steps);
    void shown.then((chosen) => chosen && vscode.commands.executeCommand(chosen.command));
  }
}
