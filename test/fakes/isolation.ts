// Whether tests with the real judge can run here.
import { join } from 'node:path';
import { Judge } from '../../src/judge/client.ts';
import { RepairError } from '../../src/repair/errors.ts';

const JUDGE = join(import.meta.dirname, '../../server-py/mucode/judge');

/** Why the real judge cannot run programs here; null when it can. */
export async function noIsolation(): Promise<string | null> {
  const judge = new Judge({ python: null, judgeDir: JUDGE });
  try {
    await judge.hello(new AbortController().signal);
    return null;
  } catch (error) {
    if (error instanceof RepairError && error.kind === 'no-isolation') return error.message;
    throw error;
  } finally {
    await judge.dispose();
  }
}
