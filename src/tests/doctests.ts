// The examples in a function's docstring, as Tests.

import type { FunctionInfo } from '../protocol/judge.ts';
import type { Test } from '../repair/problem.ts';

/** In the docstring's order; each carries the line of its `>>>`. */
export function doctestsOf(found: FunctionInfo): readonly Test[] {
  return found.doctests.map((one) => ({ id: `doctest line ${one.lines[0]}`, source: one.source }));
}
