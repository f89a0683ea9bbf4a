// The command table: id to function. package.json lists the same ids.

import * as vscode from 'vscode';

import type { Actions } from './editor/actions.ts';
import type { Connect } from './editor/connect.ts';
import type { Consents } from './editor/consents.ts';
import type { History } from './editor/history.ts';
import type { Judging } from './editor/judging.ts';
import type { Projects } from './editor/projects.ts';
import type { Repairs } from './editor/repairs.ts';
import type { Panel } from './editor/panel.ts';
import type { Reporter } from './editor/report.ts';
import type { SandboxTerminal } from './editor/terminal.ts';
import type { Owner } from './own.ts';
import { RepairError } from './repair/errors.ts';
import { interpreterWords } from './tests/interpreter.ts';
import { targetOf } from './editor/tree.ts';

export type CommandParts = {
  readonly actions: Actions;
  readonly repairs: Repairs;
  readonly connect: Connect;
  readonly consents: Consents;
  readonly history: History;
  readonly judging: Judging;
  readonly projects: Projects;
  readonly terminal: SandboxTerminal;
  readonly log: vscode.LogOutputChannel;
  readonly panel: Panel;
  readonly reporter: Reporter;
};

type Command = (...args: readonly unknown[]) => Promise<unknown> | void;

/** Registers the whole table; what a command throws is shown to the user. */
export function registerCommands(owner: Owner, parts: CommandParts): void {
  for (const [id, command] of Object.entries(commandTable(parts))) {
    const watched = (...args: readonly unknown[]): Promise<unknown> => parts.reporter.watch(() => command(...args));
    owner.own(vscode.commands.registerCommand(id, watched));
  }
}

function commandTable(parts: CommandParts): Readonly<Record<string, Command>> {
  const { actions, repairs, judging, connect, consents, history, terminal, log, panel } = parts;
  return {
    'mucode.repairFunction': (...args) => actions.start('repair', ...placeIn(args)),
    'mucode.writeFunction': (...args) => actions.start('write', ...placeIn(args)),
    'mucode.repairTest': (...args) => actions.startTests(args),
    'mucode.typeTests': () => repairs.typeTests(),
    'mucode.chooseInterpreter': () => chooseInterpreter(parts),
    'mucode.confirmRepair': () => actions.confirm(),
    'mucode.stop': () => actions.stop(null),
    'mucode.showPanel': () => panel.show(false),
    'mucode.showTerminal': () => terminal.show(),
    'mucode.showLog': () => log.show(),
    'mucode.showTampered': () => judging.showTampered(),
    'mucode.showHistory': async () => {
      if (await history.choose()) panel.show(false);
    },
    'mucode.connect': () => connect.choose(),
    'mucode.forgetConsents': async () => {
      const hosts = await consents.forget();
      const what = hosts.length === 0 ? 'There was none.' : `Forgotten: ${hosts.join(', ')}.`;
      void vscode.window.showInformationMessage(`μCode: consents to send code to servers. ${what}`);
    },
    'mucode.diffCandidate': onNode((session, candidate) => actions.diff(session, candidate)),
    'mucode.applyCandidate': onNode((session, candidate) => actions.apply(session, candidate)),
    'mucode.anotherTurn': onNode((session, candidate) => actions.anotherTurn(session, candidate)),
    'mucode.cancelQueued': onNode((_, queued) => actions.cancelQueued(queued)),
  };
}

async function chooseInterpreter({ projects }: CommandParts): Promise<void> {
  const file = vscode.window.activeTextEditor?.document.uri;
  if (!file) throw new RepairError('no-function', 'No editor is open. Open a file of the project, then choose again.');
  const chosen = await projects.choose(file);
  if (!chosen) return;
  const words = `μCode: the tests of ${chosen.root} run with ${interpreterWords(chosen.interpreter)}.`;
  void vscode.window.showInformationMessage(words);
}

/** For the menus of the tree, which give the node they were called on; elsewhere there is none, and nothing happens. */
function onNode(act: (session: string, target: string) => void): Command {
  return (node) => {
    const found = targetOf(node);
    if (found) act(found.session, found.target);
  };
}

/** A CodeLens names the function; a context menu only its file, where the cursor counts. */
function placeIn([uri, name]: readonly unknown[]): [vscode.Uri | null, string | null] {
  if (typeof uri === 'string' && typeof name === 'string') return [vscode.Uri.parse(uri, true), name];
  return [null, null];
}
