// The window's judge: made on first use, made anew when its settings change, ended with the window.

import * as vscode from 'vscode';

import { Judge } from '../judge/client.ts';
import type { RunEvent } from '../judge/runs.ts';
import { Owner } from '../own.ts';
import { readSettings } from '../settings.ts';

export class Judging extends Owner {
  readonly #judgeDir: string;
  readonly #tampered: vscode.Uri;
  readonly #log: vscode.LogOutputChannel;
  readonly #runs = this.own(new vscode.EventEmitter<RunEvent>());
  #judge: { readonly judge: Judge; readonly key: string } | null = null;

  /** Everything that the judge runs, as it happens. */
  readonly onRun = this.#runs.event;

  /** In a folder of `storage` programs that tampered are kept for study. */
  constructor(judgeDir: string, storage: vscode.Uri, log: vscode.LogOutputChannel) {
    super();
    this.#judgeDir = judgeDir;
    this.#tampered = vscode.Uri.joinPath(storage, 'tampered');
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
        keepTampered: this.#tampered.fsPath,
        onLog: (line) => this.#log.debug(`judge: ${line}`),
        onRun: (event) => this.#runs.fire(event),
      }),
    };
    return this.#judge.judge;
  };

  /** Shows the folder with the programs that tampered, in the machine's file manager or as a folder in VS Code. */
  async showTampered(): Promise<void> {
    const folder = this.#tampered;
    await vscode.workspace.fs.createDirectory(folder);
    const kept = (await vscode.workspace.fs.readDirectory(folder)).filter(([name]) => name.endsWith('.json'));
    if (kept.length === 0) {
      void vscode.window.showInformationMessage('μCode: no candidate has tampered with its tests so far.');
      return;
    }
    // Over Remote-SSH there is no file manager on the machine where they lie.
    if (vscode.env.remoteName === undefined) await vscode.commands.executeCommand('revealFileInOS', folder);
    else await vscode.commands.executeCommand('vscode.openFolder', folder, { forceNewWindow: true });
  }

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
