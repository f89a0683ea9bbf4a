// The asserts of a file that call a function, as Tests. It reads what the judge's `inspect` found and runs nothing.

import type { AssertInfo, Inspected } from '../protocol/judge.ts';
import type { Test } from '../repair/problem.ts';

/** `f` for `f`, `Class` for `Class.m`: the name that a test needs from the module. */
export function topName(entryPoint: string): string {
  return entryPoint.split('.')[0] ?? entryPoint;
}

/** The asserts of the function's own file that call it, in the file's order. */
export function assertsFor(inspected: Inspected, entryPoint: string): readonly Test[] {
  return calling(inspected.asserts, entryPoint).map((one) => ({ id: `line ${one.lines[1]}`, source: one.source }));
}

/**
 * Those asserts that call the function. For a method they make the object and touch the method; where none names the
 * method (such as `__init__`), those that make the object count.
 */
export function calling(asserts: readonly AssertInfo[], entryPoint: string): readonly AssertInfo[] {
  const [top, method] = entryPoint.split('.');
  const made = asserts.filter((one) => top !== undefined && one.calls.includes(top));
  if (method === undefined) return made;
  const touched = made.filter((one) => touches(one.source, method));
  return touched.length > 0 || !method.startsWith('__') ? touched : made;
}

/** Whether the text names an attribute of this name. */
export function touches(source: string, method: string): boolean {
  return new RegExp(`\\.${escaped(method)}(?!\\w)`, 'u').test(source);
}

export function escaped(text: string): string {
  return text.replaceAll(/[\\^$.*+?()[\]{}|]/g, '\\$&');
}
