// Tests that the user types in one line, and why they can not be used.

import type { Inspected } from '../protocol/judge.ts';
import type { Test } from '../repair/problem.ts';
import { calling } from './asserts.ts';

/**
 * The typed line as the text of a small file: `f(1) == 2` gets its `assert`. Several tests are separated by `;`, and the
 * judge reads them as Python does, so that a `;` in a string stays where it is.
 */
export function typedText(line: string): string {
  const text = line.trim();
  return text === '' || /^(assert|import|from)\b/.test(text) || /^\w+\s*=[^=]/.test(text) ? text : `assert ${text}`;
}

/** The tests in the text, or in one sentence why there are none. */
export function typedTests(inspected: Inspected, entryPoint: string): readonly Test[] | string {
  if (inspected.error) return `This is not Python: ${inspected.error.message}.`;
  const found = calling(inspected.asserts, entryPoint);
  if (inspected.asserts.length === 0)
    return `Type one or more asserts, such as: assert ${exampleCall(entryPoint)} == 3`;
  if (found.length === 0) return `None of these asserts calls ${entryPoint}.`;
  return found.map((one, i) => ({ id: `typed ${i + 1}`, source: one.source }));
}

export function exampleCall(entryPoint: string): string {
  const [top, method] = entryPoint.split('.');
  return method === undefined ? `${top}(1, 2)` : `${top}().${method}(1)`;
}
