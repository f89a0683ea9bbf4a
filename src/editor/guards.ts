// What is refused before anything runs, each with its next step: untrusted folders, Windows, notebooks, files that cannot be read.

import * as vscode from 'vscode';

import { RepairError } from '../repair/errors.ts';

const MAX_CHARS = 2_000_000;

/** Throws RepairError when nothing may run in this window. */
export function checkWindow(): void {
  if (!vscode.workspace.isTrusted) {
    throw new RepairError(
      'untrusted',
      'This folder is not trusted, so nothing of it is run. Trust it with “Workspaces: Manage Workspace Trust”, then repair again.',
    );
  }
  if (process.platform === 'win32') {
    throw new RepairError(
      'unsupported',
      'Candidates cannot be isolated on native Windows yet. Open the folder in WSL (“WSL: Reopen Folder in WSL”), then repair again.',
    );
  }
}

/** Throws RepairError when the document is none whose functions can be repaired. */
export async function checkDocument(document: vscode.TextDocument): Promise<void> {
  const name = nameOf(document.uri);
  if (document.uri.scheme === 'vscode-notebook-cell') {
    throw new RepairError(
      'unsupported',
      'Functions in notebook cells cannot be repaired yet. Move the function into a .py file, then repair it there.',
    );
  }
  if (document.languageId !== 'python') {
    throw new RepairError('unsupported', `${name} is not a Python file. Only Python functions can be repaired.`);
  }
  if (document.uri.scheme !== 'file' && document.uri.scheme !== 'untitled') {
    throw new RepairError(
      'unsupported',
      `${name} is a read-only view (${document.uri.scheme}). Open the file itself, then repair it there.`,
    );
  }
  const chars = document.offsetAt(document.lineAt(document.lineCount - 1).range.end);
  if (chars > MAX_CHARS) {
    const megabytes = (chars / 1_000_000).toFixed(1);
    throw new RepairError(
      'unsupported',
      `${name} has ${megabytes} MB; files up to 2 MB can be repaired. Move the function into a smaller file.`,
    );
  }
  if (document.getText().includes('\uFFFD') && !(await isUtf8(document))) {
    throw new RepairError(
      'unsupported',
      `${name} holds bytes that are not ${document.encoding}. Reopen it with its right encoding ` +
        '(“Change File Encoding”), then repair again; otherwise saving would damage it.',
    );
  }
}

export function nameOf(uri: vscode.Uri): string {
  return uri.path.slice(uri.path.lastIndexOf('/') + 1);
}

/** Whether replacement characters are the file's own and not the editor's stand-ins for unreadable bytes. */
async function isUtf8(document: vscode.TextDocument): Promise<boolean> {
  if (document.uri.scheme !== 'file') return true;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(await vscode.workspace.fs.readFile(document.uri));
    return document.encoding.startsWith('utf8');
  } catch {
    // Unreadable bytes, or an unreadable file: either way its text is not sure to be what is shown.
    return false;
  }
}
