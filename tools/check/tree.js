// The files of the repository as git knows them: tracked ones and new ones that are not ignored.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

export function trackedFiles() {
  const out = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    encoding: 'utf8',
  });
  return out.split('\0').filter((path) => path !== '' && existsSync(path));
}

export function text(path) {
  return readFileSync(path, 'utf8');
}
