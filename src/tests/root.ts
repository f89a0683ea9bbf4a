// The project that a file belongs to: the nearest one above it, also where several lie in one repository.

import { below, parentOf, relativeTo, upwards } from './paths.ts';

/** What is asked of the disk. Paths are absolute, with `/`. */
export type Files = {
  /** Of a file or folder, links followed. */
  exists(path: string): Promise<boolean>;
  /** null for what is missing, not readable or not text. */
  read(path: string): Promise<string | null>;
  /** Names in a folder; none where there is no such folder. */
  list(folder: string): Promise<readonly string[]>;
};

export type Root = {
  readonly path: string;
  /** The file or folder that says so, for the user. */
  readonly why: string;
  /** The root and the folders above it in the same repository or open folder, nearest first: they may hold an environment. */
  readonly folders: readonly string[];
};

export type Bounds = {
  /** The folder that is open in the editor, or the one that the command was started in. */
  readonly folder: string | null;
  /** The home folder is nobody's project, whatever lies in it. */
  readonly home: string;
};

/** Why a folder is the root when nothing else says so. */
export const NO_SIGN = 'the folder of the file';

const MARKERS = ['pyproject.toml', 'setup.cfg', 'setup.py', 'pytest.ini', 'tox.ini'];

/**
 * The nearest folder at or above the file's with one of the markers. Above the open folder a marker counts only inside of
 * the same repository; without any marker the repository is the project, then the open folder, then the file's own.
 */
export async function projectRoot(file: string, files: Files, { folder: open, home }: Bounds): Promise<Root> {
  const own = parentOf(file);
  const folder = isInside(own, open) ? open : null;
  const above = upwards(own).filter((one) => one !== '/' && one !== home && relativeTo(one, home) === null);
  const found: { path: string; why: string }[] = [];
  let repository: string | null = null;
  for (const each of above) {
    const marker = await firstOf(each, MARKERS, files);
    if (marker !== null) found.push({ path: each, why: marker });
    if (!(await files.exists(below(each, '.git')))) continue;
    repository = each;
    break;
  }
  const top = repository ?? folder;
  const nearest = found.find(
    ({ path }) => isInside(path, folder) || (repository !== null && isInside(path, repository)),
  );
  const fallback = { path: top ?? own, why: repository ? '.git' : top ? 'the open folder' : NO_SIGN };
  const { path, why } = nearest ?? fallback;
  const folders = upwards(path).filter((one) => one === path || (top !== null && isInside(one, top)));
  return { path, why, folders };
}

/** Without an open folder everything is inside. */
function isInside(path: string, folder: string | null): boolean {
  return folder === null || path === folder || relativeTo(folder, path) !== null;
}

async function firstOf(folder: string, names: readonly string[], files: Files): Promise<string | null> {
  for (const name of names) if (await files.exists(below(folder, name))) return name;
  return null;
}
