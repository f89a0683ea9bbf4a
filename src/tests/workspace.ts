// Discovery, region, context and neighbours put together as a Problem of kind workspace; the same for editor and command line.

import type { Region } from '../protocol/judge.ts';
import type { Context, Discovered, DiscoveredTest } from '../protocol/workspace.ts';
import { RepairError } from '../repair/errors.ts';
import type { Test, WorkspaceProblem } from '../repair/problem.ts';
import { MAX_TESTS } from './compose.ts';

export type WorkspaceIngredients = {
  /** What the selection gave. */
  readonly selected: Discovered;
  /** What the rest of the test files and the neighbouring ones gave; null where that did not work. */
  readonly around: Discovered | null;
  /** The file under repair, relative to the root, and its text. */
  readonly file: string;
  readonly text: string;
  readonly buffers: Readonly<Record<string, string>>;
  readonly entryPoint: string;
  readonly region: Region;
  readonly context: Context;
  /** Path of the interpreter; the judge's own when null. */
  readonly python: string | null;
  /** Seconds for one test. */
  readonly timeLimit: number;
};

/** Passing tests of the same files that are public, and how long they may take together: each candidate runs them. */
const MAX_GUARDS = 20;
const MAX_GUARDS_MS = 5000;
/** Neighbouring tests, and how long they may take together: only the pick runs them. */
const MAX_NEIGHBOURS = 300;
const MAX_NEIGHBOURS_MS = 60_000;
/** The judge's own limit for a run of one candidate; a slower suite gets more, as a multiple of what it took. */
const SUITE_LIMIT_S = 60;
const SLOWER = 4;

/** The failing tests that the repair is for. Throws RepairError when there are none, saying what they are instead. */
export function failingOf({ tests }: Discovered): readonly DiscoveredTest[] {
  const failing = tests.filter((one) => isFailing(one));
  if (failing.length > 0) return failing;
  const flaky = tests.filter((one) => one.flaky);
  if (flaky.length > 0) {
    const names = flaky.map((one) => one.id).join(', ');
    throw new RepairError(
      'no-tests',
      `Two runs on the same code disagreed about ${names}, so no verdict about it could be trusted. ` +
        'Make the test give the same result every time, then repair again.',
    );
  }
  const skipped = tests.every((one) => one.result === 'skipped');
  const [first] = tests;
  const what = tests.length === 1 && first ? first.id : `All ${tests.length} selected tests`;
  const does = skipped ? (tests.length === 1 ? 'is skipped' : 'are skipped') : tests.length === 1 ? 'passes' : 'pass';
  throw new RepairError('tests-already-pass', `${what} ${does}. Choose a test that fails, then repair again.`);
}

/**
 * What is public and what is held back. A user wants the failing tests mended and nothing else broken, so the public tests
 * are the failing ones of the selection and, in the matrix beside them, the tests of the same files that passed: a program
 * that breaks one of those is not picked, and its feedback says so. Only those count there that assert something, since one
 * test without an oracle would leave every program unguarded; and only as many as do not slow every candidate down. What
 * is left of the same files and the neighbouring files are the private tests, which the pick must hold as well. Flaky and
 * skipped tests are nowhere, and other failing ones are not asked for: they may have nothing to do with this bug.
 */
export function composeWorkspace(parts: WorkspaceIngredients): WorkspaceProblem {
  const { selected, around, file, text, buffers, entryPoint, region, context, python, timeLimit } = parts;
  const failing = failingOf(selected).slice(0, MAX_TESTS);
  const own = new Set(failing.map((one) => one.file));
  const passing = passingOf(selected, around);
  const guards = bounded(
    passing.filter((one) => own.has(one.file) && asserts(one.source)),
    Math.min(MAX_GUARDS, MAX_TESTS - failing.length),
    MAX_GUARDS_MS,
  );
  const neighbours = bounded(
    passing.filter((one) => !guards.includes(one)),
    MAX_NEIGHBOURS,
    MAX_NEIGHBOURS_MS,
  );
  const rewritten = [...new Set([...selected.rewritten, ...(around?.rewritten ?? [])])];
  const limit = suiteLimit([...failing, ...guards], neighbours);
  return {
    id: `${file}::${entryPoint}`,
    language: 'python',
    kind: 'workspace',
    instruction: 'Fix the bug in this Python function.',
    root: selected.root,
    file,
    text,
    lines: region.lines,
    entry_point: entryPoint,
    code: region.code,
    context: context.context,
    buffers,
    adapter: selected.adapter,
    public_tests: [...failing, ...guards].map((one) => testOf(one)),
    private_tests: neighbours.map((one) => testOf(one)),
    time_limit_s: timeLimit,
    ...(limit > SUITE_LIMIT_S && { suite_limit_s: limit }),
    ...(python !== null && { python }),
    ...((selected.writable || around?.writable === true) && { writable: true }),
    ...(rewritten.length > 0 && { rewritten }),
  };
}

/** How many tests pass and are neither public nor private, because a repair runs only so many for only so long; a sentence. */
export function leftOut(parts: WorkspaceIngredients, problem: WorkspaceProblem): string | null {
  const kept = new Set([...problem.public_tests, ...problem.private_tests].map((one) => one.id));
  const count = passingOf(parts.selected, parts.around).filter((one) => !kept.has(one.id)).length;
  if (count === 0) return null;
  const tests = count === 1 ? '1 neighbouring test is' : `${count} neighbouring tests are`;
  return `${tests} not run: a repair runs at most ${MAX_NEIGHBOURS}, for at most ${MAX_NEIGHBOURS_MS / 1000} seconds.`;
}

/** Each once, in the order of discovery; one that passed alone but not among the others is not taken. */
function passingOf(selected: Discovered, around: Discovered | null): readonly DiscoveredTest[] {
  const asked = new Set(selected.tests.map((one) => one.id));
  const others = around?.tests.filter((one) => !asked.has(one.id)) ?? [];
  const disagree = new Set(around?.tests.flatMap((one) => (isPassing(one) ? [] : [one.id])));
  return [...selected.tests.filter((one) => !disagree.has(one.id)), ...others].filter((one) => isPassing(one));
}

function isPassing({ result, flaky }: DiscoveredTest): boolean {
  return result === 'pass' && !flaky;
}

/** Fails for sure: neither skipped nor flaky. */
export function isFailing({ result, flaky }: DiscoveredTest): boolean {
  return result !== 'pass' && result !== 'skipped' && !flaky;
}

/** The first ones that fit into both bounds; a slow one is left out for the quick ones behind it. */
function bounded(tests: readonly DiscoveredTest[], most: number, ms: number): readonly DiscoveredTest[] {
  let left = ms;
  const taken: DiscoveredTest[] = [];
  for (const one of tests) {
    if (taken.length === most || one.ms > left) continue;
    left -= one.ms;
    taken.push(one);
  }
  return taken;
}

/** Whether the text has something that could be falsified. The judge decides it; this keeps the plain cases apart. */
function asserts(source: string): boolean {
  return /\bassert|\b(raises|warns|deprecated_call|fail)\s*\(|^\s*>>> /m.test(source);
}

function suiteLimit(...runs: readonly (readonly DiscoveredTest[])[]): number {
  const longest = Math.max(...runs.map((tests) => tests.reduce((sum, one) => sum + one.ms, 0)));
  return Math.max(SUITE_LIMIT_S, Math.ceil((longest * SLOWER) / 1000));
}

function testOf({ id, source }: DiscoveredTest): Test {
  return { id, source };
}
