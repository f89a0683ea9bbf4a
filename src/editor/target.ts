// From the cursor to the function under repair: document symbols for a quick mark, the judge's inspection for the truth.

import * as vscode from 'vscode';

import type { Judge } from '../judge/client.ts';
import type { FunctionInfo, Inspected, Region } from '../protocol/judge.ts';
import { RepairError } from '../repair/errors.ts';
import { checkDocument, nameOf } from './guards.ts';
import type { Highlight } from './highlight.ts';
import { linesOf } from '../repair/region.ts';

/** A function by its file and, from a CodeLens, its name; else the one at the cursor. */
export type Place = { readonly document: vscode.TextDocument; readonly line: number; readonly name: string | null };

export type Target = {
  readonly document: vscode.TextDocument;
  readonly found: FunctionInfo;
  readonly inspected: Inspected;
  readonly region: Region;
};

/** A language server that is still starting must not hold up the repair. */
const SYMBOLS_MS = 400;

/** Where the user asked: the given place, or the active editor's cursor. Throws RepairError. */
export async function placeFor(uri: vscode.Uri | null, name: string | null, line: number | null): Promise<Place> {
  const editor = vscode.window.activeTextEditor ?? visiblePython();
  const document = uri === null ? editor?.document : await vscode.workspace.openTextDocument(uri);
  if (!document)
    throw new RepairError('no-function', 'No editor is open. Open a Python file and put the cursor into a function.');
  await checkDocument(document);
  const cursor = editor?.document === document ? editor.selection.active.line : 0;
  return { document, line: line ?? cursor, name };
}

/** While the panel has the focus no text editor is the active one; the user then means the file beside it. */
function visiblePython(): vscode.TextEditor | undefined {
  return vscode.window.visibleTextEditors.find(({ document }) => document.languageId === 'python');
}

/** Marks the function and asks the judge about it. Throws RepairError when there is none. */
export async function findTarget(
  place: Place,
  judge: Judge,
  highlight: Highlight,
  signal: AbortSignal,
): Promise<Target> {
  const { document } = place;
  const symbol = await symbolAt(place);
  if (symbol) highlight.show(document.uri, symbol.lines);
  const text = textOf(document);
  const inspected = await judge.inspect(text, signal);
  if (inspected.error) {
    const { message, line } = inspected.error;
    const where = line === null ? nameOf(document.uri) : `line ${line} of ${nameOf(document.uri)}`;
    throw new RepairError(
      'no-function',
      `There is a syntax error in ${where}: ${message}. Correct it first, then repair again.`,
    );
  }
  const found = choose(inspected.functions, place, symbol?.name ?? null);
  if (!found) {
    const where = place.name === null ? 'at the cursor' : `called ${place.name}`;
    throw new RepairError(
      'no-function',
      `There is no function ${where}. Put the cursor into a function or method, then try again.`,
    );
  }
  if (found.name.split('.').length > 2) {
    throw new RepairError(
      'unsupported',
      `${found.name} is a method of a class in a class, which cannot be repaired yet. Move the inner class to the top level first.`,
    );
  }
  const region = await judge.region(text, found.name, signal);
  if (region.lines[0] !== found.region[0]) {
    throw new RepairError(
      'unsupported',
      `${found.name} is defined twice in this file. Rename or remove one of them first.`,
    );
  }
  highlight.show(document.uri, found.lines);
  return { document, found, inspected, region };
}

/** The buffer's text, never the disk's, with the line ends that the judge takes. */
export function textOf(document: vscode.TextDocument): string {
  return linesOf(document.getText()).join('\n');
}

/** The outermost function around the line; a method is known as Class.m. */
function choose(functions: readonly FunctionInfo[], place: Place, symbol: string | null): FunctionInfo | undefined {
  if (place.name !== null) return functions.findLast((one) => one.name === place.name);
  const line = place.line + 1;
  const around = functions.filter((one) => one.lines[0] <= line && line <= one.lines[1]);
  return around.find((one) => one.name === symbol) ?? around[0];
}

type Found = { readonly name: string; readonly lines: readonly [number, number] };

async function symbolAt({ document, line, name }: Place): Promise<Found | null> {
  if (name !== null) return null;
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => resolve(null), SYMBOLS_MS);
  });
  const asked = vscode.commands.executeCommand('vscode.executeDocumentSymbolProvider', document.uri);
  const symbols = await Promise.race([asked, late]);
  clearTimeout(timer);
  if (!Array.isArray(symbols)) return null;
  const known = symbols.filter((one) => one instanceof vscode.DocumentSymbol);
  return within(known, line, '');
}

function within(symbols: readonly vscode.DocumentSymbol[], line: number, prefix: string): Found | null {
  const around = symbols.find((one) => one.range.start.line <= line && line <= one.range.end.line);
  if (!around) return null;
  if (around.kind === vscode.SymbolKind.Class)
    return prefix === '' ? within(around.children, line, `${around.name}.`) : null;
  const isFunction = [vscode.SymbolKind.Function, vscode.SymbolKind.Method, vscode.SymbolKind.Constructor].includes(
    around.kind,
  );
  const lines = [around.range.start.line + 1, around.range.end.line + 1] as const;
  return isFunction ? { name: prefix + around.name, lines } : null;
}
