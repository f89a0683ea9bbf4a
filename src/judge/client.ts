// The judge as an object: starts the Python process on first use, speaks its protocol, restarts it once, ends it.

import type { Hello, Inspected, JudgeReply, Region } from '../protocol/judge.ts';
import type { Context, Discovered, Neighbours } from '../protocol/workspace.ts';
import { RepairError } from '../repair/errors.ts';
import type { JudgeProgress, Submission } from '../repair/loop.ts';
import type { Adapter, Extraction, Problem, Verdict } from '../repair/problem.ts';
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
  /** A folder for programs that tampered; the judge bounds their number and size. */
  readonly keepTampered?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
};

/** What to run of a project on its unmodified code. Paths but the root are relative to it, with `/`. */
export type Discovery = {
  readonly root: string;
  /** Ids of the adapter, or test files. */
  readonly selection: readonly string[];
  /** The file under repair and its text in the editor. */
  readonly file?: string;
  readonly text?: string;
  /** Texts of other unsaved files. */
  readonly buffers?: Readonly<Record<string, string>>;
  readonly adapter?: 'auto' | Adapter;
  readonly python?: string;
  readonly time_limit_s?: number;
  readonly suite_limit_s?: number;
};

export type Neighbourhood = { readonly root: string; readonly file: string; readonly python?: string };

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
        const { keepTampered } = options;
        const optional = [
          ...(options.allowT0 ? ['--allow-t0'] : []),
          ...(keepTampered === undefined ? [] : ['--keep-tampered', keepTampered]),
        ];
        const args = ['-I', options.judgeDir, 'serve', ...optional];
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

  /**
   * Runs the selected tests twice on the code as it is and says what each gave, and where the bug may be. `onProgress` is
   * told what it does meanwhile; it may take minutes, and ends only with the judge or the signal.
   */
  discover(discovery: Discovery, onProgress: (message: string) => void, signal: AbortSignal): Promise<Discovered> {
    const pick = (reply: JudgeReply): Discovered | null => {
      if (reply.event === 'discovering' || reply.event === 'infra') onProgress(reply.message);
      return reply.event === 'discovered' ? reply.discovered : null;
    };
    return this.#connection.request({ op: 'discover', body: discovery, pick, refused: 'no-tests' }, signal);
  }

  /** What a prompt should show of the file besides the function, in at most `budget` tokens. */
  context(text: string, entryPoint: string, budget: number, signal: AbortSignal): Promise<Context> {
    const pick = (reply: JudgeReply): Context | null => (reply.event === 'context' ? reply.context : null);
    const body = { text, entry_point: entryPoint, budget };
    return this.#connection.request({ op: 'context', body, pick, refused: 'no-function' }, signal);
  }

  /** Test files of the project that import the file, nearest first, and itself where it has doctests. */
  neighbours(place: Neighbourhood, signal: AbortSignal): Promise<Neighbours> {
    const pick = (reply: JudgeReply): Neighbours | null => (reply.event === 'neighbours' ? reply : null);
    return this.#connection.request({ op: 'neighbours', body: place, pick, refused: 'unsupported' }, signal);
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
