// Finds an interpreter that can run the judge.

import { execFile } from 'node:child_process';
import { RepairError } from '../repair/errors.ts';

const NAMES = ['python3', 'python', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python3.9'];
const TRY_MS = 10_000;

/** The oldest Python that the judge is written for. */
const OLDEST = [3, 9] as const;

/**
 * The first interpreter that is new enough: the preferred one alone when one is given, else those on PATH.
 * Throws RepairError `judge-unavailable` when there is none.
 */
export async function findPython(preferred: string | null, signal?: AbortSignal): Promise<string> {
  const tried: string[] = [];
  for (const name of preferred ? [preferred] : NAMES) {
    const found = await ask(name, signal);
    if (found && isNewEnough(found)) return found.path;
    if (found) tried.push(`${name} is ${found.major}.${found.minor}`);
  }
  const found = tried.length > 0 ? ` (${tried.join(', ')})` : '';
  const where = preferred ? `${preferred} is not a Python 3.9 or newer` : 'No Python 3.9 or newer was found on PATH';
  throw new RepairError('judge-unavailable', `${where}${found}. Install Python 3.9 or newer, or name its path.`);
}

type Found = { readonly path: string; readonly major: number; readonly minor: number };

function isNewEnough({ major, minor }: Found): boolean {
  return major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1]);
}

/** The interpreter's own path: behind a name there may be a shim that takes its time at every start. */
function ask(python: string, signal?: AbortSignal): Promise<Found | null> {
  const script = 'import sys; print("%d.%d %s" % (*sys.version_info[:2], sys.executable))';
  const options = { timeout: TRY_MS, ...(signal && { signal }) };
  return new Promise((resolve) => {
    execFile(python, ['-I', '-c', script], options, (error, stdout) => {
      const [, major, minor, path] = /^(\d+)\.(\d+) (.+)$/m.exec(stdout) ?? [];
      resolve(error || path === undefined ? null : { path, major: Number(major), minor: Number(minor) });
    });
  });
}
