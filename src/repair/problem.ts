// What to repair or write, and what the judge answers about it: plain readonly data in DESIGN's words, and how to read it.

export type Test = { readonly id: string; readonly source: string };

/** One run of a whole program: what it reads, and the outputs of which any is accepted. */
export type Case = { readonly id: string; readonly input: string; readonly outputs: readonly string[] };

/** Which adapter runs the tests of a workspace. */
export type Adapter = 'pytest' | 'unittest' | 'doctest' | 'asserts';

/** What every kind has; `kind` names how the tests are run. */
type Shared = {
  readonly id: string;
  readonly language: 'python';
  readonly instruction: string;
  /** The region under repair, LF line ends: one whole top-level statement; the whole program for kind stdio. */
  readonly code: string;
  /** Wall-clock seconds for one test. */
  readonly time_limit_s: number;
  /** Path of the interpreter; the judge's own when absent. */
  readonly python?: string;
};

/** What the two kinds share which repair one function or class of a module. */
type InModule = Shared & {
  /** `f` or `Class.m`. */
  readonly entry_point: string;
  /** What the prompt shows besides the code. Kind function: the rest of the program, which is also run. */
  readonly context: string;
  readonly public_tests: readonly Test[];
  readonly private_tests: readonly Test[];
};

/** A module with asserts or doctests on one entry point. */
export type FunctionProblem = InModule & { readonly kind: 'function' };

/** A file of a project, judged by the project's own tests. The ids of its tests are the adapter's. */
export type WorkspaceProblem = InModule & {
  readonly kind: 'workspace';
  /** Absolute path of the project. */
  readonly root: string;
  /** The file under repair, relative to the root, with `/`. */
  readonly file: string;
  /** The file's whole text as the editor has it. */
  readonly text: string;
  /** 1-based first and last line of the region in `text`. */
  readonly lines: readonly [number, number];
  /** Texts of other unsaved files by relative path. */
  readonly buffers: Readonly<Record<string, string>>;
  readonly adapter: Adapter;
  /** Wall-clock seconds for one whole run of one candidate. */
  readonly suite_limit_s?: number;
  /** The suite adds files to the tree. */
  readonly writable?: boolean;
  /** Data files that the suite changes, relative to the root: each run has copies of them. */
  readonly rewritten?: readonly string[];
};

/** A whole program that reads standard input and writes standard output. */
export type StdioProblem = Shared & {
  readonly kind: 'stdio';
  readonly public_tests: readonly Case[];
  readonly private_tests: readonly Case[];
  readonly memory_mb?: number;
  readonly compare?: 'tokens' | 'lines';
  /** Absolute and relative, for tokens that are numbers on both sides; 0 compares texts. */
  readonly tolerance?: number;
};

export type Problem = FunctionProblem | WorkspaceProblem | StdioProblem;

export type TestResult = 'pass' | 'fail' | 'error' | 'timeout' | 'limit' | 'tamper' | 'skipped';

/** Where a result was decided: outside the candidate's process, in it under the canary, or in it without one. */
export type Judged = 'outside' | 'guarded' | 'unguarded';

/** Isolation tiers, strongest first. T0 is no isolation at all and never gives a green mark. */
export type Tier = 'T3' | 'T2' | 'T1' | 'T0';

export type TestVerdict = {
  readonly test: string;
  readonly result: TestResult;
  readonly expected: string | null;
  readonly got: string | null;
  readonly error: string | null;
  readonly ms: number;
};

/** The judge's answer for one candidate. */
export type Verdict = {
  readonly candidate: string;
  readonly verdict: Exclude<TestResult, 'skipped'>;
  readonly judged: Judged;
  readonly tests: readonly TestVerdict[];
  readonly feedback: string;
  readonly fingerprint: string;
  readonly ms: number;
  readonly tier: Tier;
  /** One sentence why the verdict is unguarded or tamper; null where neither, or where an old file does not say. */
  readonly why: string | null;
};

/** What the judge made of a model's answer: a whole program, or the reason why there is none. */
export type Extraction =
  | {
      readonly ok: true;
      readonly form: string;
      readonly program: string;
      /** New text of the region, in the region's own indentation. */
      readonly code: string;
      /** Import lines that the context lacks. */
      readonly imports: readonly string[];
      readonly fingerprint: string;
    }
  | { readonly ok: false; readonly reason: string; readonly message: string };

/** A green mark: every expected test passed, decided outside or under the canary, inside real isolation. */
export function isGreen(verdict: Verdict): boolean {
  return verdict.verdict === 'pass' && verdict.judged !== 'unguarded' && verdict.tier !== 'T0';
}

/**
 * Whether the private tests speak for the pick. In a workspace they are the neighbouring suite: it only has to pass, since
 * the tests that the repair was for have shown already that the program does not see through the canary.
 */
export function upheld(problem: Problem, final: Verdict): boolean {
  if (problem.kind !== 'workspace') return isGreen(final);
  return final.verdict === 'pass' && final.tier !== 'T0';
}

export function passedTests(verdict: Verdict): number {
  return verdict.tests.filter((test) => test.result === 'pass').length;
}

/** The tests of a problem as texts that can be shown, whatever its kind. */
export function shownTests(problem: Problem, which: 'public' | 'private' = 'public'): readonly Test[] {
  if (problem.kind !== 'stdio') return which === 'public' ? problem.public_tests : problem.private_tests;
  const cases = which === 'public' ? problem.public_tests : problem.private_tests;
  return cases.map(({ id, input, outputs }) => ({
    id,
    source: `input:\n${input.trimEnd()}\noutput:\n${outputs.map((one) => one.trimEnd()).join('\nor:\n')}`,
  }));
}

/** What is repaired, in a word: the function or class, or the problem's id for a whole program. */
export function nameOfCode(problem: Problem): string {
  return problem.kind === 'stdio' ? problem.id : problem.entry_point;
}

/** The program as the user has it; for a workspace the whole file. */
export function programOf(problem: Problem): string {
  if (problem.kind === 'workspace') return problem.text;
  if (problem.kind === 'stdio' || problem.context.trim() === '') return problem.code;
  return `${problem.context.trimEnd()}\n\n\n${problem.code}`;
}
