// What to repair or write, and what the judge answers about it. Plain readonly data in DESIGN's words; no behaviour.

export type Test = { readonly id: string; readonly source: string };

/** `kind` names how the tests are run; `function` is a module with asserts or doctests on one entry point. */
export type Problem = {
  readonly id: string;
  readonly language: 'python';
  readonly kind: 'function';
  readonly instruction: string;
  /** The rest of the program, put in front of the code: imports, helpers, constants. */
  readonly context: string;
  /** `f` or `Class.m`. */
  readonly entry_point: string;
  /** The region under repair: one whole top-level statement, LF line ends. */
  readonly code: string;
  readonly public_tests: readonly Test[];
  readonly private_tests: readonly Test[];
  /** Wall-clock seconds for one test. */
  readonly time_limit_s: number;
  /** Path of the interpreter; the judge's own when absent. */
  readonly python?: string;
};

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

export function passedTests(verdict: Verdict): number {
  return verdict.tests.filter((test) => test.result === 'pass').length;
}
