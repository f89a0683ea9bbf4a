// Wiring only: builds the objects, registers the command table, and takes everything down again.

import { join } from 'node:path';
import * as vscode from 'vscode';

import { registerCommands } from './commands.ts';
import { Actions } from './editor/actions.ts';
import { Candidates } from './editor/candidates.ts';
import { Connect } from './editor/connect.ts';
import { Consents } from './editor/consents.ts';
import { EmbeddedServer } from './editor/embedded.ts';
import { TestCollection } from './editor/gather.ts';
import { Highlight } from './editor/highlight.ts';
import { History } from './editor/history.ts';
import { Judging } from './editor/judging.ts';
import { Lenses } from './editor/lens.ts';
import { panelModel } from './editor/model.ts';
import { Panel } from './editor/panel.ts';
import { projectParts } from './editor/project_parts.ts';
import { Repairs } from './editor/repairs.ts';
import { Reporter } from './editor/report.ts';
import { Server } from './editor/server.ts';
import { Sessions } from './editor/sessions.ts';
import { Status } from './editor/status.ts';
import { SessionStore } from './editor/store.ts';
import { SandboxTerminal } from './editor/terminal.ts';
import { Tree } from './editor/tree.ts';
import { Owner } from './own.ts';
import type { PanelActions, PanelSnapshot } from './protocol/panel.ts';
import { panelSnapshot } from './protocol/snapshot.ts';
import { readSettings } from './settings.ts';
import { readTemplates } from './templates.ts';

/** What activate() gives to the tests inside VS Code, and only to them. */
export type TestApi = {
  readonly sessions: Sessions;
  readonly actions: PanelActions;
  /** What the panel would be sent now. */
  snapshot(): PanelSnapshot;
  /** How many disposables are alive. */
  live(): number;
  readonly storage: vscode.Uri | undefined;
  deactivate(): Promise<void>;
};

/** What deactivate() does: the ends of child processes, of writes and of every disposable. */
const endings: (() => Promise<void>)[] = [];

export function activate(context: vscode.ExtensionContext): TestApi | undefined {
  const { extensionPath, storageUri, workspaceState: memory } = context;
  const root = new Owner();
  context.subscriptions.push(root);
  const log = root.own(vscode.window.createOutputChannel('μCode Repair', { log: true }));
  const sessions = root.own(new Sessions());
  const reporter = new Reporter(log, () => sessions.touch());

  const judging = root.own(new Judging(join(extensionPath, 'dist', 'judge'), context.globalStorageUri, log));
  const embedded = root.own(new EmbeddedServer(extensionPath, log));
  const server = new Server(context.secrets, embedded, log);
  const connect = new Connect(server, embedded);
  const consents = new Consents(context.globalState);

  const folder = join((storageUri ?? context.globalStorageUri).fsPath, 'sessions');
  const store = new SessionStore(folder, () => readSettings().historyMaxBytes, log);
  root.own(sessions.onDidRecord(({ session, event }) => store.append(session.id, event)));
  const history = new History(store, sessions, reporter);
  const candidates = root.own(new Candidates((id) => sessions.find(id)));

  const tests = new TestCollection(judging.judge, memory, log);
  const highlight = root.own(new Highlight());
  const { projects, workspaces, confirmation } = projectParts(root, { memory, judging, sessions, highlight, log });
  const templates = (): ReturnType<typeof readTemplates> => readTemplates(join(extensionPath, 'dist', 'prompts'));
  const { choose: chooseServer } = connect;
  const parts = { sessions, judging, server, consents, tests, workspaces, highlight, log, templates, chooseServer };
  const repairs = root.own(new Repairs(parts));
  const actions = new Actions({ sessions, repairs, candidates, confirmation, history, reporter, log });

  root.own(new Status(sessions));
  root.own(new Lenses());
  const terminal = root.own(new SandboxTerminal(sessions, judging.onRun));
  const source = { onDidChange: sessions.onDidChange, model: () => panelModel(sessions, reporter) };
  const panel = root.own(new Panel(context.extensionUri, source, actions, log));
  root.own(sessions.onDidRecord(({ event }) => event.type === 'session' && panel.show(true)));
  root.own(new Tree(source));
  const about = { consents, history, terminal, log, panel, reporter };
  registerCommands(root, { actions, repairs, projects, judging, connect, ...about });
  endings.push(
    () => judging.end(),
    () => embedded.stop(),
    async () => root.dispose(),
    () => store.settled(),
  );
  if (context.extensionMode !== vscode.ExtensionMode.Test) return undefined;
  const snapshot = (): PanelSnapshot => panelSnapshot(source.model(), null);
  return { sessions, actions, snapshot, live: () => Owner.live, storage: storageUri, deactivate };
}

export async function deactivate(): Promise<void> {
  await Promise.all(endings.splice(0).map((end) => end()));
}
