// Paths as text, with `/`: what the rooms without a file system need of them.

/** `/a/b` for `/a/b/c`; the root for the root. */
export function parentOf(path: string): string {
  const at = path.lastIndexOf('/');
  return at <= 0 ? '/' : path.slice(0, at);
}

/** The second path where it is absolute, else below the first. */
export function below(folder: string, path: string): string {
  if (path.startsWith('/')) return path;
  return `${folder.replace(/\/$/, '')}/${path}`;
}

/** The path relative to the folder; null when it is not inside. */
export function relativeTo(folder: string, path: string): string | null {
  const start = `${folder.replace(/\/$/, '')}/`;
  return path.startsWith(start) && path.length > start.length ? path.slice(start.length) : null;
}

/** The folder, its parent, and so on up to the root. */
export function upwards(folder: string): readonly string[] {
  return folder === '/' ? ['/'] : [folder, ...upwards(parentOf(folder))];
}

/** The last part of a module's name: `shapes` for pkg/shapes.py; a package's `__init__.py` is known by its folder. */
export function moduleOf(path: string): string {
  const parts = path.split(/[\\/]/);
  const stem = (parts.at(-1) ?? '').replace(/\.py$/, '');
  return stem === '__init__' ? (parts.at(-2) ?? stem) : stem;
}
