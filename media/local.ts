// What the page itself knows beside the snapshot: where the keyboard stands, what is pointed at, which turns are folded.

import type { PanelSession } from '../src/protocol/panel.ts';
import { arranged, type Arrangement } from './arrange.ts';

export type Place = { readonly row: string; readonly column: number };

export type Local = Arrangement & {
  /** The cell in the tab order. */
  readonly focus: Place;
  /** The cell under the mouse or the keyboard, explained below the grid. */
  readonly point: Place | null;
  /** Why the last key did nothing; gone with the next move. */
  readonly notice: string | null;
  /** Turns that the user opened or closed. */
  readonly toggled: Readonly<Record<number, boolean>>;
  /** Milliseconds since the snapshot arrived. */
  readonly since: number;
};

export const START: Local = {
  order: 'found',
  show: 'all',
  focus: { row: 'baseline', column: 0 },
  point: null,
  notice: null,
  toggled: {},
  since: 0,
};

/** Above this many rows the older turns begin folded. */
const MANY_ROWS = 14;

export function isOpen(session: PanelSession, local: Local, turn: number): boolean {
  const toggled = local.toggled[turn];
  if (toggled !== undefined) return toggled;
  if (turn === session.rounds.at(-1)?.number) return true;
  return session.rounds.reduce((sum, round) => sum + round.rows.length, 0) <= MANY_ROWS;
}

/** The rows of the grid that can be seen, from top to bottom. */
export function visibleRows(session: PanelSession, local: Local): readonly string[] {
  const turns = session.rounds.flatMap((round) => {
    const rows = isOpen(session, local, round.number) ? arranged(round.rows, local).map((row) => row.id) : [];
    return [`turn-${round.number}`, ...rows];
  });
  return ['head', 'baseline', ...turns];
}
