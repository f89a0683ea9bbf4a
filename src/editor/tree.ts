// The outline as a tree view, with the panel's actions on its rows. What stands in it is decided in outline.ts.

import * as vscode from 'vscode';

import { Owner } from '../own.ts';
import { panelSnapshot } from '../protocol/snapshot.ts';
import { outline, type Icon, type Node } from './outline.ts';
import type { PanelSource } from './panel.ts';

const TREE_VIEW = 'mucode.sessions';

/** A tree is rebuilt at most this often; a screen reader could not follow the panel's rate. */
const QUIET_MS = 400;

const ICONS: Readonly<Record<Icon, readonly [icon: string, color: string | null]>> = {
  verified: ['pass-filled', 'testing.iconPassed'],
  unverified: ['question', 'editorWarning.foreground'],
  failing: ['circle-outline', null],
  running: ['sync~spin', null],
  waiting: ['clock', null],
  stopped: ['circle-slash', null],
  info: ['info', null],
  pass: ['check', 'testing.iconPassed'],
  fail: ['error', 'testing.iconFailed'],
  error: ['flame', 'testing.iconErrored'],
  timeout: ['watch', 'editorWarning.foreground'],
  limit: ['dashboard', 'editorWarning.foreground'],
  tamper: ['warning', 'testing.iconFailed'],
  skipped: ['debug-step-over', null],
};

const STATES = {
  open: vscode.TreeItemCollapsibleState.Expanded,
  closed: vscode.TreeItemCollapsibleState.Collapsed,
  leaf: vscode.TreeItemCollapsibleState.None,
} as const;

export class Tree extends Owner implements vscode.TreeDataProvider<Node> {
  readonly #source: PanelSource;
  readonly #change = this.own(new vscode.EventEmitter<void>());
  #timer: NodeJS.Timeout | null = null;

  readonly onDidChangeTreeData = this.#change.event;

  constructor(source: PanelSource) {
    super();
    this.#source = source;
    this.own(vscode.window.createTreeView(TREE_VIEW, { treeDataProvider: this, showCollapseAll: true }));
    this.own(source.onDidChange(() => this.#changed()));
  }

  getChildren(parent?: Node): Node[] {
    if (parent) return [...parent.children()];
    const model = this.#source.model();
    return [...outline(panelSnapshot(model, null), model.session)];
  }

  getTreeItem(node: Node): vscode.TreeItem {
    const item = new vscode.TreeItem(node.label, STATES[node.state]);
    item.id = node.id;
    item.description = node.description;
    item.tooltip = [node.label, node.description, node.whole ?? ''].filter((line) => line !== '').join('\n');
    item.accessibilityInformation = { label: node.spoken };
    item.contextValue = node.can.join(' ');
    if (node.icon) {
      const [icon, color] = ICONS[node.icon];
      item.iconPath =
        color === null ? new vscode.ThemeIcon(icon) : new vscode.ThemeIcon(icon, new vscode.ThemeColor(color));
    }
    if (node.can.includes('diff'))
      item.command = { command: 'mucode.diffCandidate', title: 'Open Diff', arguments: [node] };
    return item;
  }

  override dispose(): void {
    if (this.#timer) clearTimeout(this.#timer);
    super.dispose();
  }

  #changed(): void {
    if (this.#timer) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#change.fire();
    }, QUIET_MS);
  }
}

/** What a tree command was called on: the session and the candidate or queued repair. Null from anywhere else. */
export function targetOf(node: unknown): { readonly session: string; readonly target: string } | null {
  const { session, target } = (node ?? {}) as Partial<Node>;
  return typeof target === 'string' ? { session: session ?? '', target } : null;
}
