// Reads the prompt files, the only prompts of the project, from where the build or the repository keeps them.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Templates } from './repair/prompt.ts';

/** `folder` is `dist/prompts` or `server-py/mucode/prompts`. */
export async function readTemplates(folder: string): Promise<Templates> {
  const read = (name: keyof Templates): Promise<string> => readFile(join(folder, `${name}.txt`), 'utf8');
  const [repair, write, context, baseline, feedback, note] = await Promise.all([
    read('repair'),
    read('write'),
    read('context'),
    read('baseline'),
    read('feedback'),
    read('note'),
  ]);
  return { repair, write, context, baseline, feedback, note };
}
