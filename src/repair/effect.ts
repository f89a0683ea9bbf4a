// What a candidate does to a project's tests: which it fixes, which it breaks. For the command line, the panel and the outcome.

import type { Verdict } from './problem.ts';

export type Effect = {
  /** Ids of tests that did not pass on the user's code and pass now. */
  readonly fixes: readonly string[];
  /** Ids of tests that passed on the user's code and do not pass now. */
  readonly breaks: readonly string[];
  /** Ids of tests that passed neither before nor now. */
  readonly still: readonly string[];
  /** How many neighbouring tests were run; null before they are. */
  readonly neighbours: number | null;
};

/** `final` is the verdict of the neighbouring tests, all of which passed on the user's code. */
export function effectOf(baseline: Verdict | null, verdict: Verdict, final: Verdict | null): Effect {
  const passedBefore = new Set((baseline?.tests ?? []).filter((one) => one.result === 'pass').map((one) => one.test));
  const ids = (of: Verdict, before: boolean, now: boolean): readonly string[] =>
    of.tests
      .filter((one) => passedBefore.has(one.test) === before && (one.result === 'pass') === now)
      .map((one) => one.test);
  const broken = final?.tests.filter((one) => one.result !== 'pass').map((one) => one.test) ?? [];
  return {
    fixes: ids(verdict, false, true),
    breaks: [...ids(verdict, true, false), ...broken],
    still: ids(verdict, false, false),
    neighbours: final?.tests.length ?? null,
  };
}

/** `fixes 3, breaks 0 (34 neighbouring tests run as well)`. */
export function effectWords({ fixes, breaks, neighbours }: Effect): string {
  const around =
    neighbours === null ? '' : ` (${neighbours} neighbouring ${neighbours === 1 ? 'test' : 'tests'} run as well)`;
  return `fixes ${fixes.length}, breaks ${breaks.length}${around}`;
}
