// "Repair with μCode" as a quick fix: on the problems that a test extension reports, and in tests that are known to fail.

import * as vscode from 'vscode';

import { Owner } from '../own.ts';
import type { TestPlace } from './chosen.ts';
import { extentOf, type KnownFailures } from './failures.ts';

const TITLE = 'Repair with μCode';
const COMMAND = 'mucode.repairTest';

/** Diagnostics that test extensions publish name themselves, or the runner, as their source. */
const TEST_SOURCE = /\b(pytest|unittest|doctest|tests?|testing)\b/i;

export class Fixes extends Owner implements vscode.CodeActionProvider {
  readonly #failures: KnownFailures;

  constructor(failures: KnownFailures) {
    super();
    this.#failures = failures;
    const kinds = { providedCodeActionKinds: [vscode.CodeActionKind.QuickFix] };
    this.own(vscode.languages.registerCodeActionsProvider({ language: 'python', scheme: 'file' }, this, kinds));
  }

  provideCodeActions(
    document: vscode.TextDocument,
    range: vscode.Range,
    { diagnostics }: vscode.CodeActionContext,
  ): vscode.CodeAction[] {
    if (!vscode.workspace.isTrusted) return [];
    const reported = diagnostics.find(({ source }) => source !== undefined && TEST_SOURCE.test(source));
    if (reported) {
      const place = { id: '', label: '', uri: document.uri, range: reported.range };
      return [actionFor(place, TITLE, [reported])];
    }
    const known = this.#failures.in(document.uri.path);
    if (known.length === 0) return [];
    const lines = document.getText().split(/\r\n|\r|\n/);
    return known.flatMap((failure) => {
      const extent = extentOf(lines, failure);
      if (!extent || range.end.line < extent[0] || range.start.line > extent[1]) return [];
      const place = { ...failure, uri: document.uri, range: new vscode.Range(extent[0], 0, extent[0], 0) };
      return [actionFor(place, `${TITLE}: ${failure.label} failed`, [])];
    });
  }
}

function actionFor(place: TestPlace, title: string, diagnostics: vscode.Diagnostic[]): vscode.CodeAction {
  const action = new vscode.CodeAction(title, vscode.CodeActionKind.QuickFix);
  action.command = { command: COMMAND, title, arguments: [place] };
  action.diagnostics = diagnostics;
  return action;
}
