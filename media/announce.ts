// What a screen reader is told while a repair runs: whole sentences, at most one in a few seconds, the end at once.

import type { PanelSnapshot } from '../src/protocol/panel.ts';
import { OUTCOMES } from '../src/protocol/words.ts';

/** Least milliseconds between two sentences of progress. */
const QUIET_MS = 5000;

/** Where the session stands, in one sentence; `last` where nothing will follow. */
export function standing(snapshot: PanelSnapshot): { readonly text: string; readonly last: boolean } {
  const { session } = snapshot;
  if (session === null) return { text: snapshot.activity ?? '', last: false };
  if (!session.running && session.outcome !== null) {
    return { text: `${OUTCOMES[session.outcome]}. ${session.message}`, last: true };
  }
  const rows = session.rounds.at(-1)?.rows.filter((row) => row.state === 'judged') ?? [];
  if (session.turn === 0 || rows.length === 0) return { text: session.activity, last: false };
  const best = rows.reduce((most, row) => Math.max(most, row.passed), 0);
  const judged = rows.reduce((sum, row) => sum + row.copies.length, 0);
  const text = `Turn ${session.turn}: ${judged} judged, the best passes ${best} of ${session.baseline.total} tests.`;
  return { text, last: false };
}

export class Announcer {
  readonly #region: Element;
  readonly #now: () => number;
  #said = '';
  #at = Number.NEGATIVE_INFINITY;
  /** What is said when the pause is over. */
  #pending: { readonly text: string; readonly timer: ReturnType<typeof setTimeout> } | null = null;

  constructor(region: Element, now: () => number) {
    this.#region = region;
    this.#now = now;
  }

  /** Says the text now if it is urgent or nothing was said lately, else the newest text when the pause is over. */
  say(text: string, urgent: boolean): void {
    if (text === '') return;
    this.#forget();
    if (text === this.#said) return;
    const wait = urgent ? 0 : this.#at + QUIET_MS - this.#now();
    if (wait > 0) this.#later(text, wait);
    else this.#speak(text);
  }

  /** Says at once what answers a choice or a key; the progress that waits to be told waits on. */
  remark(text: string): void {
    const waiting = this.#pending?.text ?? '';
    this.say(text, true);
    this.#forget();
    if (waiting !== '') this.#later(waiting, QUIET_MS);
  }

  #later(text: string, wait: number): void {
    this.#pending = { text, timer: setTimeout(() => this.say(text, true), wait) };
  }

  #forget(): void {
    if (this.#pending !== null) clearTimeout(this.#pending.timer);
    this.#pending = null;
  }

  #speak(text: string): void {
    this.#said = text;
    this.#at = this.#now();
    this.#region.textContent = text;
  }
}
