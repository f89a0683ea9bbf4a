// The tests that a command was called on: what the menus of VS Code's test views give, whichever extension owns the tests.

import * as vscode from 'vscode';

import { checkDocument } from './guards.ts';
import { RepairError } from '../repair/errors.ts';
import { missingAdapter, type TestItem } from '../tests/ids.ts';

/** A test, or a file or class of tests, by its place. */
export type ChosenTest = { readonly uri: vscode.Uri; readonly item: TestItem };

/** What a quick fix or a message gives in place of a test item. */
export type TestPlace = Pick<vscode.TestItem, 'id' | 'label' | 'uri' | 'range'>;

/** A whole suite is run by its files; more of them would be no failing test any more. */
const MAX_FILES = 50;

/** The tests in the arguments of a menu's command: items, items with a message, or none. */
export function testsIn(args: readonly unknown[]): readonly ChosenTest[] {
  const found = args.flat().flatMap((one) => placesIn(one));
  const seen = new Set<string>();
  return found.filter(({ uri, item }) => {
    const key = `${uri.toString()}\n${item.id}`;
    return !seen.has(key) && seen.add(key);
  });
}

/** The place of the cursor, for the palette. Throws RepairError. */
export function testAtCursor(): ChosenTest {
  const editor = vscode.window.activeTextEditor;
  if (!editor)
    throw new RepairError(
      'no-function',
      'No editor is open. Open the failing test, or choose it in the Test Explorer.',
    );
  const { document, selection } = editor;
  return { uri: document.uri, item: { id: '', path: document.uri.path, line: selection.active.line, label: '' } };
}

/** Throws RepairError that names the missing adapter where the tests are not Python's. */
export async function checkLanguage({ uri }: ChosenTest): Promise<vscode.TextDocument> {
  const document = await opened(uri);
  const missing = missingAdapter(document.languageId);
  if (missing !== null) throw new RepairError('unsupported', missing);
  await checkDocument(document);
  return document;
}

async function opened(uri: vscode.Uri): Promise<vscode.TextDocument> {
  try {
    return await vscode.workspace.openTextDocument(uri);
  } catch (error) {
    throw new RepairError('unsupported', `The file of this test cannot be opened: ${uri.path}. Run the tests again.`, {
      cause: error,
    });
  }
}

function placesIn(argument: unknown): readonly ChosenTest[] {
  if (typeof argument !== 'object' || argument === null) return [];
  const { test, message } = argument as { readonly test?: unknown; readonly message?: unknown };
  if (isPlace(test)) {
    const location = message instanceof vscode.TestMessage ? message.location : undefined;
    const own = placesIn(test);
    return own.length > 0 || !location ? own : [chosen(test, location.uri)];
  }
  if (!isPlace(argument)) return [];
  // A folder or a controller's root has no file of its own; the tests below it have.
  if (argument.uri && !isFolder(argument)) return [chosen(argument, argument.uri)];
  return childrenOf(argument)
    .flatMap((child) => placesIn(child))
    .slice(0, MAX_FILES);
}

function chosen({ id, label, range }: TestPlace, uri: vscode.Uri): ChosenTest {
  return { uri, item: { id, label, path: uri.path, line: range?.start.line ?? null } };
}

function isPlace(value: unknown): value is TestPlace {
  if (typeof value !== 'object' || value === null) return false;
  const { id, label } = value as Partial<TestPlace>;
  return typeof id === 'string' && typeof label === 'string';
}

/** An item with items in it whose name is no file's. */
function isFolder(item: TestPlace): boolean {
  return item.range === undefined && childrenOf(item).length > 0 && !/\.\w+$/.test(item.uri?.path ?? '');
}

function childrenOf(item: TestPlace): readonly vscode.TestItem[] {
  const { children } = item as Partial<vscode.TestItem>;
  return children === undefined ? [] : [...children].map(([, child]) => child);
}
