// Where the keys lead within the grid. Pure: a place and a key to the next place.

import type { PanelSession } from '../src/protocol/panel.ts';
import { visibleRows, type Local, type Place } from './local.ts';
import { columnCount } from './matrix.ts';

/** What a key does on a candidate's row. Stop has none: it would be hit by accident. */
export const ROW_KEYS: Readonly<Record<string, 'diff' | 'apply' | 'turn'>> = {
  Enter: 'diff',
  a: 'apply',
  A: 'apply',
  t: 'turn',
  T: 'turn',
};

const PAGE_ROWS = 10;

/** The cell that the key leads to; null where the key does not move. `far` is Ctrl or Cmd. */
export function moved(session: PanelSession, local: Local, key: string, far: boolean): Place | null {
  const rows = visibleRows(session, local);
  const { row, column } = local.focus;
  const at = Math.max(0, rows.indexOf(row));
  const last = rows.length - 1;
  const to = (index: number): Place => ({ row: rows[Math.min(last, Math.max(0, index))] ?? 'baseline', column });
  const end = columnCount(session) - 1;
  switch (key) {
    case 'ArrowDown':
      return to(at + 1);
    case 'ArrowUp':
      return to(at - 1);
    case 'PageDown':
      return to(at + PAGE_ROWS);
    case 'PageUp':
      return to(at - PAGE_ROWS);
    case 'ArrowRight':
      return isTurn(row) ? null : { row, column: Math.min(end, column + 1) };
    case 'ArrowLeft':
      return isTurn(row) ? null : { row, column: Math.max(0, column - 1) };
    case 'Home':
      return far ? { row: rows[0] ?? row, column: 0 } : { row, column: 0 };
    case 'End':
      return far ? { row: rows[last] ?? row, column: end } : { row, column: end };
    default:
      return null;
  }
}

export function isTurn(row: string): boolean {
  return row.startsWith('turn-');
}

/** The cell to stand on after the rows changed: the same one, the row that its program was folded into, or its turn. */
export function kept(session: PanelSession, local: Local): Place {
  const { row, column } = local.focus;
  const rows = visibleRows(session, local);
  const place = { row, column: Math.min(column, columnCount(session) - 1) };
  if (rows.includes(row)) return place;
  const all = session.rounds.flatMap((round) => round.rows.map((one) => ({ turn: round.number, one })));
  const into = all.find(({ one }) => one.copies.includes(row));
  if (into && rows.includes(into.one.id)) return { ...place, row: into.one.id };
  if (into) return { row: `turn-${into.turn}`, column: 0 };
  const shown = session.detail?.row.id ?? 'baseline';
  return { row: rows.includes(shown) ? shown : 'baseline', column: 0 };
}
