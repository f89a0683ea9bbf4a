// The command table: id to function. package.json lists the same ids.

import * as vscode from 'vscode';

import type { Actions } from './editor/actions.ts';
import type { Connect } from './editor/connect.ts';
import type { Consents } from './editor/consents.ts';
import type { History } from './editor/history.ts';
import type { Repairs, Task } from './editor/repairs.ts';
import type { SandboxTerminal } from './editor/terminal.ts';
import { targetOf } from './editor/tree.ts';

export type CommandParts = {
  readonly actions: Actions;
  readonly repairs: Repairs;
  readonly connect: Connect;
  readonly consents: Consents;
  readonly history: History;
  readonly terminal: SandboxTerminal;
  readonly log: vscode.LogOutputChannel;
  readonly showPanel: (preserveFocus: boolean) => void;
};

export type Command = (...args: readonly unknown[]) => Promise<unknown> | void;

export function commandTable(parts: CommandParts): Readonly<Record<string, Command>> {
  const { actions, repairs, connect, consents, history, terminal, log, showPanel } = parts;
  const start = (task: Task, args: readonly unknown[]): Promise<void> => actions.start(task, ...placeIn(args));
  return {
    'mucode.repairFunction': (...args) => start('repair', args),
    'mucode.writeFunction': (...args) => start('write', args),
    'mucode.typeTests': () => repairs.typeTests(),
    'mucode.stop': () => actions.stop(null),
    'mucode.showPanel': (preserveFocus) => showPanel(preserveFocus === true),
    'mucode.showTerminal': () => terminal.show(),
    'mucode.showLog': () => log.show(),
    'mucode.showHistory': async () => {
      if (await history.choose()) showPanel(false);
    },
    'mucode.connect': () => connect.choose(),
    'mucode.forgetConsents': async () => {
      const hosts = await consents.forget();
      const what = hosts.length === 0 ? 'There was none.' : `Forgotten: ${hosts.join(', ')}.`;
      void vscode.window.showInformationMessage(`μCode: consents to send code to servers. ${what}`);
    },
    'mucode.diffCandidate': on((session, candidate) => actions.diff(session, candidate)),
    'mucode.applyCandidate': on((session, candidate) => actions.apply(session, candidate)),
    'mucode.anotherTurn': on((session, candidate) => actions.anotherTurn(session, candidate)),
    'mucode.cancelQueued': on((_, queued) => actions.cancelQueued(queued)),
  };
}

/** The commands of the tree are called with one of its nodes. */
function on(act: (session: string, target: string) => void): Command {
  return (node) => {
    const called = targetOf(node);
    if (called) act(called.session, called.target);
  };
}

/** A CodeLens names the function; a context menu only its file, where the cursor counts. */
function placeIn([uri, name]: readonly unknown[]): [vscode.Uri | null, string | null] {
  if (typeof uri === 'string' && typeof name === 'string') return [vscode.Uri.parse(uri, true), name];
  return [null, null];
}
