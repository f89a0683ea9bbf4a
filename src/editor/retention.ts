// Which kept sessions have to go so that the folder stays within its size. Pure: sizes in, names out.

export type Kept = {
  readonly name: string;
  readonly bytes: number;
  /** Milliseconds since 1970 of the last change. */
  readonly changed: number;
};

/** The files to remove, oldest first, so that the rest is at most `limit` bytes. `spared` is never among them. */
export function surplus(files: readonly Kept[], limit: number, spared: string | null): readonly Kept[] {
  let total = files.reduce((sum, file) => sum + file.bytes, 0);
  const removed: Kept[] = [];
  for (const file of files.toSorted((a, b) => a.changed - b.changed || a.name.localeCompare(b.name))) {
    if (total <= limit) break;
    if (file.name === spared) continue;
    removed.push(file);
    total -= file.bytes;
  }
  return removed;
}
