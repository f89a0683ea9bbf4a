// Where the region under repair is now, and the smallest edits that put a candidate there. Pure: lines in, edits out.

import { importGroups, isImport } from './imports.ts';
import { applyEdits, lineEdits, type LineEdit } from './patch.ts';

/** Lines [start, end) of a file, 0-based. */
export type Lines = { readonly start: number; readonly end: number };

/** The replacement of one range, in the coordinates of the text before all edits. */
export type RangeEdit = {
  readonly start: { readonly line: number; readonly character: number };
  readonly end: { readonly line: number; readonly character: number };
  readonly text: string;
};

/** The lines of a text with any line ends; as an editor counts them. */
export function linesOf(text: string): readonly string[] {
  return text.split(/\r\n|\r|\n/);
}

/** The lines of a piece of code; one line end at its end does not count. */
export function codeLines(code: string): readonly string[] {
  return linesOf(code.replace(/\r?\n$/, ''));
}

/**
 * Finds one of the texts as whole lines in the file: at the remembered line when it is still there, else at the nearest
 * place to it (lines above were added or removed). Null when the region itself has changed.
 */
export function findRegion(file: readonly string[], texts: readonly string[], remembered: number): Lines | null {
  for (const text of texts) {
    const wanted = codeLines(text);
    const places = [...file.keys()].filter((at) => isWhole(file, at, wanted));
    const nearest = places.toSorted((a, b) => Math.abs(a - remembered) - Math.abs(b - remembered))[0];
    if (nearest !== undefined) return { start: nearest, end: nearest + wanted.length };
  }
  return null;
}

/** Whether the wanted lines stand there as a whole statement: nothing was added at its end, no decorator above it. */
function isWhole(file: readonly string[], at: number, wanted: readonly string[]): boolean {
  if (!wanted.every((line, i) => file[at + i] === line)) return false;
  if (file[at - 1]?.startsWith('@')) return false;
  const next = file.slice(at + wanted.length).find((line) => line.trim() !== '');
  return next === undefined || !/^\s+[^\s#]/.test(next);
}

/** The line edits that put the code at the region and the import lines that the file lacks at the top. */
export function spliceEdits(
  file: readonly string[],
  region: Lines,
  code: string,
  imports: readonly string[],
): readonly LineEdit[] {
  const inside = lineEdits(file.slice(region.start, region.end), codeLines(code)).map((edit) => ({
    start: edit.start + region.start,
    end: edit.end + region.start,
    lines: edit.lines,
  }));
  return [...importEdits(file, region.start, imports), ...inside];
}

/** The whole file with the code at the region. */
export function spliced(
  file: readonly string[],
  region: Lines,
  code: string,
  imports: readonly string[],
): readonly string[] {
  return applyEdits(file, spliceEdits(file, region, code, imports));
}

/** Line edits as ranges and texts with the file's line end. A last line without a line end stays without one. */
export function rangeEdits(file: readonly string[], edits: readonly LineEdit[], eol: string): readonly RangeEdit[] {
  const endOf = (line: number): RangeEdit['start'] => ({ line, character: file[line]?.length ?? 0 });
  return edits.map(({ start, end, lines }) => {
    if (lines.length > 0 && end > start) {
      return { start: { line: start, character: 0 }, end: endOf(end - 1), text: lines.join(eol) };
    }
    if (end < file.length) {
      const text = lines.map((line) => line + eol).join('');
      return { start: { line: start, character: 0 }, end: { line: end, character: 0 }, text };
    }
    const from = start === 0 ? { line: 0, character: 0 } : endOf(start - 1);
    return { start: from, end: endOf(file.length - 1), text: lines.map((line) => eol + line).join('') };
  });
}

function importEdits(file: readonly string[], regionStart: number, imports: readonly string[]): readonly LineEdit[] {
  return importGroups(file, regionStart, imports).map(({ at, lines }) => {
    const next = file[at];
    const apart = next !== undefined && next !== '' && !isImport(next) ? ['', ''] : [];
    return { start: at, end: at, lines: [...lines, ...apart] };
  });
}
