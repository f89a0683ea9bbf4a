// The judge as an object: starts the Python process on first use, speaks its protocol, restarts it once, ends it.

import type { Hello, Inspected, JudgeReply, Region } from '../protocol/judge.ts';
import { RepairError } from '../repair/errors.ts';
import type { JudgeProgress, Submission } from '../repair/loop.ts';
import type { Extraction, Problem, Verdict } from '../repair/problem.ts';
import { Connection } from './connection.ts';
import { findPython } from './python.ts';
import type { RunEvent } from './runs.ts';

export type JudgeOptions = {
  /** Path or name of the interpreter; null looks on PATH. */
  readonly python: string | null;
  /** The folder of the judge: `server-py/mucode/judge` or `dist/judge`. */
  readonly judgeDir: string;
  /** Lines of the judge's stderr. */
  readonly onLog?: (line: string) => void;
  readonly onRun?: (event: RunEvent) => void;
  /** The user's consent to run without isolation; its verdicts are never green. */
  readonly allowT0?: boolean;
  readonly env?: Readonly<Record<string, string | undefined>>;
};

type Which = 'public' | 'private';

export class Judge {
  readonly #options: JudgeOptions;
  readonly #connection: Connection;

  constructor(options: JudgeOptions) {
    this.#options = options;
    const env = options.env ?? process.env;
    this.#connection = new Connection({
      command: async () => {
        const python = await findPython(options.python);
        const args = ['-I', options.judgeDir, 'serve', ...(options.allowT0 ? ['--allow-t0'] : [])];
        return { python, args, env };
      },
      onLog: (line) => options.onLog?.(line),
      onHello: (hello) => this.#greeted(hello),
      nextStep: `Run \`${options.python ?? 'python3'} -I ${options.judgeDir} doctor\` to see what is missing.`,
    });
  }

  /** The process id of the running judge, or null. */
  get pid(): number | null {
    return this.#connection.pid;
  }

  /** What the judge says about its isolation. Starts it. */
  hello(signal: AbortSignal): Promise<Hello> {
    return this.#connection.hello(signal);
  }

  /** Functions, asserts and doctests of a Python file, with line ranges. */
  inspect(text: string, signal: AbortSignal): Promise<Inspected> {
    const pick = (reply: JudgeReply): Inspected | null => (reply.event === 'inspected' ? reply.inspected : null);
    return this.#connection.request({ op: 'inspect', body: { text }, pick, refused: 'unsupported' }, signal);
  }

  /** Code and context of a Problem for an entry point of a file with LF line ends. */
  region(text: string, entryPoint: string, signal: AbortSignal): Promise<Region> {
    const pick = (reply: JudgeReply): Region | null => (reply.event === 'region' ? reply.region : null);
    return this.#connection.request(
      { op: 'region', body: { text, entry_point: entryPoint }, pick, refused: 'no-function' },
      signal,
    );
  }

  /** A whole program from a model's answer, or the reason why there is none. */
  extract(problem: Problem, answer: string, signal: AbortSignal): Promise<Extraction> {
    const pick = (reply: JudgeReply): Extraction | null => (reply.event === 'extracted' ? reply.extraction : null);
    return this.#connection.request({ op: 'extract', body: { problem, answer }, pick, refused: 'bad-problem' }, signal);
  }

  /** Runs the public or private tests of a problem on one candidate. `onEvent` is told of each test as it ends. */
  async judge(
    problem: Problem,
    which: Which,
    submission: Submission,
    onEvent: (event: JudgeProgress) => void,
    signal: AbortSignal,
  ): Promise<Verdict> {
    const tests = which === 'public' ? problem.public_tests : problem.private_tests;
    this.#ran({ type: 'started', candidate: submission.id, which, tests: tests.length });
    let verdict: Verdict | null = null;
    const pick = (reply: JudgeReply): Verdict | null => {
      if (reply.event === 'verdict') verdict = reply.verdict;
      this.#watch(reply, which, onEvent);
      return reply.event === 'done' ? verdict : null;
    };
    const body = { which, problem, candidates: [submission] };
    try {
      return await this.#connection.request({ op: 'judge', body, pick, refused: 'judge-unavailable' }, signal);
    } catch (error) {
      if (signal.aborted) this.#ran({ type: 'cancelled', candidate: submission.id });
      throw error;
    }
  }

  /** Ends the judge and everything it runs. It may be used again afterwards, which starts it anew. */
  dispose(): Promise<void> {
    return this.#connection.dispose();
  }

  #watch(reply: JudgeReply, which: Which, onEvent: (event: JudgeProgress) => void): void {
    if (reply.event === 'test') {
      const { candidate, test, result, ms } = reply;
      this.#ran({ type: 'test', candidate, which, test, result, ms });
      onEvent({ type: 'test', test, result, ms });
    } else if (reply.event === 'infra') {
      this.#ran({ type: 'infra', message: reply.message });
      onEvent({ type: 'infra', message: reply.message });
    } else if (reply.event === 'verdict') this.#ran({ type: 'verdict', which, verdict: reply.verdict });
  }

  /** Refuses to go on without isolation, unless the user agreed to it. */
  #greeted(hello: Hello): void {
    this.#ran({ type: 'judge', tier: hello.tier, why: hello.why, python: hello.python });
    if (hello.tier !== 'T0' || this.#options.allowT0) return;
    throw new RepairError(
      'no-isolation',
      `This machine offers no way to isolate the programs under test: ${hello.why.join('; ')}. ` +
        'Install bubblewrap (Debian, Ubuntu: `apt install bubblewrap`) and allow user namespaces, then try again.',
    );
  }

  #ran(event: RunEvent): void {
    this.#options.onRun?.(event);
  }
}
