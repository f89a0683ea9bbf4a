// From what an editor knows of a test, its item or a line, to the id that an adapter knows it by.

import type { FunctionInfo, Inspected } from '../protocol/judge.ts';
import { relativeTo } from './paths.ts';

/** A test as an editor shows it, whichever extension owns it. */
export type TestItem = {
  readonly id: string;
  /** Absolute path of its file. */
  readonly path: string;
  /** 0-based first line, where it is known. */
  readonly line: number | null;
  readonly label: string;
};

const LANGUAGES: Readonly<Record<string, string>> = {
  javascript: 'JavaScript',
  javascriptreact: 'JavaScript',
  typescript: 'TypeScript',
  typescriptreact: 'TypeScript',
  java: 'Java',
  csharp: 'C#',
  cpp: 'C++',
  c: 'C',
  go: 'Go',
  rust: 'Rust',
  ruby: 'Ruby',
  php: 'PHP',
  swift: 'Swift',
  kotlin: 'Kotlin',
};

/** Why tests of this language cannot be run, naming what is missing; null for Python. */
export function missingAdapter(languageId: string): string | null {
  if (languageId === 'python') return null;
  const name = LANGUAGES[languageId] ?? languageId;
  return `There is no adapter for tests in ${name}: only Python's pytest, unittest, doctest and plain asserts are run.`;
}

/** Whether the name is one that test runners collect by themselves. */
export function isTestFile(path: string): boolean {
  return /(^|[\\/])(test_[^\\/]*|[^\\/]*_test|tests)\.py$/.test(path);
}

/** The test at a 1-based line: a test function, a method of a test class, or a module-level assert. */
export function testIdAt(file: string, line: number, { functions, asserts }: Inspected): string | null {
  const around = functions.filter((one) => isTest(one) && one.lines[0] <= line && line <= one.lines[1]);
  const inner = around.toSorted((a, b) => b.lines[0] - a.lines[0])[0];
  if (inner) return idOf(file, inner.name);
  const single = asserts.find((one) => one.in === 'module' && one.lines[0] <= line && line <= one.lines[1]);
  return single ? `${file}::${single.lines[0]}` : null;
}

/**
 * The id of an item of any extension: from its own id where that is a path with names behind it, else from its place and
 * label. An item of a class or file gives the id of that. Null when the file is outside of the root.
 */
export function testIdOf(item: TestItem, root: string, inspected: Inspected): string | null {
  const file = relativeTo(root, item.path);
  if (file === null) return null;
  const named = namesIn(item.id);
  if (named !== null && isKnown(named.names, inspected)) return `${file}::${named.names.join('::')}${named.parameters}`;
  if (item.line !== null) {
    const at = testIdAt(file, item.line + 1, inspected);
    if (at !== null) return `${at}${/\[.*\]$/s.exec(item.label)?.[0] ?? ''}`;
  }
  const byLabel = inspected.functions.find((one) => isTest(one) && one.name.split('.').at(-1) === bare(item.label));
  return byLabel ? idOf(file, byLabel.name) : file;
}

type Named = { readonly names: readonly string[]; readonly parameters: string };

/** `…/test_x.py::TestA::test_b[1-2]`, `…/test_x.py/TestA/test_b`, `test_x.TestA.test_b`. */
function namesIn(id: string): Named | null {
  const [, tail] = /\.py(?:::|[\\/])(.+)$/s.exec(id) ?? [];
  if (tail !== undefined) {
    const [, head = tail, parameters = ''] = /^([^[]*)(\[.*\])?$/s.exec(tail) ?? [];
    const names = head.split(/::|[\\/]/).filter((one) => one !== '' && one !== '()');
    return { names, parameters };
  }
  const parts = id.split('.');
  return parts.length > 1 ? { names: parts.slice(-2), parameters: '' } : null;
}

/** The names of a test function or method of the file, or of a class with such methods. */
function isKnown(names: readonly string[], { functions }: Inspected): boolean {
  const name = names.join('.');
  return name !== '' && functions.some((one) => one.name === name || one.name.startsWith(`${name}.`));
}

function isTest({ name }: FunctionInfo): boolean {
  return /^test/i.test(name.split('.').at(-1) ?? '');
}

function bare(label: string): string {
  return label.replace(/[[(].*$/s, '').trim();
}

function idOf(file: string, name: string): string {
  return `${file}::${name.replaceAll('.', '::')}`;
}
