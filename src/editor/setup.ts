// The set-up of the embedded server's environment, run only after a yes, with its output in the log.

import { spawn } from 'node:child_process';
import * as vscode from 'vscode';

import { RepairError } from '../repair/errors.ts';

/** Runs the set-up to its end. Throws RepairError when it fails; stops it with its children when the user cancels. */
export async function runSetup(root: string, log: vscode.LogOutputChannel): Promise<void> {
  const options = { location: vscode.ProgressLocation.Notification, title: 'μCode: set-up', cancellable: true };
  await vscode.window.withProgress(options, async (progress, token) => {
    const env = { ...process.env, ELECTRON_RUN_AS_NODE: '1' };
    const child = spawn(process.execPath, ['tools/setup.js', '--for', 'demo', '--yes'], {
      cwd: root,
      env,
      detached: true,
    });
    let last = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        for (const line of text.split('\n').filter((one) => one.trim() !== '')) {
          log.info(`set-up: ${line}`);
          last = line.trim();
        }
        progress.report({ message: last.slice(0, 120) });
      });
    }
    const cancelling = token.onCancellationRequested(() => endGroup(child.pid));
    const code = await new Promise<number | null>((resolve) => {
      child.once('error', () => resolve(null));
      child.once('close', resolve);
    });
    cancelling.dispose();
    if (token.isCancellationRequested)
      throw new RepairError('stopped', 'The set-up was stopped. Run it again to go on from there.');
    if (code !== 0)
      throw new RepairError(
        'server-failed',
        `The set-up did not finish: ${last} The log has all of it; run it again to go on.`,
      );
  });
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGTERM');
  } catch {
    // It has ended already.
  }
}
