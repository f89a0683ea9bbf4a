// What the judge answers about a project: its tests on the unmodified code, the code to suspect, context, neighbours.

import type { ContextPart } from '../repair/events.ts';
import type { Adapter, TestResult } from '../repair/problem.ts';
import { adapterOf } from './problem.ts';
import { boolean, fields, list, number, oneOf, optional, pair, text, texts, type Fields } from './shape.ts';

/** One place of a traceback. */
type Frame = { readonly file: string; readonly line: number; readonly name: string };

/** A test of the selection as it ran on the unmodified code. */
export type DiscoveredTest = {
  /** The adapter's id. */
  readonly id: string;
  readonly result: TestResult;
  /** Its two runs disagreed. */
  readonly flaky: boolean;
  readonly ms: number;
  readonly message: string | null;
  /** The test's text, for the prompt. */
  readonly source: string;
  /** Relative to the root. */
  readonly file: string;
  readonly line: number | null;
  /** Of the project only, innermost last. */
  readonly frames: readonly Frame[];
};

/** A function or class that may hold the bug. */
export type Suspect = {
  readonly file: string;
  readonly entry_point: string;
  readonly line: number;
  readonly why: 'traceback' | 'called' | 'executed' | 'imported';
};

export type Discovered = {
  readonly adapter: Adapter;
  readonly root: string;
  readonly python: { readonly path: string; readonly version: string };
  /** The suite adds files to the tree. */
  readonly writable: boolean;
  /** Data files of the tree that the suite changes; relative paths. */
  readonly rewritten: readonly string[];
  /** Relative paths that the sandbox hides as secrets. */
  readonly hidden: readonly string[];
  readonly warnings: readonly string[];
  readonly tests: readonly DiscoveredTest[];
  /** Best first. */
  readonly suspects: readonly Suspect[];
};

export type Context = {
  readonly context: string;
  readonly parts: readonly ContextPart[];
  /** About how many tokens it is. */
  readonly tokens: number;
};

/** Files with tests that depend on a file, nearest first, and one sentence for whatever was not looked at. */
export type Neighbours = { readonly files: readonly string[]; readonly warnings: readonly string[] };

export const resultOf = oneOf<TestResult>(['pass', 'fail', 'error', 'timeout', 'limit', 'tamper', 'skipped']);

export function discoveredOf(found: Fields): Discovered {
  const python = fields(found['python'], 'python');
  return {
    adapter: adapterOf(found['adapter'], 'adapter'),
    root: text(found['root'], 'root'),
    python: { path: text(python['path'], 'python.path'), version: text(python['version'], 'python.version') },
    writable: boolean(found['writable'], 'writable'),
    rewritten: texts(found['rewritten'] ?? [], 'rewritten'),
    hidden: texts(found['hidden'], 'hidden'),
    warnings: texts(found['warnings'], 'warnings'),
    tests: list(found['tests'], 'tests', testOf),
    suspects: list(found['suspects'], 'suspects', suspectOf),
  };
}

export function contextOf(found: Fields): Context {
  return {
    context: text(found['context'], 'context'),
    parts: list(found['parts'], 'parts', partOf),
    tokens: number(found['tokens'], 'tokens'),
  };
}

function testOf(value: unknown, place: string): DiscoveredTest {
  const found = fields(value, place);
  return {
    id: text(found['id'], `${place}.id`),
    result: resultOf(found['result'], `${place}.result`),
    flaky: boolean(found['flaky'], `${place}.flaky`),
    ms: number(found['ms'], `${place}.ms`),
    message: optional(found['message'], `${place}.message`, text),
    source: text(found['source'], `${place}.source`),
    file: text(found['file'], `${place}.file`),
    line: optional(found['line'], `${place}.line`, number),
    frames: list(found['frames'], `${place}.frames`, frameOf),
  };
}

function frameOf(value: unknown, place: string): Frame {
  const found = fields(value, place);
  return {
    file: text(found['file'], `${place}.file`),
    line: number(found['line'], `${place}.line`),
    name: text(found['name'], `${place}.name`),
  };
}

function suspectOf(value: unknown, place: string): Suspect {
  const found = fields(value, place);
  return {
    file: text(found['file'], `${place}.file`),
    entry_point: text(found['entry_point'], `${place}.entry_point`),
    line: number(found['line'], `${place}.line`),
    why: oneOf(['traceback', 'called', 'executed', 'imported'] as const)(found['why'], `${place}.why`),
  };
}

export function partOf(value: unknown, place: string): ContextPart {
  const found = fields(value, place);
  return {
    kind: oneOf(['import', 'class', 'helper', 'constant'] as const)(found['kind'], `${place}.kind`),
    name: text(found['name'], `${place}.name`),
    lines: pair(found['lines'], `${place}.lines`),
  };
}
