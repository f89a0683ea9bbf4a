// Short words about a session for the status bar and for messages. Pure.

import type { Session } from '../repair/session.ts';

/** `turn 2/3, 4 of 5 judged`. */
export function statusWords(session: Session): string {
  const turn = session.turns.at(-1);
  if (!turn) return session.baseline === null ? 'running your tests' : 'waiting for the server';
  const turns = Math.max(session.options.turns, turn.number);
  const judged = turn.candidates.filter((candidate) => candidate.state === 'judged').length;
  return `turn ${turn.number}/${turns}, ${judged} of ${session.options.candidates} judged`;
}

/** A name for a new session that sorts by time and is a safe file name. */
export function sessionId(at: Date, random: number): string {
  const time = at.toISOString().replaceAll(/[-:]/g, '').replace('T', '-').slice(0, 15);
  const tail = Math.floor(random * 36 ** 4).toString(36);
  return `${time}-${tail.padStart(4, '0')}`;
}
