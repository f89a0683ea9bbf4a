// All settings, typed and readonly. package.json is the only home of their defaults; nobody else reads the configuration.

import * as vscode from 'vscode';

import type { Selector } from './repair/events.ts';

export type Settings = {
  /** Empty: none connected. `embedded`: the small model on this machine. */
  readonly serverUrl: string;
  /** Empty: the first model that the server lists. */
  readonly serverModel: string;
  readonly candidates: number;
  readonly turns: number;
  readonly temperature: number;
  readonly selector: Selector;
  /** Seconds for one test. */
  readonly timeLimit: number;
  /** Seconds for one run of a project's tests; null: as long as the judge finds right. */
  readonly suiteLimit: number | null;
  /** The interpreter of projects that name none. */
  readonly python: string | null;
  readonly confirmAfterApply: 'ask' | 'always' | 'never';
  readonly codeLens: boolean;
  /** null: the first one on the PATH. */
  readonly judgePython: string | null;
  readonly judgeAllowUnisolated: boolean;
  readonly historyMaxBytes: number;
};

/** The value of `mucode.server.url` that stands for the server which the extension starts itself. */
export const EMBEDDED = 'embedded';

const CONFIRMATIONS: readonly Settings['confirmAfterApply'][] = ['ask', 'always', 'never'];

const SELECTORS: readonly Selector[] = ['random', 'lv', 'pt', 'pt+lv'];

export function readSettings(): Settings {
  const section = vscode.workspace.getConfiguration('mucode');
  const text = (key: string): string => {
    const value = section.get<unknown>(key);
    return typeof value === 'string' ? value.trim() : '';
  };
  // A file edited by hand may hold anything: what has the wrong type or is out of bounds counts as the default or the bound.
  const number = (key: string, low: number, high: number): number => {
    const value = section.get<unknown>(key);
    const known =
      typeof value === 'number' && Number.isFinite(value) ? value : section.inspect<number>(key)?.defaultValue;
    return Math.min(high, Math.max(low, known ?? low));
  };
  return {
    serverUrl: text('server.url'),
    serverModel: text('server.model'),
    candidates: Math.round(number('candidates', 1, 32)),
    turns: Math.round(number('turns', 1, 20)),
    temperature: number('temperature', 0, 2),
    selector: SELECTORS.find((one) => one === text('selector')) ?? 'pt+lv',
    timeLimit: number('timeLimit', 0.1, 120),
    suiteLimit: number('suiteLimit', 0, 3600) || null,
    python: text('python') || null,
    confirmAfterApply: CONFIRMATIONS.find((one) => one === text('confirmAfterApply')) ?? 'ask',
    codeLens: section.get<unknown>('codeLens') === true,
    judgePython: text('judge.python') || null,
    judgeAllowUnisolated: section.get<unknown>('judge.allowUnisolated') === true,
    historyMaxBytes: number('history.maxMegabytes', 1, 10_000) * 1024 * 1024,
  };
}

/** Remembers the server for this machine, not for the workspace: a repository must not choose where code is sent. */
export async function writeServer(url: string, model: string): Promise<void> {
  const section = vscode.workspace.getConfiguration('mucode');
  await section.update('server.url', url, vscode.ConfigurationTarget.Global);
  await section.update('server.model', model, vscode.ConfigurationTarget.Global);
}

export function affectsCodeLens(event: vscode.ConfigurationChangeEvent): boolean {
  return event.affectsConfiguration('mucode.codeLens');
}
