// Kept sessions: one JSONL file of loop events each, within a size cap. Knows files and events, no widgets.

import { appendFile, mkdir, open, readdir, readFile, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';

import { parseEvent, parseEvents } from '../protocol/events.ts';
import type { Outcome, SessionEvent } from '../repair/events.ts';
import { RepairError } from '../repair/errors.ts';
import { replay, type Session } from '../repair/session.ts';
import { surplus, type Kept } from './retention.ts';

/** One session keeps at most this much; later events of it are dropped, its end is always kept. */
const MAX_SESSION_BYTES = 5 * 1024 * 1024;

/** Read at a time until the first event (the problem) is whole; enough for the last event. */
const HEAD_BYTES = 256 * 1024;
const TAIL_BYTES = 16 * 1024;

const NAME = /^[\w-]+\.jsonl$/;

type Log = { info(line: string): void };

export type Summary = {
  readonly id: string;
  readonly at: string;
  readonly label: string;
  readonly file: string;
  /** null where the file ends before the session does: the window was closed or crashed. */
  readonly outcome: Outcome | null;
  readonly message: string;
  readonly bytes: number;
};

export class SessionStore {
  readonly #folder: string;
  readonly #maxBytes: () => number;
  readonly #log: Log;
  /** Bytes kept so far of the sessions that are being written. */
  readonly #bytes = new Map<string, number>();
  #writing: Promise<void> = Promise.resolve();

  constructor(folder: string, maxBytes: () => number, log: Log) {
    this.#folder = folder;
    this.#maxBytes = maxBytes;
    this.#log = log;
  }

  /** Keeps one event. Writes are in order; a disk that refuses them is reported in the log and loses history only. */
  append(id: string, event: SessionEvent): void {
    if (event.type === 'progress') return;
    this.#writing = this.#writing
      .then(() => this.#write(id, event))
      .catch((error: unknown) => this.#log.info(`The session ${id} could not be kept: ${String(error)}`));
  }

  /** Fulfilled when everything so far is on disk. */
  async settled(): Promise<void> {
    await this.#writing;
  }

  /** Newest first. Files that are none of ours or cannot be read at all are left out and named in the log. */
  async list(): Promise<readonly Summary[]> {
    await this.#writing;
    const found = await Promise.all((await this.#files()).map((file) => this.#summary(file)));
    return found.filter((one) => one !== null).toSorted((a, b) => b.at.localeCompare(a.at));
  }

  /** The session as far as its file can be read. Throws RepairError when nothing of it can. */
  async load(id: string): Promise<Session> {
    await this.#writing;
    const file = await readFile(this.#path(id), 'utf8').catch((error: unknown) => {
      throw new RepairError('unsupported', `The session ${id} is not kept any more.`, { cause: error });
    });
    const { events, unreadable } = parseEvents(file);
    const session = replay(events);
    if (!session) {
      throw new RepairError(
        'unsupported',
        `The file of session ${id} is damaged at its beginning. Delete it from the history.`,
      );
    }
    if (unreadable > 0)
      this.#log.info(`${unreadable} lines of session ${id} could not be read; the rest of it is shown.`);
    if (session.outcome !== null) return session;
    return {
      ...session,
      outcome: 'stopped',
      message: 'Its end was not kept: the window was closed, or the file is cut short.',
    };
  }

  async remove(id: string): Promise<void> {
    await this.#writing;
    this.#bytes.delete(id);
    await rm(this.#path(id), { force: true });
  }

  async #write(id: string, event: SessionEvent): Promise<void> {
    const line = `${JSON.stringify(event)}\n`;
    const before = this.#bytes.get(id) ?? (await readyForMore(this.#path(id)));
    const after = before + Buffer.byteLength(line);
    this.#bytes.set(id, after);
    if (after > MAX_SESSION_BYTES && event.type !== 'end') {
      if (before <= MAX_SESSION_BYTES)
        this.#log.info(`Session ${id} has reached 5 MB: from here on only its end is kept.`);
      return;
    }
    await mkdir(this.#folder, { recursive: true });
    await appendFile(this.#path(id), line);
    if (event.type !== 'end') return;
    this.#bytes.delete(id);
    await this.#prune(`${id}.jsonl`);
  }

  async #prune(spared: string): Promise<void> {
    for (const file of surplus(await this.#files(), this.#maxBytes(), spared)) {
      await rm(join(this.#folder, file.name), { force: true });
      this.#log.info(`Removed the kept session ${file.name} (${file.bytes} bytes): the history is full.`);
    }
  }

  async #files(): Promise<readonly Kept[]> {
    // No folder yet is an empty history.
    const names = (await readdir(this.#folder).catch(() => [])).filter((name) => NAME.test(name));
    return Promise.all(
      names.map(async (name) => {
        const { size, mtimeMs } = await stat(join(this.#folder, name));
        return { name, bytes: size, changed: mtimeMs };
      }),
    );
  }

  async #summary({ name, bytes }: Kept): Promise<Summary | null> {
    try {
      const [head, tail] = await ends(join(this.#folder, name), bytes);
      const first = parseEvent(head);
      if (first.type !== 'session') throw new TypeError('the first event is not a session');
      const last = lastEvent(tail);
      const ended = last?.type === 'end' ? last : null;
      const { id, at, origin } = first;
      const about = { id, at, label: origin.label, file: origin.file, bytes };
      return { ...about, outcome: ended?.outcome ?? null, message: ended?.message ?? '' };
    } catch (error) {
      this.#log.info(`The kept session ${name} cannot be read: ${String(error)}`);
      const id = name.replace(/\.jsonl$/, '');
      return { id, at: '', label: name, file: '', outcome: null, message: 'The file is damaged.', bytes };
    }
  }

  /** Ids come from the panel too; only those that we make lead to a file. */
  #path(id: string): string {
    if (!NAME.test(`${id}.jsonl`)) throw new RepairError('unsupported', `There is no session ${id}.`);
    return join(this.#folder, `${id}.jsonl`);
  }
}

/** The first line, however long, and the last bytes of a file. */
async function ends(path: string, bytes: number): Promise<readonly [string, string]> {
  const file = await open(path);
  try {
    const parts: Buffer[] = [];
    for (let at = 0; at < bytes && !parts.at(-1)?.includes(0x0a); at += HEAD_BYTES) {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, at);
      parts.push(buffer.subarray(0, bytesRead));
    }
    const length = Math.min(bytes, TAIL_BYTES);
    const tail = await file.read(Buffer.alloc(length), 0, length, bytes - length);
    const head = Buffer.concat(parts).toString('utf8');
    return [head.split('\n')[0] ?? '', tail.buffer.toString('utf8', 0, tail.bytesRead)];
  } finally {
    await file.close();
  }
}

function lastEvent(tail: string): SessionEvent | null {
  return parseEvents(tail).events.at(-1) ?? null;
}

/** Bytes of the file so far. A last line that a crash cut short is ended, so that the next one stands by itself. */
async function readyForMore(path: string): Promise<number> {
  const file = await open(path, 'r+').catch(() => null);
  // Not there yet.
  if (!file) return 0;
  try {
    const { size } = await file.stat();
    const { buffer } = await file.read(Buffer.alloc(1), 0, 1, Math.max(0, size - 1));
    if (size === 0 || buffer.toString() === '\n') return size;
    await file.write('\n', size);
    return size + 1;
  } finally {
    await file.close();
  }
}
