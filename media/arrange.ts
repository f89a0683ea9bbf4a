// Which rows of a turn are shown and in which order, and the buttons that choose it. Only the view changes, never the pick.

import type { PanelRow, PanelTurn } from '../src/protocol/panel.ts';
import { h, type VNode } from './dom.ts';

export type Order = 'found' | 'tests' | 'score' | 'time';
export type Show = 'all' | 'distinct' | 'passing';

export type Arrangement = { readonly order: Order; readonly show: Show };

type Choice = { readonly text: string; readonly means: string };

const ORDERS: Readonly<Record<Order, Choice>> = {
  found: { text: 'found', means: 'In the order in which the answers were asked for' },
  tests: { text: 'tests', means: 'Most tests passed first' },
  score: { text: 'score', means: 'Highest verifier score first' },
  time: { text: 'time', means: 'Quickest answer first' },
};

const SHOWN: Readonly<Record<Show, Choice>> = {
  all: { text: 'all', means: 'Every row' },
  distinct: { text: 'distinct', means: 'Each program once: none that an earlier turn brought, no answer without code' },
  passing: { text: 'passing', means: 'Only programs that pass every test' },
};

/** The rows that are shown, in their order; what has no value to order by goes last, as it was found. */
export function arranged(rows: readonly PanelRow[], { order, show }: Arrangement): readonly PanelRow[] {
  const kept = rows.filter((row) => isShown(row, show));
  if (order === 'found') return kept;
  return kept.toSorted((a, b) => compared(keyOf(b, order), keyOf(a, order)));
}

/** The message with what the name stands for, if it is one: from a button, or from a page's memory. */
export function orderOf(value: unknown): Order | null {
  return named(ORDERS, value);
}

export function showOf(value: unknown): Show | null {
  return named(SHOWN, value);
}

/** What a screen reader is told after a choice. */
export function arrangedWords(rounds: readonly PanelTurn[], arrangement: Arrangement): string {
  const all = rounds.reduce((sum, round) => sum + round.rows.length, 0);
  const shown = rounds.reduce((sum, round) => sum + arranged(round.rows, arrangement).length, 0);
  return `${ORDERS[arrangement.order].means}. ${shown} of ${all} rows are shown.`;
}

export function toolbar({ order, show }: Arrangement): VNode {
  return h(
    'div',
    { class: 'arrange', key: 'arrange' },
    group('Order', 'order', ORDERS, order),
    group('Show', 'show', SHOWN, show),
  );
}

function group(label: string, action: string, choices: Readonly<Record<string, Choice>>, chosen: string): VNode {
  const buttons = Object.entries(choices).map(([value, { text, means }]) =>
    h(
      'button',
      {
        type: 'button',
        key: value,
        class: 'choice',
        title: means,
        'data-action': action,
        'data-value': value,
        'aria-pressed': String(value === chosen),
      },
      text,
    ),
  );
  return h(
    'div',
    { role: 'group', 'aria-label': label, key: action },
    h('span', { 'aria-hidden': 'true' }, `${label}:`),
    buttons,
  );
}

function isShown(row: PanelRow, show: Show): boolean {
  if (show === 'passing') return row.mark === 'verified' || row.mark === 'unverified';
  return show === 'all' || (row.sameAs === null && (row.hasCode || row.state !== 'judged'));
}

/** Higher goes first. */
function keyOf(row: PanelRow, order: Exclude<Order, 'found'>): readonly number[] {
  switch (order) {
    case 'tests':
      return row.state === 'judged' ? [row.mark === 'verified' ? 1 : 0, row.passed] : [];
    case 'score':
      return row.score === null ? [] : [row.score.value];
    case 'time':
      return row.sampledMs === null ? [] : [-row.sampledMs];
  }
}

/** No key is less than any. */
function compared(a: readonly number[], b: readonly number[]): number {
  if (a.length !== b.length) return a.length - b.length;
  return a.map((left, i) => left - (b[i] ?? 0)).find((difference) => difference !== 0) ?? 0;
}

function named<T extends string>(choices: Readonly<Record<T, Choice>>, value: unknown): T | null {
  return (Object.keys(choices) as T[]).find((one) => one === value) ?? null;
}
