// Hosts the panel: creates and restores it, posts snapshots, and passes on what the user does there. It draws nothing.

import { randomBytes } from 'node:crypto';

import * as vscode from 'vscode';

import { Owner } from '../own.ts';
import { parseFromPanel, type FromPanel, type PanelActions, type ToPanel } from '../protocol/panel.ts';
import { panelSnapshot, type PanelModel } from '../protocol/snapshot.ts';
import { visibleLine } from '../protocol/visible.ts';
import { panelHtml } from './html.ts';

const PANEL_VIEW = 'mucode.panel';

/** Where snapshots come from; the event fires at a bounded rate. */
export type PanelSource = { readonly onDidChange: vscode.Event<void>; readonly model: () => PanelModel };

type Open = {
  readonly panel: vscode.WebviewPanel;
  readonly listening: Owner;
  /** It was there before a reload and has not told yet what it showed. */
  restoring: boolean;
  ready: boolean;
};

export class Panel extends Owner implements vscode.WebviewPanelSerializer {
  readonly #extension: vscode.Uri;
  readonly #source: PanelSource;
  readonly #actions: PanelActions;
  readonly #log: vscode.LogOutputChannel;
  #open: Open | null = null;
  #selected: { readonly session: string; readonly candidate: string } | null = null;

  constructor(extension: vscode.Uri, source: PanelSource, actions: PanelActions, log: vscode.LogOutputChannel) {
    super();
    this.#extension = extension;
    this.#source = source;
    this.#actions = actions;
    this.#log = log;
    this.own(vscode.window.registerWebviewPanelSerializer(PANEL_VIEW, this));
    this.own(source.onDidChange(() => this.#post()));
  }

  /** Shows the panel beside the editor, or brings it to the front where it is. */
  show(preserveFocus: boolean): void {
    if (this.#open) {
      this.#open.panel.reveal(undefined, preserveFocus);
      return;
    }
    const place = { viewColumn: vscode.ViewColumn.Beside, preserveFocus };
    this.#adopt(vscode.window.createWebviewPanel(PANEL_VIEW, 'μCode Repair', place), false);
  }

  /** VS Code calls this after a reload, once for every panel that was open. */
  deserializeWebviewPanel(panel: vscode.WebviewPanel): Promise<void> {
    if (this.#open) panel.dispose();
    else this.#adopt(panel, true);
    return Promise.resolve();
  }

  /**
   * Listens to the panel and fills it. The panel itself is not owned: disposing of it on deactivation would close its tab
   * before a reload, and then nothing is restored.
   */
  #adopt(panel: vscode.WebviewPanel, restoring: boolean): void {
    const listening = this.own(new Owner());
    const open: Open = { panel, listening, restoring, ready: false };
    this.#open = open;
    listening.own(panel.webview.onDidReceiveMessage((message: unknown) => this.#receive(open, message)));
    listening.own(
      panel.onDidChangeViewState(() => {
        // A hidden page is thrown away; the next one says again when it is ready.
        if (!panel.visible) open.ready = false;
      }),
    );
    listening.own(
      panel.onDidDispose(() => {
        if (this.#open === open) this.#open = null;
        this.release(listening);
      }),
    );
    const folder = vscode.Uri.joinPath(this.#extension, 'dist');
    const { webview } = panel;
    webview.options = { enableScripts: true, localResourceRoots: [folder] };
    const uri = (name: string): string => webview.asWebviewUri(vscode.Uri.joinPath(folder, name)).toString();
    const nonce = randomBytes(18).toString('base64');
    webview.html = panelHtml({ script: uri('panel.js'), style: uri('panel.css'), source: webview.cspSource }, nonce);
  }

  #receive(open: Open, message: unknown): void {
    const parsed = parseFromPanel(message);
    if (!parsed) {
      this.#log.warn(
        `Dropped an unknown message of the panel: ${visibleLine(JSON.stringify(message) ?? 'nothing', 200)}`,
      );
      return;
    }
    if (parsed.type === 'ready') {
      void this.#restored(open, parsed.session).finally(() => {
        open.ready = true;
        this.#post();
      });
      return;
    }
    if (parsed.type === 'select') {
      this.#selected = parsed;
      this.#post();
      return;
    }
    perform(parsed, this.#actions);
  }

  /** Nothing is posted before: an empty snapshot in between would be taken for the truth, and remembered. */
  async #restored(open: Open, told: string | null): Promise<void> {
    const lost = told === null && open.restoring;
    open.restoring = false;
    // A page loaded anew in a browser may have lost its memory; a panel that comes back shows the newest session then.
    if (told !== null || lost) await this.#actions.restore(told);
  }

  #post(): void {
    const open = this.#open;
    if (!open?.ready) return;
    const model = this.#source.model();
    const selected = this.#selected?.session === model.session?.id ? this.#selected : null;
    const message: ToPanel = { type: 'snapshot', snapshot: panelSnapshot(model, selected?.candidate ?? null) };
    // oxlint-disable-next-line unicorn/require-post-message-target-origin -- VS Code's own function, not the window's
    void open.panel.webview.postMessage(message);
  }
}

/** The action that a message stands for. */
function perform(message: Exclude<FromPanel, { type: 'ready' | 'select' }>, actions: PanelActions): void {
  switch (message.type) {
    case 'diff':
      return actions.diff(message.session, message.candidate);
    case 'apply':
      return actions.apply(message.session, message.candidate);
    case 'turn':
      return actions.anotherTurn(message.session, message.candidate);
    case 'reveal':
      return actions.reveal(message.session);
    case 'stop':
      return actions.stop(message.session);
    case 'cancelQueued':
      return actions.cancelQueued(message.id);
    case 'repair':
      return actions.repair();
    case 'history':
      return actions.history();
    case 'log':
      return actions.log();
  }
}
