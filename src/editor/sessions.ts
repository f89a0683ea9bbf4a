// The sessions of this window: the one that is shown, the one that runs, and those that wait. It knows no widgets and no files.

import * as vscode from 'vscode';

import { Owner } from '../own.ts';
import { RepairError } from '../repair/errors.ts';
import type { SessionEvent } from '../repair/events.ts';
import { repair, type Continuation, type Ports } from '../repair/loop.ts';
import { begin, step, type Session } from '../repair/session.ts';

/** What a queued repair turns into when its turn has come. */
export type Run = {
  /** The `session` event of a new session, or an ended session that goes on. */
  readonly start: Extract<SessionEvent, { type: 'session' }> | Session;
  readonly ports: Ports;
  readonly continuation: Continuation | null;
};

/** Called when nothing else runs; may connect and start a server, and says what it waits for. Ends when the signal is aborted. */
export type Prepare = (signal: AbortSignal, report: (message: string) => void) => Promise<Run>;

export type Queued = { readonly id: string; readonly label: string };

export type Recorded = { readonly session: Session; readonly event: SessionEvent };

type Waiting = Queued & { readonly prepare: Prepare; readonly settle: (result: Settled) => void };

type Settled = { readonly session: Session | null; readonly error?: unknown };

type Active = {
  readonly label: string;
  readonly stop: AbortController;
  id: string | null;
  since: number;
  waits: string;
};

/** Least milliseconds between two change events: the panel redraws at most this often. */
const QUIET_MS = 30;

/** Sessions of this window that are kept in memory besides the shown one. */
const REMEMBERED = 20;

export class Sessions extends Owner {
  readonly #change = this.own(new vscode.EventEmitter<void>());
  readonly #record = this.own(new vscode.EventEmitter<Recorded>());
  readonly #known = new Map<string, Session>();
  readonly #waiting: Waiting[] = [];
  #shown: string | null = null;
  #active: Active | null = null;
  #timer: NodeJS.Timeout | null = null;
  #count = 0;

  /** Something to show has changed. Fired at most every QUIET_MS. */
  readonly onDidChange = this.#change.event;

  /** Every event of the running session, at once. */
  readonly onDidRecord = this.#record.event;

  /** The session that the panel shows: the running one, unless another one was opened from the history. */
  get current(): Session | null {
    return this.#shown === null ? null : (this.#known.get(this.#shown) ?? null);
  }

  /** The session that runs; null also while a repair is still being prepared. */
  get running(): Session | null {
    const id = this.#active?.id ?? null;
    return id === null ? null : (this.#known.get(id) ?? null);
  }

  /** What is being prepared or runs, in words. */
  get activity(): string | null {
    if (this.#active === null) return null;
    return this.#active.waits === '' ? this.#active.label : `${this.#active.label}: ${this.#active.waits}`;
  }

  /** When the run of the shown session began, in milliseconds since 1970; null when it does not run. */
  get runningSince(): number | null {
    return this.#active !== null && this.#active.id !== null && this.#active.id === this.#shown
      ? this.#active.since
      : null;
  }

  get queued(): readonly Queued[] {
    return this.#waiting.map(({ id, label }) => ({ id, label }));
  }

  /** Runs the repair now, or after those before it. The ended session; null when it was cancelled before it began. */
  async enqueue(label: string, prepare: Prepare): Promise<Session | null> {
    this.#count += 1;
    const id = `q${this.#count}`;
    const settled = new Promise<Settled>((settle) => {
      this.#waiting.push({ id, label, prepare, settle });
    });
    this.#changed();
    void this.#next();
    const { session, error } = await settled;
    if (error !== undefined) throw error;
    return session;
  }

  /** Ends the running repair; the next one in the queue begins. */
  stop(): void {
    this.#active?.stop.abort();
  }

  cancelQueued(id: string): void {
    const at = this.#waiting.findIndex((one) => one.id === id);
    if (at < 0) return;
    for (const cancelled of this.#waiting.splice(at, 1)) cancelled.settle({ session: null });
    this.#changed();
  }

  /** Puts a session on show, for example one from the history. */
  show(session: Session): void {
    if (this.#known.get(session.id) === undefined) this.#remember(session);
    this.#shown = session.id;
    this.#changed();
  }

  /** Takes a deleted session off the screen. */
  forget(id: string): void {
    if (id === this.#active?.id) return;
    this.#known.delete(id);
    if (this.#shown === id) this.#shown = null;
    this.#changed();
  }

  /** Tells the listeners that something outside the sessions has to be shown anew. */
  touch(): void {
    this.#changed();
  }

  find(id: string): Session | null {
    return this.#known.get(id) ?? null;
  }

  /** Fulfilled when nothing runs and nothing waits. */
  async idle(): Promise<void> {
    while (this.#active !== null || this.#waiting.length > 0) {
      await new Promise<void>((resolve) => {
        const listening = this.#change.event(() => {
          listening.dispose();
          resolve();
        });
      });
    }
  }

  override dispose(): void {
    for (const { id } of this.queued) this.cancelQueued(id);
    this.stop();
    if (this.#timer) clearTimeout(this.#timer);
    super.dispose();
  }

  async #next(): Promise<void> {
    if (this.#active !== null) return;
    const next = this.#waiting.shift();
    if (!next) return;
    const active: Active = { label: next.label, stop: new AbortController(), id: null, since: 0, waits: '' };
    this.#active = active;
    this.#changed();
    const settled = await this.#perform(next.prepare, active).catch((error: unknown) => ({ session: null, error }));
    this.#active = null;
    this.#changed();
    next.settle(settled);
    void this.#next();
  }

  async #perform(prepare: Prepare, active: Active): Promise<Settled> {
    const { signal } = active.stop;
    let run: Run;
    try {
      run = await prepare(signal, (message) => {
        active.waits = message;
        this.#changed();
      });
    } catch (error) {
      if (signal.aborted) return { session: null };
      throw error;
    }
    if (signal.aborted) return { session: null };
    const { start, ports, continuation } = run;
    const session = 'type' in start ? begin(start) : (this.find(start.id) ?? start);
    if (session.outcome === null && !('type' in start)) {
      throw new RepairError('unsupported', 'This session has not ended yet. Wait for its end or stop it first.');
    }
    active.id = session.id;
    active.since = Date.now();
    active.waits = '';
    this.#remember(session);
    this.#shown = session.id;
    if ('type' in start) this.#recorded(session, start);
    const emit = (event: SessionEvent): void => this.#recorded(step(this.find(session.id) ?? session, event), event);
    return { session: await repair(session, ports, emit, signal, continuation) };
  }

  #recorded(session: Session, event: SessionEvent): void {
    this.#remember(session);
    this.#record.fire({ session, event });
    this.#changed();
  }

  #remember(session: Session): void {
    this.#known.set(session.id, session);
    for (const id of this.#known.keys()) {
      if (this.#known.size <= REMEMBERED) return;
      if (id !== this.#shown && id !== this.#active?.id && id !== session.id) this.#known.delete(id);
    }
  }

  #changed(): void {
    if (this.#timer) return;
    this.#timer = setTimeout(() => {
      this.#timer = null;
      this.#change.fire();
    }, QUIET_MS);
  }
}
