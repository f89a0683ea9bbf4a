// Which passing tests may stand beside the failing ones: those that the judge can falsify, found by trying them on the user's code.

import { isGreen, type Test, type Verdict, type WorkspaceProblem } from '../repair/problem.ts';

/** Runs these tests of the problem on the user's own code. */
export type Try = (problem: WorkspaceProblem) => Promise<Verdict>;

/** Runs that the search may take; what is not settled by then is held back. */
const MOST_RUNS = 8;

export type Sorted = {
  /** Pass, and would be seen through by no cheat. */
  readonly guards: readonly Test[];
  /** Pass, but have nothing that can be falsified. */
  readonly unguarded: readonly Test[];
  /** Passed on their own, and do not pass together with the others. */
  readonly failing: readonly Test[];
};

/**
 * A verdict is only as good as its weakest test: one without an oracle that can be falsified would leave every candidate
 * unverified. All are tried at once; where that is not a guarded pass, halves of them are.
 */
export async function sortGuards(problem: WorkspaceProblem, tests: readonly Test[], attempt: Try): Promise<Sorted> {
  const guards = new Set<string>();
  const failing = new Set<string>();
  const waiting: (readonly Test[])[] = tests.length === 0 ? [] : [tests];
  for (let runs = 0; runs < MOST_RUNS; runs += 1) {
    const some = waiting.shift();
    if (!some) break;
    const verdict = await attempt({ ...problem, public_tests: some, private_tests: [] });
    // Without isolation nothing is ever green; that says nothing about the tests.
    if (verdict.tier === 'T0') return { guards: tests, unguarded: [], failing: [] };
    for (const one of verdict.tests) if (one.result !== 'pass') failing.add(one.test);
    if (isGreen(verdict)) for (const one of some) guards.add(one.id);
    else if (some.length > 1) waiting.push(...halves(some.filter((one) => !failing.has(one.id))));
  }
  return {
    guards: tests.filter((one) => guards.has(one.id)),
    unguarded: tests.filter((one) => !guards.has(one.id) && !failing.has(one.id)),
    failing: tests.filter((one) => failing.has(one.id)),
  };
}

function halves(tests: readonly Test[]): readonly (readonly Test[])[] {
  const middle = Math.ceil(tests.length / 2);
  return [tests.slice(0, middle), tests.slice(middle)].filter((one) => one.length > 0);
}
