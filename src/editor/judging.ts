// The window's judge: made on first use, made anew when its settings change, ended with the window.

import * as vscode from 'vscode';

import { Judge } from '../judge/client.ts';
import type { RunEvent } from '../judge/runs.ts';
import { Owner } from '../own.ts';
import { readSettings } from '../settings.ts';

export class Judging extends Owner {
  readonly #judgeDir: string;
  readonly #log: vscode.LogOutputChannel;
  readonly #runs = this.own(new vscode.EventEmitter<RunEvent>());
  #judge: { readonly judge: Judge; readonly key: string } | null = null;

  /** Everything that the judge runs, as it happens. */
  readonly onRun = this.#runs.event;

  constructor(judgeDir: string, log: vscode.LogOutputChannel) {
    super();
    this.#judgeDir = judgeDir;
    this.#log = log;
  }

  get pid(): number | null {
    return this.#judge?.judge.pid ?? null;
  }

  /** Starts nothing by itself: the process begins with the first request. */
  readonly judge = (): Judge => {
    const { judgePython, judgeAllowUnisolated } = readSettings();
    const key = JSON.stringify([judgePython, judgeAllowUnisolated]);
    if (this.#judge && this.#judge.key !== key) void this.end();
    this.#judge ??= {
      key,
      judge: new Judge({
        python: judgePython,
        judgeDir: this.#judgeDir,
        allowT0: judgeAllowUnisolated,
        onLog: (line) => this.#log.debug(`judge: ${line}`),
        onRun: (event) => this.#runs.fire(event),
      }),
    };
    return this.#judge.judge;
  };

  /** Ends the process and everything it runs. */
  async end(): Promise<void> {
    const ended = this.#judge;
    this.#judge = null;
    await ended?.judge.dispose();
  }

  override dispose(): void {
    void this.end();
    super.dispose();
  }
}
