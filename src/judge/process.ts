// One running judge: its pipes, its last words, and the end of its whole process group. Knows nothing of requests.

import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { LineReader } from '../protocol/lines.ts';

/** A line may have 4 MiB; characters are at most as many. */
const MAX_LINE = 4 * 1024 * 1024;
const KEPT_STDERR_LINES = 12;

/** How long the judge may take to end by itself once its stdin is closed, before its group is killed. */
const GRACE_MS = 400;
const LAST_LINES_MS = 200;

export type Command = {
  readonly python: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
};

type Listeners = {
  readonly onLine: (line: string) => void;
  readonly onLog: (line: string) => void;
};

export class JudgeProcess {
  /** Fulfilled once the process has ended; says how, with its last lines of stderr. */
  readonly ended: Promise<string>;
  readonly #child: ChildProcessWithoutNullStreams;
  readonly #lastLines: string[] = [];
  #alive = true;
  #failure: string | null = null;

  constructor(command: Command, { onLine, onLog }: Listeners) {
    // A group of its own, so that the end of the judge is the end of everything that it started.
    this.#child = spawn(command.python, command.args, { detached: true, env: { ...command.env } });
    this.#child.stdout.setEncoding('utf8');
    this.#child.stderr.setEncoding('utf8');
    const lines = new LineReader(onLine, MAX_LINE);
    this.#child.stdout.on('data', (chunk: string) => this.#takeOrEnd(lines, chunk));
    const log = new LineReader((line) => this.#logged(line, onLog), MAX_LINE);
    this.#child.stderr.on('data', (chunk: string) => this.#takeOrEnd(log, chunk));
    // A broken pipe is the end of the process, which `ended` reports.
    this.#child.stdin.on('error', () => {});
    this.ended = new Promise((resolve) => {
      this.#child.once('error', (error) => this.#dead(resolve, `could not be started: ${error.message}`));
      this.#child.once('exit', (code, signal) => {
        const how = signal ? `was ended by ${signal}` : `ended with status ${code ?? 'unknown'}`;
        // What is left of the group may still hold the pipes; only their end brings the last lines.
        this.#kill();
        const timer = setTimeout(() => this.#dead(resolve, how), LAST_LINES_MS);
        this.#child.once('close', () => {
          clearTimeout(timer);
          this.#dead(resolve, how);
        });
      });
    });
  }

  get alive(): boolean {
    return this.#alive;
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  send(line: string): void {
    this.#child.stdin.write(`${line}\n`);
  }

  /** Ends a process that does not work, for the reason given. */
  fail(reason: string): void {
    this.#failure ??= reason;
    this.#kill();
  }

  /** Ends the judge and everything in its group. */
  async stop(): Promise<void> {
    this.#child.stdin.end();
    const timer = setTimeout(() => this.#kill(), GRACE_MS);
    await this.ended;
    clearTimeout(timer);
  }

  #takeOrEnd(lines: LineReader, chunk: string): void {
    try {
      lines.take(chunk);
    } catch (error) {
      this.fail(`sent ${error instanceof Error ? error.message : String(error)}`);
    }
  }

  #logged(line: string, onLog: (line: string) => void): void {
    this.#lastLines.push(line);
    if (this.#lastLines.length > KEPT_STDERR_LINES) this.#lastLines.shift();
    onLog(line);
  }

  #dead(resolve: (how: string) => void, how: string): void {
    if (!this.#alive) return;
    this.#alive = false;
    resolve([this.#failure ?? how, ...this.#lastLines].join('\n'));
  }

  /** The group outlives its leader when the judge was killed from outside; whatever is left of it goes too. */
  #kill(): void {
    const { pid } = this.#child;
    if (pid === undefined) return;
    try {
      process.kill(-pid, 'SIGKILL');
    } catch {
      // No such group: it has ended already.
    }
  }
}
