// The way from a failing test to a problem, step by step through the judge: what fails, which code, which tests around it.

import type { Region } from '../protocol/judge.ts';
import type { Context, Discovered, DiscoveredTest, Neighbours, Suspect } from '../protocol/workspace.ts';
import { RepairError } from '../repair/errors.ts';
import type { ProjectRun } from '../repair/events.ts';
import type { Ports } from '../repair/loop.ts';
import type { Adapter, WorkspaceProblem } from '../repair/problem.ts';
import { sortGuards } from './guards.ts';
import type { Interpreter } from './interpreter.ts';
import { composeWorkspace, failingOf, isFailing, leftOut } from './workspace.ts';

/** What is asked of the judge; src/judge/client.ts has it all. */
export type Asked = {
  discover(
    discovery: {
      readonly root: string;
      readonly selection: readonly string[];
      readonly buffers?: Readonly<Record<string, string>>;
      readonly file?: string;
      readonly text?: string;
      readonly adapter?: 'auto' | Adapter;
      readonly python?: string;
      readonly time_limit_s?: number;
      readonly suite_limit_s?: number;
    },
    onProgress: (message: string) => void,
    signal: AbortSignal,
  ): Promise<Discovered>;
  region(text: string, entryPoint: string, signal: AbortSignal): Promise<Region>;
  context(text: string, entryPoint: string, budget: number, signal: AbortSignal): Promise<Context>;
  neighbours(
    place: { readonly root: string; readonly file: string; readonly python?: string },
    signal: AbortSignal,
  ): Promise<Neighbours>;
  judge: Ports['judge'];
};

export type Project = {
  readonly root: string;
  /** null: the judge's own. */
  readonly interpreter: Interpreter | null;
  readonly adapter: 'auto' | Adapter;
  /** Texts of unsaved files by relative path, that of the file under repair among them. */
  readonly buffers: Readonly<Record<string, string>>;
  /** Seconds for one test. */
  readonly timeLimit: number;
  /** Seconds for a whole run; null: the judge's own. */
  readonly suiteLimit: number | null;
};

/** What a selection gave, with the tests that the repair will be for. */
export type Failing = { readonly discovered: Discovered; readonly tests: readonly DiscoveredTest[] };

export type Prepared = {
  readonly problem: WorkspaceProblem;
  readonly run: ProjectRun;
};

/** Tokens of context in the prompt, about; its other parts need as much again. */
const CONTEXT_TOKENS = 1250;
/** Neighbouring test files that are run. */
const MAX_FILES = 12;

/** Runs the selection on the code as it is. Throws RepairError when nothing of it fails for sure. */
export async function findFailing(
  judge: Asked,
  project: Project,
  selection: readonly string[],
  onProgress: (message: string) => void,
  signal: AbortSignal,
): Promise<Failing> {
  const discovered = await judge.discover({ ...settingsOf(project), selection }, onProgress, signal);
  return { discovered, tests: failingOf(discovered) };
}

/** The code that most likely holds the bug. Throws RepairError `no-function` where nothing points to any. */
export function firstSuspect({ discovered, tests }: Failing): Suspect {
  const [suspect] = discovered.suspects;
  if (suspect) return suspect;
  const names = tests.map((one) => one.id).join(', ');
  throw new RepairError(
    'no-function',
    `Nothing of the project's own code is named by the failure of ${names}. Name the function to repair yourself.`,
  );
}

/** The problem for one suspect. `text` is that of the suspect's file as the user has it, LF line ends. */
export async function prepareWorkspace(
  judge: Asked,
  project: Project,
  failing: Failing,
  suspect: Pick<Suspect, 'file' | 'entry_point'>,
  text: string,
  onProgress: (message: string) => void,
  signal: AbortSignal,
): Promise<Prepared> {
  const { file, entry_point: entryPoint } = suspect;
  const [region, context] = await Promise.all([
    judge.region(text, entryPoint, signal),
    judge.context(text, entryPoint, CONTEXT_TOKENS, signal),
  ]);
  const around = await discoverAround(judge, project, failing, file, text, onProgress, signal);
  const { [file]: _, ...buffers } = project.buffers;
  const parts = {
    selected: failing.discovered,
    around: around.discovered,
    file,
    text,
    buffers,
    entryPoint,
    region,
    context,
    python: project.interpreter?.path ?? null,
    timeLimit: project.timeLimit,
  };
  const composed = composeWorkspace(parts);
  onProgress('Trying the passing tests beside them …');
  const { problem, lost } = await withGuards(judge, composed, failing, signal);
  const losses = [leftOut(parts, composed), lost].filter((one) => one !== null);
  const asked = new Set(failing.discovered.tests.map((one) => one.id));
  const others = (around.discovered?.tests ?? []).filter((one) => !asked.has(one.id) && isFailing(one));
  const alsoFailing = others.map((one) => one.id);
  return { problem, run: runOf(project, failing.discovered, { ...around, losses, alsoFailing }, context) };
}

/** The problem with those passing tests among the public ones that the judge can guard; the others are held back. */
async function withGuards(
  judge: Asked,
  problem: WorkspaceProblem,
  failing: Failing,
  signal: AbortSignal,
): Promise<{ readonly problem: WorkspaceProblem; readonly lost: string | null }> {
  const asked = new Set(failing.tests.map((one) => one.id));
  const beside = problem.public_tests.filter((one) => !asked.has(one.id));
  const submission = { id: 'baseline', program: problem.text };
  const {
    guards,
    unguarded,
    failing: lost,
  } = await sortGuards(problem, beside, (tried) => judge.judge(tried, 'public', submission, () => {}, signal));
  const publicTests = [...problem.public_tests.filter((one) => asked.has(one.id)), ...guards];
  const names = lost.map((one) => one.id).join(', ');
  return {
    problem: { ...problem, public_tests: publicTests, private_tests: [...unguarded, ...problem.private_tests] },
    lost:
      lost.length === 0 ? null : `${names}: left out, since passing alone they did not pass together with the others.`,
  };
}

type Around = {
  readonly discovered: Discovered | null;
  readonly files: readonly string[];
  /** Neighbouring files that are not run, because the nearest ones are enough for a repair. */
  readonly leftOut: number;
  /** Whatever else was not looked at, one sentence each. */
  readonly warnings: readonly string[];
  readonly trouble: string | null;
};

/** The other tests of the failing ones' files and of the neighbouring files, as they are on the user's code. */
async function discoverAround(
  judge: Asked,
  project: Project,
  failing: Failing,
  file: string,
  text: string,
  onProgress: (message: string) => void,
  signal: AbortSignal,
): Promise<Around> {
  const own = [...new Set(failing.tests.map((one) => one.file))];
  const { adapter } = failing.discovered;
  const look = (others: readonly string[]): Promise<Discovered> => {
    const discovery = { ...settingsOf(project), adapter, selection: [...own, ...others], file, text };
    return judge.discover(discovery, onProgress, signal);
  };
  let files: readonly string[] = [];
  let leftOut = 0;
  let warnings: readonly string[] = [];
  try {
    const { root, interpreter } = project;
    // One run knows one adapter, and files of tests are what only these two look for.
    if (adapter === 'pytest' || adapter === 'unittest') {
      const found = await judge.neighbours({ root, file, ...(interpreter && { python: interpreter.path }) }, signal);
      // Examples in the file under repair are something that only pytest finds beside other tests.
      const others = found.files.filter((one) => !own.includes(one) && (one !== file || adapter === 'pytest'));
      warnings = found.warnings;
      files = others.slice(0, MAX_FILES);
      leftOut = others.length - files.length;
    }
    return { discovered: await look(files), files, leftOut, warnings, trouble: null };
  } catch (error) {
    const trouble = troubleOf(error, signal);
    // One file may have ended the run for all: the tests beside the failing ones are worth a run of their own.
    const alone = files.length === 0 ? null : look([]).catch((again: unknown) => void troubleOf(again, signal));
    return { discovered: (await alone) ?? null, files, leftOut, warnings, trouble };
  }
}

/** A suite that is broken elsewhere must not keep one function from being repaired; it is said in the outcome. */
function troubleOf(error: unknown, signal: AbortSignal): string {
  if (signal.aborted || !(error instanceof RepairError)) throw error;
  return error.message;
}

function settingsOf({ root, interpreter, adapter, buffers, timeLimit, suiteLimit }: Project) {
  return {
    root,
    adapter,
    buffers,
    time_limit_s: timeLimit,
    ...(interpreter && { python: interpreter.path }),
    ...(suiteLimit !== null && { suite_limit_s: suiteLimit }),
  };
}

type Surroundings = Around & { readonly losses: readonly string[]; readonly alsoFailing: readonly string[] };

function runOf({ interpreter }: Project, selected: Discovered, around: Surroundings, context: Context): ProjectRun {
  const both = around.discovered ? [selected, around.discovered] : [selected];
  const distinct = (texts: readonly string[]): readonly string[] => [...new Set(texts)];
  const all = around.files.length + around.leftOut;
  const bounded = `The pick runs the tests of ${around.files.length} of the ${all} other test files that import the module, the nearest ones.`;
  return {
    python: { ...selected.python, origin: interpreter?.from ?? 'the judge' },
    neighbours: { files: around.files, trouble: around.trouble },
    hidden: distinct(both.flatMap((one) => one.hidden)),
    warnings: distinct([
      ...both.flatMap((one) => one.warnings),
      ...around.warnings,
      ...(around.leftOut > 0 ? [bounded] : []),
      ...around.losses,
    ]),
    flaky: distinct(both.flatMap((one) => one.tests.filter((test) => test.flaky).map((test) => test.id))),
    alsoFailing: around.alsoFailing,
    context: context.parts,
    tokens: context.tokens,
    budget: CONTEXT_TOKENS,
  };
}
