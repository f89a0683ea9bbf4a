// Which code to repair for a failing test: the judge's suspects with their reasons, the best one first, or the user's own choice.

import * as vscode from 'vscode';

import type { Suspect } from '../protocol/workspace.ts';
import { RepairError } from '../repair/errors.ts';
import { testName } from '../protocol/names.ts';
import { relativeTo } from '../tests/paths.ts';
import { firstSuspect, type Failing } from '../tests/prepare.ts';

/** A function by its name, or where the user has the cursor. */
export type Proposed =
  | { readonly file: string; readonly entry_point: string }
  | { readonly document: vscode.TextDocument; readonly line: number };

type Item = vscode.QuickPickItem & { readonly proposed: Proposed };

const REASONS: Readonly<Record<Suspect['why'], string>> = {
  traceback: 'The failure came from here',
  called: 'The failing test calls it',
  executed: 'It runs in the failing test',
  imported: 'The test file imports it',
};

/** Lets the user take or change the proposal; null when they thought better of it. Throws RepairError when there is none. */
export async function propose(failing: Failing, root: string): Promise<Proposed | null> {
  const { suspects } = failing.discovered;
  const cursor = atCursor(root, failing);
  if (!cursor) firstSuspect(failing);
  const best = suspects.map((suspect, i) => itemOf(suspect, i === 0));
  const own = cursor
    ? [{ label: 'Your own choice', kind: vscode.QuickPickItemKind.Separator, proposed: cursor.proposed }]
    : [];
  const items: readonly Item[] = [...best, ...own, ...(cursor ? [cursor] : [])];
  const [first] = failing.tests;
  const what = failing.tests.length === 1 && first ? testName(first.id) : `${failing.tests.length} failing tests`;
  const flaky = failing.discovered.tests.filter((one) => one.flaky).map((one) => testName(one.id));
  const left = flaky.length === 0 ? '' : ` Flaky, left out: ${flaky.join(', ')}.`;
  const picked = await vscode.window.showQuickPick(items, {
    title: `μCode: repair which function for ${what}?${left}`,
    placeHolder: 'The likeliest one is chosen; Enter repairs it',
    matchOnDescription: true,
    ignoreFocusOut: true,
  });
  return picked?.proposed ?? null;
}

function itemOf({ file, entry_point, line, why }: Suspect, isBest: boolean): Item {
  return {
    label: `$(symbol-function) ${entry_point}`,
    description: `${file}:${line}`,
    detail: `${REASONS[why]}${isBest ? ' (likeliest)' : ''}`,
    proposed: { file, entry_point },
  };
}

/** The function under the cursor of an editor of the project, unless that shows one of the failing tests. */
function atCursor(root: string, { tests }: Failing): Item | null {
  const editors = [vscode.window.activeTextEditor, ...vscode.window.visibleTextEditors];
  for (const editor of editors) {
    const file = editor && editor.document.languageId === 'python' ? relativeTo(root, editor.document.uri.path) : null;
    if (!editor || file === null || tests.some((one) => one.file === file)) continue;
    const { line } = editor.selection.active;
    const proposed = { document: editor.document, line };
    return { label: '$(edit) The function at the cursor', description: `${file}:${line + 1}`, proposed };
  }
  return null;
}

/** The file's URI in the project, with the scheme of the tests. Throws RepairError for a path that leads out of it. */
export function uriIn(root: string, file: string): vscode.Uri {
  if (file.split('/').includes('..')) throw new RepairError('unsupported', `${file} is not inside of ${root}.`);
  return vscode.Uri.joinPath(vscode.Uri.file(root), file);
}
