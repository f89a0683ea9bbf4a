// The embedded server: `mucode serve` as a child of this process, with the model that the set-up prepared.

import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseAnnouncement, type Announcement } from '../protocol/gateway.ts';
import { LineReader } from '../protocol/lines.ts';
import { fields, text } from '../protocol/shape.ts';
import { RepairError, throwIfStopped } from '../repair/errors.ts';
import type { Connection } from './connection.ts';
import { descendantsOf } from './descendants.ts';

export type EmbeddedPaths = {
  /** Python of the server's environment, of SGLang's, and the model's folder. */
  readonly serverPython: string;
  readonly sglangPython: string;
  readonly model: string;
};

export type EmbeddedState =
  | { readonly state: 'stopped' }
  | { readonly state: 'starting'; readonly message: string }
  | { readonly state: 'ready'; readonly connection: Connection }
  | { readonly state: 'failed'; readonly message: string; readonly log: readonly string[] };

export type EmbeddedOptions = {
  readonly serverPy: string;
  readonly paths: EmbeddedPaths;
  readonly onState?: (state: EmbeddedState) => void;
  readonly onLog?: (line: string) => void;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** More arguments for `mucode serve`. */
  readonly args?: readonly string[];
};

const MAX_LINE = 1_000_000;
const KEPT_LINES = 30;

/** Stopping: the gateway is asked by closing its stdin; its own children end with it. After this it is killed. */
const GRACE_MS = 400;
const LAST_LINES_MS = 200;

/** Reads what `npm run setup` wrote. Throws RepairError when a part is missing. */
export async function readEmbeddedPaths(pathsFile: string): Promise<EmbeddedPaths> {
  try {
    const found = fields(JSON.parse(await readFile(pathsFile, 'utf8')), 'paths');
    return {
      serverPython: text(found['serverPython'], 'serverPython'),
      sglangPython: text(found['sglangPython'], 'sglangPython'),
      model: text(found['model'], 'model'),
    };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const next = 'Run `npm run setup -- --for demo`, then try again.';
    throw new RepairError('server-failed', `The embedded server is not set up (${why}). ${next}`, { cause: error });
  }
}

export class Embedded {
  readonly #options: EmbeddedOptions;
  readonly #lines: string[] = [];
  #state: EmbeddedState = { state: 'stopped' };
  #child: ChildProcessWithoutNullStreams | null = null;
  #ended: Promise<void> = Promise.resolve();
  #listening: { readonly url: string; readonly token: string } | null = null;

  readonly #watchers = new Set<(state: EmbeddedState) => void>();
  #stopping = false;

  constructor(options: EmbeddedOptions) {
    this.#options = options;
  }

  get state(): EmbeddedState {
    return this.#state;
  }

  get pid(): number | null {
    return this.#child?.pid ?? null;
  }

  /**
   * Starts the server, unless it runs, and waits until it can answer. Rejects with RepairError when it fails or the
   * signal is aborted; nothing runs any more then.
   */
  async start(signal: AbortSignal, onProgress: (message: string) => void = () => {}): Promise<Connection> {
    throwIfStopped(signal);
    if (this.#child === null) this.#spawn();
    try {
      return await this.#ready(signal, onProgress);
    } catch (error) {
      await this.stop();
      throw error;
    }
  }

  /** Ends the server and everything that it started, within about a second. */
  async stop(): Promise<void> {
    const child = this.#child;
    if (!child) return;
    this.#stopping = true;
    child.stdin.end();
    // A second word makes the gateway drop running answers at once.
    child.kill('SIGTERM');
    // The engine has a session of its own, and its keeper grants it longer than the user should wait.
    const timer = setTimeout(() => killTree(child), GRACE_MS);
    await this.#ended;
    clearTimeout(timer);
  }

  #ready(signal: AbortSignal, onProgress: (message: string) => void): Promise<Connection> {
    return new Promise((resolve, reject) => {
      const done = (): void => {
        this.#watchers.delete(look);
        signal.removeEventListener('abort', stop);
      };
      const fail = (error: RepairError): void => {
        done();
        reject(error);
      };
      const stop = (): void => fail(new RepairError('stopped', 'Stopped.'));
      const look = (state: EmbeddedState): void => {
        if (state.state === 'starting') onProgress(state.message);
        else if (state.state === 'failed') fail(new RepairError('server-failed', failureText(state)));
        else if (state.state === 'stopped') stop();
        else {
          done();
          resolve(state.connection);
        }
      };
      this.#watchers.add(look);
      signal.addEventListener('abort', stop, { once: true });
      look(this.#state);
    });
  }

  #spawn(): void {
    const { serverPy, paths, env = process.env, args = [] } = this.#options;
    const serve = ['-m', 'mucode', 'serve', '--stdin-owner', '--port', '0', '--drain-s', '0', ...args];
    this.#lines.length = 0;
    this.#listening = null;
    this.#stopping = false;
    this.#become({ state: 'starting', message: 'The embedded server is starting.' });
    // A killed engine leaves its sockets behind; in a folder of its own they go with it.
    const temporary = mkdtempSync(join(tmpdir(), 'mucode-embedded-'));
    const own = { PYTHONPATH: serverPy, MUCODE_MODEL: paths.model, MUCODE_SGLANG_PYTHON: paths.sglangPython };
    const child = spawn(paths.serverPython, serve, { detached: true, env: { ...env, ...own, TMPDIR: temporary } });
    this.#child = child;
    child.stdin.on('error', () => {});
    const out = new LineReader((line) => this.#announced(line), MAX_LINE);
    const log = new LineReader((line) => this.#logged(line), MAX_LINE);
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => out.take(chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => log.take(chunk));
    this.#ended = new Promise((resolve) => {
      const end = (how: string): void => {
        if (this.#child !== child) return;
        this.#child = null;
        rmSync(temporary, { recursive: true, force: true });
        this.#gone(how);
        resolve();
      };
      child.once('error', (error) => end(`could not be started: ${error.message}`));
      child.once('exit', (code, signal) => {
        // What it started may still hold its pipes; only their end brings the last lines.
        killGroup(child);
        const how = signal ? `was ended by ${signal}` : `ended with status ${code ?? '?'}`;
        const timer = setTimeout(() => end(how), LAST_LINES_MS);
        child.once('close', () => {
          clearTimeout(timer);
          end(how);
        });
      });
    });
  }

  #announced(line: string): void {
    let said: Announcement;
    try {
      said = parseAnnouncement(line);
    } catch {
      // Not one of ours: a library wrote to standard output.
      return this.#logged(line);
    }
    this.#take(said);
  }

  #take(said: Announcement): void {
    if (said.event === 'listening') {
      // Read at once, so that the next announcement finds it.
      this.#listening = { url: said.url, token: readFileSync(said.token_file, 'utf8').trim() };
    } else if (said.state === 'failed') {
      this.#become({ state: 'failed', message: said.message, log: said.log });
    } else if (said.state === 'starting') this.#become({ state: 'starting', message: said.message });
    else if (said.state === 'ready' && this.#listening) {
      const { url, token } = this.#listening;
      this.#become({ state: 'ready', connection: { url: `${url}/v1`, key: token, model: null } });
    }
  }

  #logged(line: string): void {
    this.#lines.push(line);
    if (this.#lines.length > KEPT_LINES) this.#lines.shift();
    this.#options.onLog?.(line);
  }

  #gone(how: string): void {
    if (this.#stopping) this.#become({ state: 'stopped' });
    // What the gateway said about its failure is worth more than how it ended.
    else if (this.#state.state !== 'failed') {
      this.#become({ state: 'failed', message: `The embedded server ${how}.`, log: [...this.#lines] });
    }
  }

  #become(state: EmbeddedState): void {
    this.#state = state;
    this.#options.onState?.(state);
    for (const watcher of this.#watchers) watcher(state);
  }
}

function failureText({ message, log }: Extract<EmbeddedState, { state: 'failed' }>): string {
  return [message, ...log.slice(-8)].join('\n');
}

function killTree(child: ChildProcessWithoutNullStreams): void {
  const below = child.pid === undefined ? [] : descendantsOf(child.pid);
  killGroup(child);
  for (const pid of below) {
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It has ended already.
    }
  }
}

/** The gateway leads a group of its own; what is left of it goes with it. */
function killGroup(child: ChildProcessWithoutNullStreams): void {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, 'SIGKILL');
  } catch {
    // No such group: it has ended already.
  }
}
