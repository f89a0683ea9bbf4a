// The tests of this window that are known to fail, by their file: what the quick fix is offered for.

import { testName } from '../protocol/names.ts';
import type { DiscoveredTest } from '../protocol/workspace.ts';

export type KnownFailure = {
  /** The adapter's id. */
  readonly id: string;
  readonly label: string;
  /** 0-based line of its `def`, or of the assert itself, in a text that may have changed since; null where not known. */
  readonly line: number | null;
};

export class KnownFailures {
  /** By absolute path. */
  readonly #byFile = new Map<string, readonly KnownFailure[]>();

  remember(root: string, tests: readonly DiscoveredTest[]): void {
    for (const { id, file, line } of tests) {
      const path = `${root}/${file}`;
      const failure = { id, label: testName(id), line: line === null ? null : line - 1 };
      this.#byFile.set(path, [...this.in(path).filter((one) => one.id !== id), failure]);
    }
  }

  /** Takes those back that pass now. */
  forget(ids: readonly string[]): void {
    for (const [path, known] of this.#byFile) {
      this.#byFile.set(
        path,
        known.filter((one) => !ids.includes(one.id)),
      );
    }
  }

  in(path: string): readonly KnownFailure[] {
    return this.#byFile.get(path) ?? [];
  }
}

/** The lines [first, last] of the failing test in the text as it is now, 0-based; null when it is not there any more. */
export function extentOf(lines: readonly string[], { label, line }: KnownFailure): readonly [number, number] | null {
  const name = /([^.[\]]+)(\[.*\])?$/s.exec(label)?.[1] ?? label;
  const heads = [...lines.keys()].filter((at) =>
    new RegExp(`^\\s*(async\\s+)?def\\s+${escaped(name)}\\b`, 'u').test(lines[at] ?? ''),
  );
  const nearest = heads.toSorted((a, b) => Math.abs(a - (line ?? 0)) - Math.abs(b - (line ?? 0)))[0];
  if (nearest === undefined) return line !== null && /^\s*assert\b/.test(lines[line] ?? '') ? [line, line] : null;
  const indent = indentOf(lines[nearest] ?? '');
  let last = nearest;
  for (let at = nearest + 1; at < lines.length; at += 1) {
    const text = lines[at] ?? '';
    if (text.trim() === '') continue;
    if (indentOf(text) <= indent && !/^\s*[)\]}]/.test(text)) break;
    last = at;
  }
  return [nearest, last];
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length;
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
