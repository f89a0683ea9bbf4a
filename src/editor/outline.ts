// The content of the panel as a tree of words, for screen readers and for those who like trees. Pure; tree.ts shows it.

import type { Cell, PanelFailure, PanelRow, PanelSession, PanelSnapshot, PanelTurn } from '../protocol/panel.ts';
import { refusal, type RowAction } from '../protocol/refusal.ts';
import { CELLS, JUDGED, OUTCOMES, TIERS, scoreWords, stateWords } from '../protocol/words.ts';
import { detailOf } from '../protocol/detail.ts';
import { visibleLine } from '../protocol/visible.ts';
import type { Session } from '../repair/session.ts';

export type Icon =
  | 'verified'
  | 'unverified'
  | 'failing'
  | 'running'
  | 'waiting'
  | 'stopped'
  | 'info'
  | Exclude<Cell, 'running' | 'waiting'>;

export type Node = {
  /** The same for the same thing in every outline, so that what is open stays open. */
  readonly id: string;
  readonly label: string;
  readonly description: string;
  /** More than the description holds, for the tooltip. */
  readonly whole: string | null;
  /** The whole in one sentence, for screen readers. */
  readonly spoken: string;
  readonly icon: Icon | null;
  readonly state: 'open' | 'closed' | 'leaf';
  /** What can be done with it, as words that menus look for. */
  readonly can: readonly (RowAction | 'stop' | 'cancel' | 'log')[];
  readonly session: string | null;
  /** The candidate, or the queued repair where it waits. */
  readonly target: string | null;
  readonly children: () => readonly Node[];
};

/** `session` is the one in the snapshot; the texts of its failures are taken from it when a node is opened. */
export function outline(snapshot: PanelSnapshot, session: Session | null): readonly Node[] {
  const shown = snapshot.session;
  return [
    ...(snapshot.error === null
      ? []
      : [node('error', snapshot.error, { icon: 'fail', spoken: `Error: ${snapshot.error}`, can: ['log'] })]),
    ...(snapshot.activity === null || shown?.running
      ? []
      : [node('activity', snapshot.activity, { icon: 'running', can: ['stop'] })]),
    ...(shown && session ? [sessionNode(shown, session)] : []),
    ...snapshot.queue.map(({ id, label }) =>
      node(`queue-${id}`, label, { icon: 'waiting', description: 'waiting', can: ['cancel'], target: id }),
    ),
  ];
}

function sessionNode(shown: PanelSession, session: Session): Node {
  const outcome = shown.outcome === null ? (shown.running ? shown.activity : 'Not finished') : OUTCOMES[shown.outcome];
  const icon: Icon = shown.running
    ? 'running'
    : shown.outcome === 'solved'
      ? 'verified'
      : shown.outcome === 'failed'
        ? 'fail'
        : 'stopped';
  const rows = (): readonly Node[] => [
    ...(shown.message === '' ? [] : [node(`${shown.id}/message`, shown.message, { icon: 'info' })]),
    node(`${shown.id}/where`, whereOf(shown), { icon: 'info' }),
    ...(shown.run.length === 0 ? [] : [runNode(shown)]),
    rowNode(shown, session, shown.baseline),
    ...shown.rounds.map((round) => turnNode(shown, session, round)),
  ];
  return node(shown.id, shown.label, {
    description: `${shown.file} · ${outcome}`,
    spoken: `${shown.task} of ${shown.label} in ${shown.file}: ${outcome}. ${shown.message}`,
    icon,
    state: 'open',
    can: shown.running ? ['stop'] : [],
    session: shown.id,
    children: rows,
  });
}

function whereOf(shown: PanelSession): string {
  const tier = shown.tier === null ? 'sandbox not used yet' : `${shown.tier}: ${TIERS[shown.tier]}`;
  return [shown.model, shown.selection, tier].filter((part) => part !== '').join(' · ');
}

function runNode(shown: PanelSession): Node {
  const facts = shown.run.map(({ name, value, whole }, i) =>
    node(`${shown.id}/run-${i}`, name, { description: value, whole, spoken: `${name}: ${value}` }),
  );
  const [first, second] = shown.run;
  const description = [first?.value, second?.value].filter(Boolean).join(', ');
  const about = { description, spoken: `Run: ${description}`, icon: 'info', state: 'closed' } as const;
  return node(`${shown.id}/run`, 'Run', { ...about, children: () => facts });
}

function turnNode(shown: PanelSession, session: Session, round: PanelTurn): Node {
  const pick = round.pick === null ? 'no pick yet' : `pick ${round.pick.candidate} ${round.pick.reason}`;
  const from = round.from === null ? '' : `goes on from ${round.from}, `;
  return node(`${shown.id}/turn-${round.number}`, `Turn ${round.number}`, {
    description: pick,
    spoken: `Turn ${round.number} of ${shown.turns}, ${from}${round.rows.length} distinct programs, ${pick}`,
    icon: null,
    state: round.number === shown.turn ? 'open' : 'closed',
    session: shown.id,
    children: () => round.rows.map((row) => rowNode(shown, session, row)),
  });
}

function rowNode(shown: PanelSession, session: Session, row: PanelRow): Node {
  const name = row.id === 'baseline' ? 'Your code' : row.id;
  const facts = [
    row.pick && '★ pick',
    stateWords(row),
    row.copies.length > 1 && `found ${row.copies.length} times`,
    row.sameAs !== null && `same as ${row.sameAs === 'baseline' ? 'your code' : row.sameAs}`,
    row.mark === 'verified' && verifiedFact(shown, row),
    row.mark === 'unverified' && 'not verified',
    row.judged,
    row.score !== null && `verifier: ${scoreWords(row.score)}`,
    row.truncated && 'answer cut off',
  ].filter((fact) => typeof fact === 'string');
  const actions = ['diff', 'apply', 'turn'] as const;
  return node(`${shown.id}/${row.id}`, name, {
    description: facts.join(' · '),
    spoken: `${name}: ${facts.join(', ').replace('★ pick', 'the pick')}`,
    icon:
      row.mark === 'none' ? (row.state === 'unfinished' ? 'stopped' : shown.running ? 'running' : 'waiting') : row.mark,
    state: 'closed',
    can: actions.filter((action) => refusal(shown, row, action) === null),
    session: shown.id,
    target: row.id,
    children: () => resultNodes(shown, session, row),
  });
}

function verifiedFact({ final }: PanelSession, row: PanelRow): string {
  const speaks = final !== null && row.copies.includes(final.candidate) && final.words.startsWith('fixes');
  return speaks ? `verified, ${final.words}` : 'verified';
}

function resultNodes(shown: PanelSession, session: Session, row: PanelRow): readonly Node[] {
  const detail = detailOf(session, row);
  const base = `${shown.id}/${row.id}`;
  const tests = row.cells.map((cell, i) => {
    const test = shown.tests[i];
    const failure = detail.failures.find((one) => one.test === test?.id);
    const why = failure ? whyOf(failure) : [];
    const { word } = CELLS[cell];
    const label = `${test?.name ?? ''} ${word}`;
    const whole = test && test.name !== test.label ? test.id : null;
    const description = visibleLine([...why, test?.source ?? ''].join(' · '), 300);
    const doubtful = cell === 'pass' && !row.trusted;
    const icon = cell === 'running' || cell === 'waiting' ? 'waiting' : doubtful ? 'unverified' : cell;
    return node(`${base}/${test?.id ?? i}`, label, { description, whole, spoken: `${label}: ${description}`, icon });
  });
  const tamper = detail.tamper === null ? null : `Games its tests: ${detail.tamper}`;
  const reasons = [detail.trouble, tamper, detail.unverified, row.judged && JUDGED[row.judged]].filter(
    (one) => typeof one === 'string',
  );
  return [...reasons.map((reason, i) => node(`${base}/why-${i}`, reason, { icon: 'info' })), ...tests];
}

function whyOf({ expected, got, error }: PanelFailure): readonly string[] {
  return [
    ...(expected === null ? [] : [`expected ${expected}`]),
    ...(got === null ? [] : [`got ${got}`]),
    ...(error === null ? [] : [error]),
  ];
}

function node(id: string, label: string, rest: Partial<Omit<Node, 'id' | 'label'>>): Node {
  const plain = {
    description: '',
    whole: null,
    spoken: label,
    icon: null,
    state: 'leaf',
    can: [],
    session: null,
    target: null,
  } as const;
  return { id, label, ...plain, children: () => [], ...rest };
}
