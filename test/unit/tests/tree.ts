// A disk in memory for the search of projects and interpreters: paths to texts; folders are there when something is in them.

import type { Files } from '../../../src/tests/root.ts';

export function treeOf(texts: Readonly<Record<string, string>>): Files {
  const paths = Object.keys(texts);
  return {
    exists: async (path) => Promise.resolve(paths.some((one) => one === path || one.startsWith(`${path}/`))),
    read: async (path) => Promise.resolve(texts[path] ?? null),
    list: async (folder) => {
      const inside = paths.filter((one) => one.startsWith(`${folder}/`));
      const names = inside.map((one) => one.slice(folder.length + 1).split('/')[0] ?? '');
      return Promise.resolve([...new Set(names)].toSorted());
    },
  };
}
