// The disk and the programs of this machine, as src/tests asks for them. The editor and the command line share it.

import { execFile } from 'node:child_process';
import { access, readdir, readFile, stat } from 'node:fs/promises';
import type { Files } from './tests/root.ts';

const MAX_BYTES = 1_000_000;
/** poetry and hatch take seconds to start on a busy machine. */
const RUN_MS = 20_000;

export const disk: Files = {
  exists: async (path) =>
    access(path).then(
      () => true,
      () => false,
    ),
  read: async (path) => {
    try {
      return (await stat(path)).size > MAX_BYTES ? null : await readFile(path, 'utf8');
    } catch {
      return null;
    }
  },
  list: async (folder) => readdir(folder).catch((): string[] => []),
};

/** What the program prints on standard output; null when it is not there, fails, or takes too long. */
export function printed(command: readonly string[], cwd: string, signal?: AbortSignal): Promise<string | null> {
  const [program = '', ...args] = command;
  return new Promise((resolve) => {
    const options = { cwd, timeout: RUN_MS, maxBuffer: MAX_BYTES, ...(signal && { signal }) };
    execFile(program, args, options, (error, stdout) => resolve(error ? null : stdout));
  });
}
