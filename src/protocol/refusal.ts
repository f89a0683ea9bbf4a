// Which action on a row makes sense now, and in the user's words why not. The panel and the tree ask; the extension checks again.

import { BASELINE } from '../repair/session.ts';
import type { PanelRow, PanelSession } from './panel.ts';

export type RowAction = 'diff' | 'apply' | 'turn';

/** Null where the action is possible, else the reason in one sentence. */
export function refusal(session: PanelSession, row: PanelRow, action: RowAction): string | null {
  if (row.id === BASELINE) return 'This is your code as it is. Select a candidate.';
  if (row.state === 'waiting' || row.state === 'streaming') return `${row.id} is still being written.`;
  if (row.state === 'unfinished' && !row.hasCode) return `${row.id} was not finished.`;
  if (action === 'turn') return session.readOnly ?? turnRefusal(session, row);
  if (!row.hasCode) return `${row.id} holds no code.`;
  if (action === 'apply' && session.readOnly !== null) return session.readOnly;
  if (action === 'apply' && row.sameAs === BASELINE) return `${row.id} is the same as your code.`;
  return null;
}

function turnRefusal(session: PanelSession, row: PanelRow): string | null {
  if (session.running) return 'This repair is still running. Stop it, or wait for its end, before another turn.';
  return row.state === 'judged' ? null : `${row.id} was not judged.`;
}
