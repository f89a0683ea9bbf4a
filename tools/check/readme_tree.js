// The tree in README.md equals the disk: every path in it exists, and every folder of the first two levels is in it.

import { existsSync, readFileSync } from 'node:fs';
import { trackedFiles } from './tree.js';

/** Folders whose children are listed one by one. */
const OPENED = ['src', 'server-py', 'server-py/mucode', 'test'];

export function readmeTree() {
  const listed = parse(readFileSync('README.md', 'utf8'));
  if (listed.length === 0) return ['README.md has no ```tree block'];
  const missing = listed
    .filter((path) => !existsSync(path))
    .map((path) => `README.md lists ${path}, which does not exist`);
  const wanted = new Set();
  for (const path of trackedFiles()) {
    const parts = path.split('/');
    if (!parts[0].startsWith('.') && parts.length > 1) wanted.add(parts[0]);
    for (const folder of OPENED) {
      const rest = path.startsWith(`${folder}/`) ? path.slice(folder.length + 1).split('/') : [];
      if (rest.length > 1) wanted.add(`${folder}/${rest[0]}`);
    }
  }
  return [
    ...missing,
    ...[...wanted].filter((path) => !listed.includes(path)).map((path) => `README.md does not list ${path}/`),
  ];
}

/** Lines of the block are `name/  what`, two spaces of indentation a level. */
function parse(readme) {
  const block = /```tree\n([\s\S]*?)```/.exec(readme)?.[1] ?? '';
  const stack = [];
  return block
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => {
      const depth = Math.floor((line.length - line.trimStart().length) / 2);
      stack.length = depth;
      stack.push(line.trim().split(/\s+/)[0].replace(/\/$/, ''));
      return stack.join('/');
    });
}
