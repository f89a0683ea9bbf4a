// The processes below a process, so that none of them outlives it. Linux only: elsewhere the list is empty.

import { readdirSync, readFileSync } from 'node:fs';

/** All children, their children and so on, found by /proc; those that have left the process's group as well. */
export function descendantsOf(pid: number): readonly number[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)]);
}

function childrenOf(pid: number): readonly number[] {
  try {
    const tasks = readdirSync(`/proc/${pid}/task`);
    const listed = tasks.map((task) => readFileSync(`/proc/${pid}/task/${task}/children`, 'utf8')).join(' ');
    return listed.split(/\s+/).filter(Boolean).map(Number);
  } catch {
    // It has ended, or there is no /proc.
    return [];
  }
}
