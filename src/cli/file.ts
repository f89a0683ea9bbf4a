// A Python file on disk, byte for byte: read, and written back with only the edited lines changed.

import { readFile, stat, writeFile } from 'node:fs/promises';
import { RepairError } from '../repair/errors.ts';
import type { LineEdit } from '../repair/patch.ts';

const MAX_BYTES = 4_000_000;

export type SourceFile = {
  readonly path: string;
  readonly bytes: Buffer;
  readonly bom: boolean;
  /** Without line ends. */
  readonly lines: readonly string[];
  /** The line end after each line; empty after the last one where the file does not end in one. */
  readonly ends: readonly string[];
  /** LF line ends, no BOM: what the judge is given. */
  readonly text: string;
};

/** Throws RepairError for what is missing, too large, or not UTF-8. */
export async function readSource(path: string): Promise<SourceFile> {
  const bytes = await bytesOf(path);
  const bom = bytes.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf]));
  const raw = decoded(path, bytes);
  const parts = raw.split(/(\r\n|\r|\n)/);
  const lines = parts.filter((_, i) => i % 2 === 0);
  const ends = lines.map((_, i) => parts[2 * i + 1] ?? '');
  return { path, bytes, bom, lines, ends, text: lines.join('\n') };
}

/** The bytes of the file after the edits. New lines end like their neighbours; no other line changes. */
export function edited(file: SourceFile, edits: readonly LineEdit[]): Buffer {
  const usual = mostCommonEnd(file.ends);
  let text = '';
  let at = 0;
  for (const { start, end, lines } of edits) {
    text += joined(file, at, start);
    const atEnd = end >= file.lines.length;
    // Lines that are put behind a last line without a line end need one between them.
    if (atEnd && start >= file.lines.length && text !== '' && !/[\r\n]$/.test(text)) text += usual;
    const lastEnd = atEnd ? (file.ends.at(-1) ?? '') : usual;
    text += lines.map((line, i) => line + (i === lines.length - 1 ? lastEnd : file.ends[start + i] || usual)).join('');
    at = end;
  }
  text += joined(file, at, file.lines.length);
  // Where the last lines were deleted, the file still ends as it did.
  if (file.lines.at(-1) !== '') text = text.replace(/(\r\n|\r|\n)$/, '');
  return Buffer.from((file.bom ? '\ufeff' : '') + text, 'utf8');
}

/** Writes the file if it still holds what was read; in place, so that links, owner and permissions stay. */
export async function writeSource(file: SourceFile, bytes: Buffer): Promise<void> {
  const now = await readFile(file.path).catch(() => null);
  if (!now?.equals(file.bytes)) {
    const message = `${file.path} was changed meanwhile, so nothing was written. Run the repair again.`;
    throw new RepairError('buffer-changed', message);
  }
  await writeFile(file.path, bytes);
}

function joined(file: SourceFile, from: number, to: number): string {
  return file.lines
    .slice(from, to)
    .map((line, i) => line + (file.ends[from + i] ?? ''))
    .join('');
}

function mostCommonEnd(ends: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const end of ends) if (end !== '') counts.set(end, (counts.get(end) ?? 0) + 1);
  return [...counts].toSorted((a, b) => b[1] - a[1])[0]?.[0] ?? '\n';
}

async function bytesOf(path: string): Promise<Buffer> {
  try {
    const { size } = await stat(path);
    if (size > MAX_BYTES) {
      throw new RepairError(
        'unsupported',
        `${path} has ${(size / 1e6).toFixed(0)} MB; files of up to 4 MB can be repaired.`,
      );
    }
    return await readFile(path);
  } catch (error) {
    if (error instanceof RepairError) throw error;
    throw new RepairError(
      'bad-problem',
      `${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

function decoded(path: string, bytes: Buffer): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    throw new RepairError('unsupported', `${path} is not UTF-8. Save it as UTF-8, then try again.`, { cause: error });
  }
}
