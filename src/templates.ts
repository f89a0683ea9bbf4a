// Reads the prompt files, the only prompts of the project, from where the build or the repository keeps them.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TEMPLATE_NAMES, type Templates } from './repair/prompt.ts';

/** `folder` is `dist/prompts` or `server-py/mucode/prompts`. */
export async function readTemplates(folder: string): Promise<Templates> {
  const texts = await Promise.all(TEMPLATE_NAMES.map((name) => readFile(join(folder, `${name}.txt`), 'utf8')));
  const of = (name: keyof Templates): string => texts[TEMPLATE_NAMES.indexOf(name)] ?? '';
  return {
    repair: of('repair'),
    repair_example: of('repair_example'),
    repair_example_answer: of('repair_example_answer'),
    write: of('write'),
    write_example: of('write_example'),
    write_example_answer: of('write_example_answer'),
    context: of('context'),
    baseline: of('baseline'),
    feedback: of('feedback'),
    note: of('note'),
    stdio_repair: of('stdio_repair'),
    stdio_repair_example: of('stdio_repair_example'),
    stdio_repair_example_answer: of('stdio_repair_example_answer'),
    stdio_write: of('stdio_write'),
    stdio_write_example: of('stdio_write_example'),
    stdio_write_example_answer: of('stdio_write_example_answer'),
    stdio_case: of('stdio_case'),
  };
}
