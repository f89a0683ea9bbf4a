// Requests to the judge over one process: numbering, cancelling, and one retry on a new process after a death.

import { parseJudgeLine, type Hello, type JudgeReply } from '../protocol/judge.ts';
import { RepairError, throwIfStopped, type RepairErrorKind } from '../repair/errors.ts';
import { JudgeProcess, type Command } from './process.ts';

const MAX_REQUEST_BYTES = 4 * 1024 * 1024;

/** The first start probes every isolation tier by running something in it. */
const HELLO_MS = 60_000;
const HELLO_ID = 'hello';

export type ConnectionOptions = {
  readonly command: () => Promise<Command>;
  readonly onLog: (line: string) => void;
  /** Told of each new process; may throw to refuse it. */
  readonly onHello: (hello: Hello) => void;
  /** What the user can do when the judge does not work. */
  readonly nextStep: string;
};

export type Request<T> = {
  readonly op: string;
  /** The rest of the line. */
  readonly body: Readonly<Record<string, unknown>>;
  /** Gives the result at the reply that completes the request, null before it. */
  readonly pick: (reply: JudgeReply) => T | null;
  /** What it means when the judge answers with an error. */
  readonly refused: RepairErrorKind;
};

type Pending = {
  readonly line: string;
  readonly take: (reply: JudgeReply) => void;
  readonly fail: (error: Error) => void;
  /** The process that it was sent to, if any. */
  sentTo: JudgeProcess | null;
  retried: boolean;
};

type Running = { readonly process: JudgeProcess; readonly hello: Hello };

export class Connection {
  readonly #options: ConnectionOptions;
  readonly #pending = new Map<string, Pending>();
  #running: Promise<Running> | null = null;
  #process: JudgeProcess | null = null;
  #greeted: ((hello: Hello | RepairError) => void) | null = null;
  #count = 0;
  /** Counts disposals, so that a start under way notices one. */
  #life = 0;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  get pid(): number | null {
    return this.#process?.alive ? (this.#process.pid ?? null) : null;
  }

  async hello(signal: AbortSignal): Promise<Hello> {
    throwIfStopped(signal);
    const { hello } = await this.#ensure();
    throwIfStopped(signal);
    return hello;
  }

  /** What `pick` gave. Rejects with RepairError: stopped, refused, or the judge does not work. */
  async request<T>(request: Request<T>, signal: AbortSignal): Promise<T> {
    throwIfStopped(signal);
    this.#count += 1;
    const id = `r${this.#count}`;
    const line = JSON.stringify({ op: request.op, id, ...request.body });
    if (Buffer.byteLength(line) > MAX_REQUEST_BYTES) {
      throw new RepairError(
        'unsupported',
        'This file or answer is larger than 4 MB, more than the judge takes at once.',
      );
    }
    return new Promise<T>((resolve, reject) => {
      const stop = (): void => this.#cancel(id);
      const done = (): void => {
        this.#pending.delete(id);
        signal.removeEventListener('abort', stop);
      };
      const fail = (error: Error): void => {
        done();
        reject(error);
      };
      const take = (reply: JudgeReply): void => {
        if (reply.event === 'error') return fail(new RepairError(request.refused, reply.message));
        const result = request.pick(reply);
        if (result === null) return;
        done();
        resolve(result);
      };
      signal.addEventListener('abort', stop, { once: true });
      this.#pending.set(id, { line, take, fail, sentTo: null, retried: false });
      void this.#send(id);
    });
  }

  /** Ends the process group. Requests in flight are stopped. */
  async dispose(): Promise<void> {
    this.#life += 1;
    this.#running = null;
    const process = this.#process;
    this.#process = null;
    for (const { fail } of this.#pending.values()) fail(new RepairError('stopped', 'Stopped.'));
    await process?.stop();
  }

  async #send(id: string): Promise<void> {
    try {
      const { process } = await this.#ensure();
      const pending = this.#pending.get(id);
      if (!pending) return;
      pending.sentTo = process;
      process.send(pending.line);
    } catch (error) {
      this.#pending.get(id)?.fail(error instanceof Error ? error : new Error(String(error)));
    }
  }

  #cancel(id: string): void {
    const pending = this.#pending.get(id);
    if (pending?.sentTo?.alive) pending.sentTo.send(JSON.stringify({ op: 'cancel', id }));
    pending?.fail(new RepairError('stopped', 'Stopped.'));
  }

  #ensure(): Promise<Running> {
    if (this.#running) return this.#running;
    const starting = this.#start();
    this.#running = starting;
    // A failed start is tried anew by the next request.
    starting.catch(() => {
      if (this.#running === starting) this.#running = null;
    });
    return starting;
  }

  async #start(): Promise<Running> {
    const life = this.#life;
    const command = await this.#options.command();
    if (life !== this.#life) throw new RepairError('stopped', 'Stopped.');
    const process: JudgeProcess = new JudgeProcess(command, {
      onLine: (line) => this.#take(process, line),
      onLog: this.#options.onLog,
    });
    this.#process = process;
    try {
      const hello = await this.#greet(process);
      this.#options.onHello(hello);
      void process.ended.then((how) => this.#died(process, how));
      return { process, hello };
    } catch (error) {
      if (this.#process === process) this.#process = null;
      await process.stop();
      throw error;
    }
  }

  async #greet(process: JudgeProcess): Promise<Hello> {
    const greeting = new Promise<Hello | RepairError>((resolve) => {
      this.#greeted = resolve;
    });
    process.send(JSON.stringify({ op: 'hello', id: HELLO_ID, v: 1 }));
    const late = new AbortController();
    const timeout = new Promise<string>((resolve) => {
      const timer = setTimeout(() => resolve(`did not answer within ${HELLO_MS / 1000} s`), HELLO_MS);
      late.signal.addEventListener('abort', () => clearTimeout(timer));
    });
    const first = await Promise.race([greeting, process.ended, timeout]);
    late.abort();
    if (typeof first === 'string') throw this.#unavailable(first);
    if (first instanceof RepairError) throw first;
    return first;
  }

  #take(process: JudgeProcess, line: string): void {
    let parsed;
    try {
      parsed = parseJudgeLine(line);
    } catch (error) {
      // A judge that cannot be understood is as good as dead: its requests get their one retry.
      process.fail(`sent a line that cannot be read: ${error instanceof Error ? error.message : String(error)}`);
      return;
    }
    const { id } = parsed;
    if (id === HELLO_ID && parsed.event === 'hello') this.#greeted?.(parsed.hello);
    // The judge works, but there is nothing to isolate the programs with; it says so itself, with the next step.
    if (id === HELLO_ID && parsed.event === 'error') this.#greeted?.(new RepairError('no-isolation', parsed.message));
    // Lines of cancelled requests go on for a moment; nobody waits for them.
    if (id !== null) this.#pending.get(id)?.take(parsed);
  }

  #died(process: JudgeProcess, how: string): void {
    if (this.#process === process) {
      this.#process = null;
      this.#running = null;
    }
    for (const [id, pending] of this.#pending) {
      if (pending.sentTo !== process) continue;
      if (pending.retried) pending.fail(this.#unavailable(how));
      else {
        pending.retried = true;
        pending.sentTo = null;
        void this.#send(id);
      }
    }
  }

  #unavailable(how: string): RepairError {
    return new RepairError('judge-unavailable', `The judge ${how}\n${this.#options.nextStep}`);
  }
}
