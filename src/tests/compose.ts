// A function, its region and its tests put together as a Problem; the same for the editor and the command line.

import type { Region } from '../protocol/judge.ts';
import type { FunctionProblem, Test } from '../repair/problem.ts';

export type Ingredients = {
  /** URI or path of the file. */
  readonly file: string;
  readonly entryPoint: string;
  readonly task: 'repair' | 'write';
  readonly region: Region;
  readonly tests: readonly Test[];
  /** Seconds for one test. */
  readonly timeLimit: number;
};

/** More tests than this would fill the prompt; the first ones of each kind are the user's most deliberate ones. */
export const MAX_TESTS = 40;

export function composeProblem({ file, entryPoint, task, region, tests, timeLimit }: Ingredients): FunctionProblem {
  return {
    id: `${file}::${entryPoint}`,
    language: 'python',
    kind: 'function',
    instruction: task === 'repair' ? 'Fix the bug in this Python function.' : 'Write the body of this Python function.',
    context: region.context,
    entry_point: entryPoint,
    code: region.code,
    public_tests: distinct(tests).slice(0, MAX_TESTS),
    private_tests: [],
    time_limit_s: timeLimit,
  };
}

/** Each test once, each with an id of its own. */
export function distinct(tests: readonly Test[]): readonly Test[] {
  const sources = new Set<string>();
  const ids = new Set<string>();
  return tests.flatMap((test) => {
    if (sources.has(test.source.trim())) return [];
    sources.add(test.source.trim());
    let { id } = test;
    for (let n = 2; ids.has(id); n += 1) id = `${test.id} (${n})`;
    ids.add(id);
    return [{ id, source: test.source }];
  });
}
