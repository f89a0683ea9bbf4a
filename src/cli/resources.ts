// Where this installation keeps the judge, the prompt files and what the set-up found.

import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';

export type Resources = {
  readonly judge: string;
  readonly prompts: string;
  /** `server-py` of a clone; null in an installed package. */
  readonly serverPy: string | null;
  /** Written by `npm run setup`; null where there is none. */
  readonly pathsFile: string | null;
};

/** `program` is the path of the running file: dist/cli.cjs or src/cli.ts, perhaps through a link of npm. */
export function resourcesOf(program: string): Resources {
  const here = dirname(realpathSync(program));
  const root = dirname(here);
  const bundled = existsSync(join(here, 'judge', '__main__.py'));
  const serverPy = join(root, 'server-py');
  const paths = join(root, '.mucode', 'paths.json');
  return {
    judge: bundled ? join(here, 'judge') : join(serverPy, 'mucode', 'judge'),
    prompts: bundled ? join(here, 'prompts') : join(serverPy, 'mucode', 'prompts'),
    serverPy: existsSync(serverPy) ? serverPy : null,
    pathsFile: existsSync(paths) ? paths : null,
  };
}
