// Old text and new text of the region to the smallest line edits. Nothing touches a file.

/** Replace the lines [start, end) of the old text, 0-based, by `lines`. */
export type LineEdit = { readonly start: number; readonly end: number; readonly lines: readonly string[] };

/** Above this many cells the table of the exact diff would be slow; one edit for the changed middle is used instead. */
const MAX_CELLS = 4_000_000;

/** The smallest set of line edits that turns `before` into `after`, from top to bottom, not overlapping. */
export function lineEdits(before: readonly string[], after: readonly string[]): readonly LineEdit[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head += 1;
  let tail = 0;
  const most = Math.min(before.length, after.length) - head;
  while (tail < most && before[before.length - 1 - tail] === after[after.length - 1 - tail]) tail += 1;
  const a = before.slice(head, before.length - tail);
  const b = after.slice(head, after.length - tail);
  if (a.length === 0 && b.length === 0) return [];
  const whole: LineEdit = { start: head, end: head + a.length, lines: b };
  if (a.length === 0 || b.length === 0 || a.length * b.length > MAX_CELLS) return [whole];
  return middleEdits(a, b, head);
}

/** The text after the edits; the edits are as lineEdits gives them. */
export function applyEdits(before: readonly string[], edits: readonly LineEdit[]): readonly string[] {
  const after: string[] = [];
  let at = 0;
  for (const edit of edits) {
    after.push(...before.slice(at, edit.start), ...edit.lines);
    at = edit.end;
  }
  return [...after, ...before.slice(at)];
}

/** Longest common subsequence by table, walked from the front. */
function middleEdits(a: readonly string[], b: readonly string[], offset: number): readonly LineEdit[] {
  const width = b.length + 1;
  const table = new Uint32Array((a.length + 1) * width);
  const cell = (i: number, j: number): number => table[i * width + j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      table[i * width + j] = a[i] === b[j] ? cell(i + 1, j + 1) + 1 : Math.max(cell(i + 1, j), cell(i, j + 1));
    }
  }
  const edits: LineEdit[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && a[i] === b[j]) {
      i += 1;
      j += 1;
      continue;
    }
    const start = i;
    const lines: string[] = [];
    while ((i < a.length || j < b.length) && !(i < a.length && a[i] === b[j])) {
      if (j < b.length && (i === a.length || cell(i, j + 1) >= cell(i + 1, j))) {
        lines.push(b[j] ?? '');
        j += 1;
      } else i += 1;
    }
    edits.push({ start: offset + start, end: offset + i, lines });
  }
  return edits;
}
