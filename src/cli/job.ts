// From the command line to a Problem: a function in a file with its tests, or a problem file.

import { readdir } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import type { Judge } from '../judge/client.ts';
import type { FunctionInfo, Inspected } from '../protocol/judge.ts';
import { parseProblem } from '../protocol/problem.ts';
import { RepairError } from '../repair/errors.ts';
import type { Origin } from '../repair/events.ts';
import { nameOfCode, type Problem, type Test } from '../repair/problem.ts';
import type { Lines } from '../repair/region.ts';
import { assertsFor } from '../tests/asserts.ts';
import { composeProblem } from '../tests/compose.ts';
import { doctestsOf } from '../tests/doctests.ts';
import { isTestFile } from '../tests/ids.ts';
import { moduleOf } from '../tests/paths.ts';
import { mayTest, projectTests, type ProjectTests } from '../tests/project.ts';
import type { Arguments } from './arguments.ts';
import { readSource, type SourceFile } from './file.ts';

export type Job = {
  readonly problem: Problem;
  readonly origin: Origin;
  /** Where the pick can be applied; null for a problem file. */
  readonly place: { readonly file: SourceFile; readonly region: Lines } | null;
  /** Tests that were found but cannot be used, one sentence each. */
  readonly left: readonly string[];
};

const MOST_TEST_FILES = 30;

export async function jobOf(args: Arguments, judge: Judge, signal: AbortSignal): Promise<Job> {
  const job = args.target ? await fromFile(args, args.target, judge, signal) : await fromProblem(args);
  return { ...job, problem: remarked(job.problem, args.note) };
}

/** The problem with the user's remark in its instruction. */
export function remarked<P extends Problem>(problem: P, note: string | null): P {
  return note === null ? problem : { ...problem, instruction: `${problem.instruction.trimEnd()}\n${note}` };
}

async function fromProblem(args: Arguments): Promise<Job> {
  const path = resolve(args.problem ?? '');
  const { text } = await readSource(path);
  const problem = parseProblem(parsedJson(path, text));
  const lines = problem.code.trimEnd().split('\n').length;
  const task = args.task ?? (problem.code.trim() === '' ? 'write' : 'repair');
  const origin: Origin = { task, file: path, label: nameOfCode(problem), lines: [1, lines] };
  return { problem, origin, place: null, left: [] };
}

function parsedJson(path: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new RepairError('bad-problem', `${path} is not JSON: ${why}`, { cause: error });
  }
}

async function fromFile(
  args: Arguments,
  target: { readonly file: string; readonly entryPoint: string },
  judge: Judge,
  signal: AbortSignal,
): Promise<Job> {
  const { entryPoint } = target;
  const file = await readSource(resolve(target.file));
  const inspected = await judge.inspect(file.text, signal);
  const found = functionIn(inspected, target.file, entryPoint);
  const region = await judge.region(file.text, entryPoint, signal);
  const { tests, left } =
    args.tests === null
      ? await testsAround(file, inspected, found, judge, signal)
      : await testsIn(await readSource(resolve(args.tests)), file, entryPoint, judge, signal);
  if (tests.length === 0) {
    const why = left.length === 0 ? '' : ` ${left.join(' ')}`;
    const next = 'Add an assert or a doctest that calls it, or name a file with --tests.';
    throw new RepairError('no-tests', `There is no test for ${entryPoint} that can be used.${why} ${next}`);
  }
  const task = args.task ?? (found.stub ? 'write' : 'repair');
  const timeLimit = args.timeLimit;
  const problem = composeProblem({ file: basename(file.path), entryPoint, task, region, tests, timeLimit });
  const place = { file, region: { start: region.lines[0] - 1, end: region.lines[1] } };
  return { problem, origin: { task, file: file.path, label: entryPoint, lines: region.lines }, place, left };
}

function functionIn(inspected: Inspected, file: string, entryPoint: string): FunctionInfo {
  if (inspected.error) {
    const { message, line } = inspected.error;
    const where = line === null ? file : `${file}:${line}`;
    throw new RepairError('no-function', `There is a syntax error in ${where}: ${message}. Correct it first.`);
  }
  const found = inspected.functions.find((one) => one.name === entryPoint);
  if (found) return found;
  const names = inspected.functions.map((one) => one.name);
  const has = names.length === 0 ? 'It has no function.' : `It has ${names.slice(0, 12).join(', ')}.`;
  throw new RepairError('no-function', `There is no function ${entryPoint} in ${file}. ${has}`);
}

/** Doctests, asserts of the file, asserts of the test files beside it and in the usual test folders. */
async function testsAround(
  file: SourceFile,
  inspected: Inspected,
  found: FunctionInfo,
  judge: Judge,
  signal: AbortSignal,
): Promise<ProjectTests> {
  const own = [...doctestsOf(found), ...assertsFor(inspected, found.name)];
  const all: { tests: Test[]; left: string[] } = { tests: own, left: [] };
  for (const path of await testFiles(file.path)) {
    const tests = await readSource(path).catch(() => null);
    if (!tests || !mayTest(tests.text, moduleOf(file.path), found.name)) continue;
    const more = await testsIn(tests, file, found.name, judge, signal);
    all.tests.push(...more.tests);
    all.left.push(...more.left);
  }
  return all;
}

/** The tests of one file. A file that does not import the module is taken to share its names. */
async function testsIn(
  tests: SourceFile,
  file: SourceFile,
  entryPoint: string,
  judge: Judge,
  signal: AbortSignal,
): Promise<ProjectTests> {
  const inspected = await judge.inspect(tests.text, signal);
  const module = moduleOf(file.path);
  const found = projectTests(basename(tests.path), tests.text, inspected, module, entryPoint);
  return found.tests.length > 0 || found.left.length > 0
    ? found
    : { tests: assertsFor(inspected, entryPoint), left: [] };
}

async function testFiles(path: string): Promise<readonly string[]> {
  const folder = dirname(path);
  const folders = [
    folder,
    join(folder, 'tests'),
    join(folder, 'test'),
    join(folder, '..', 'tests'),
    join(folder, '..', 'test'),
  ];
  const found: string[] = [];
  for (const one of folders) {
    const names = await readdir(one).catch((): string[] => []);
    found.push(
      ...names
        .filter((name) => isTestFile(name))
        .toSorted()
        .map((name) => join(one, name)),
    );
  }
  return found.filter((one) => one !== path).slice(0, MOST_TEST_FILES);
}
