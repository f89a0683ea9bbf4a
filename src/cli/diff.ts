// Two versions of a file as a unified diff.

import { lineEdits, type LineEdit } from '../repair/patch.ts';
import type { Span } from './text.ts';

const CONTEXT = 3;

/** Hunks with three lines of context; empty when nothing differs. */
export function unifiedDiff(before: readonly string[], after: readonly string[]): readonly (readonly Span[])[] {
  const lines: Span[][] = [];
  let moved = 0;
  for (const group of grouped(lineEdits(before, after))) {
    const [first, last] = [group[0], group.at(-1)];
    if (!first || !last) continue;
    const start = Math.max(0, first.start - CONTEXT);
    const end = Math.min(before.length, last.end + CONTEXT);
    const change = group.reduce((sum, edit) => sum + edit.lines.length - (edit.end - edit.start), 0);
    lines.push([[`@@ -${start + 1},${end - start} +${start + 1 + moved},${end - start + change} @@`, 'dim']]);
    lines.push(...hunk(before, group, start, end));
    moved += change;
  }
  return lines;
}

function hunk(before: readonly string[], group: readonly LineEdit[], start: number, end: number): Span[][] {
  const lines: Span[][] = [];
  let at = start;
  for (const edit of group) {
    for (const text of before.slice(at, edit.start)) lines.push([[` ${text}`]]);
    for (const text of before.slice(edit.start, edit.end)) lines.push([[`-${text}`, 'bad']]);
    for (const text of edit.lines) lines.push([[`+${text}`, 'good']]);
    at = edit.end;
  }
  for (const text of before.slice(at, end)) lines.push([[` ${text}`]]);
  return lines;
}

/** Edits whose contexts touch share a hunk. */
function grouped(edits: readonly LineEdit[]): readonly (readonly LineEdit[])[] {
  const groups: LineEdit[][] = [];
  for (const edit of edits) {
    const group = groups.at(-1);
    const end = group?.at(-1)?.end;
    if (group && end !== undefined && edit.start - end <= 2 * CONTEXT) group.push(edit);
    else groups.push([edit]);
  }
  return groups;
}
