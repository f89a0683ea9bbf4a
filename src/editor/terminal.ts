// The terminal "μCode sandbox": shows every run as it happens. There is no shell in it; Ctrl+C stops the repair.

import * as vscode from 'vscode';

import type { RunEvent } from '../judge/runs.ts';
import { Owner } from '../own.ts';
import { shownTests } from '../repair/problem.ts';
import { runLines, sessionLines } from './transcript.ts';
import type { Recorded, Sessions } from './sessions.ts';

const NAME = 'μCode sandbox';
const CTRL_C = '\u0003';

/** Lines that a newly opened terminal starts with. */
const KEPT_LINES = 2000;

export class SandboxTerminal extends Owner {
  readonly #sessions: Sessions;
  readonly #lines: string[] = [];
  #sources = new Map<string, string>();
  #shown: Shown | null = null;
  /** It comes up by itself once; a user who closed it can open it with the command. */
  #wasShown = false;

  constructor(sessions: Sessions, onRun: vscode.Event<RunEvent>) {
    super();
    this.#sessions = sessions;
    this.own(onRun((event) => this.#print(runLines(event, this.#sources))));
    this.own(sessions.onDidRecord((recorded) => this.#record(recorded)));
  }

  /** Opens it, or brings it to the front. */
  show(): void {
    this.#wasShown = true;
    this.#opened().terminal.show(true);
  }

  #record({ event, session }: Recorded): void {
    if (event.type === 'session' || event.type === 'turn') {
      this.#sources = new Map(shownTests(session.problem).map((test) => [test.id, test.source]));
    }
    if (event.type === 'session' && !this.#wasShown) this.show();
    this.#print(sessionLines(event));
  }

  #print(lines: readonly string[]): void {
    this.#lines.push(...lines);
    this.#lines.splice(0, this.#lines.length - KEPT_LINES);
    this.#shown?.write(lines);
  }

  #opened(): Shown {
    if (this.#shown) return this.#shown;
    const shown: Shown = this.own(
      new Shown(
        this.#lines,
        () => this.#sessions.stop(),
        () => this.#closed(shown),
      ),
    );
    this.#shown = shown;
    return shown;
  }

  #closed(shown: Shown): void {
    if (this.#shown === shown) this.#shown = null;
    this.release(shown);
  }
}

/** One opened terminal; the user may close it and a later run opens another. */
class Shown extends Owner {
  readonly terminal: vscode.Terminal;
  readonly #writes = this.own(new vscode.EventEmitter<string>());
  #ready = false;

  constructor(lines: readonly string[], onInterrupt: () => void, onClose: () => void) {
    super();
    const pty: vscode.Pseudoterminal = {
      onDidWrite: this.#writes.event,
      open: () => {
        this.#ready = true;
        this.write(['Every candidate runs here, isolated. Ctrl+C stops the repair.', ...lines]);
      },
      close: onClose,
      handleInput: (data) => {
        if (data.includes(CTRL_C)) onInterrupt();
      },
    };
    const iconPath = new vscode.ThemeIcon('beaker');
    this.terminal = this.own(vscode.window.createTerminal({ name: NAME, pty, iconPath, isTransient: true }));
  }

  /** What comes before the terminal is open is in the lines that it opens with. */
  write(lines: readonly string[]): void {
    if (this.#ready && lines.length > 0) this.#writes.fire(`${lines.join('\r\n')}\r\n`);
  }
}
