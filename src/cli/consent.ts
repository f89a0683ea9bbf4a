// Asks before code leaves the machine.

import { createInterface } from 'node:readline/promises';
import { hostOf, isLoopback } from '../models/privacy.ts';
import { RepairError } from '../repair/errors.ts';
import { counted } from '../repair/conclude.ts';
import { nameOfCode, type Problem } from '../repair/problem.ts';

export type Asking = {
  readonly yes: boolean;
  /** null where nobody can answer. */
  readonly ask: ((question: string) => Promise<string>) | null;
};

/** Returns when the problem may be sent to the URL. Throws RepairError `declined` otherwise. */
export async function requireConsent(url: string, problem: Problem, { yes, ask }: Asking): Promise<void> {
  if (isLoopback(url) || yes) return;
  const host = hostOf(url);
  const size = problem.code.length + (problem.kind === 'stdio' ? 0 : problem.context.length);
  const tests = problem.public_tests.length;
  const what =
    `The code of ${nameOfCode(problem)} with its file's context (${size} characters), ${counted(tests, 'test')} and the output ` +
    `go to ${host}. Known forms of keys and passwords are taken out before.`;
  if (!ask) {
    throw new RepairError('declined', `${what} Nobody can be asked here; add --yes to agree.`);
  }
  const answer = await ask(`${what}\nSend them? [y/N] `);
  if (!/^\s*y(es)?\s*$/i.test(answer)) throw new RepairError('declined', `Nothing was sent to ${host}.`);
}

/** A question on the terminal; null where there is none. */
export function terminalQuestion(signal: AbortSignal): Asking['ask'] {
  if (!process.stdin.isTTY || !process.stderr.isTTY) return null;
  return async (question) => {
    const lines = createInterface({ input: process.stdin, output: process.stderr });
    try {
      return await lines.question(question, { signal });
    } catch (error) {
      // Ctrl+C is a key here, not a signal: readline gives up the question.
      if (error instanceof Error && error.name === 'AbortError') throw new RepairError('stopped', 'Stopped.');
      throw error;
    } finally {
      lines.close();
    }
  };
}
