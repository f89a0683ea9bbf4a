// The matrix of candidates × tests as one grid: the user's code first, then each turn with its distinct candidates.

import type { Cell, PanelRow, PanelSession, PanelTest, PanelTurn } from '../src/protocol/panel.ts';
import { CELLS, JUDGED, duration, scoreText, scoreWords, stateWords } from '../src/protocol/words.ts';
import { arranged, type Order } from './arrange.ts';
import { h, type VNode } from './dom.ts';
import { isOpen, type Local } from './local.ts';

/** Columns beside the tests: candidate and passed in front; judged, score, time and tokens behind. */
const FRONT = 2;
const BACK = ['Judged', 'Score', 'Time', 'Tokens'] as const;

const BACK_MEANS: Readonly<Record<(typeof BACK)[number], string>> = {
  Judged: 'Where the results were decided: outside the sandbox, guarded in it, or unguarded.',
  Score:
    'The verifier’s opinion: rank within the turn, and how likely the program is right. It is no result and proves nothing.',
  Time: 'Time to write the answer.',
  Tokens: 'Tokens of the answer.',
};

/** Columns whose head orders the rows, and the direction in which it does. */
const ORDERED: Readonly<Record<string, readonly [order: Order, direction: string]>> = {
  Passed: ['tests', 'descending'],
  Score: ['score', 'descending'],
  Time: ['time', 'ascending'],
};

/** Symbols that some systems would draw as coloured pictures without this selector. */
const AS_TEXT = '\ufe0e';

export function columnCount(session: PanelSession): number {
  return FRONT + session.tests.length + BACK.length;
}

/** The test of a grid column, if the column is one. */
export function testAt(session: PanelSession, column: number): PanelTest | undefined {
  return session.tests[column - FRONT];
}

export function matrix(session: PanelSession, local: Local): VNode {
  const groups = session.rounds.map((round) => {
    const open = isOpen(session, local, round.number);
    const shown = arranged(round.rows, local);
    const rows = open ? shown.map((row) => candidateRow(session, round, row, local)) : [];
    const head = turnRow(session, round, round.rows.length - shown.length, local, open);
    return h('tbody', { key: `turn-${round.number}`, role: 'rowgroup' }, head, rows);
  });
  return h(
    'div',
    { class: 'scroller', key: 'scroller' },
    h(
      'table',
      { role: 'treegrid', class: 'matrix', 'aria-label': `Candidates and tests of ${session.label}` },
      h('thead', { role: 'rowgroup', key: 'head' }, headRow(session, local)),
      h('tbody', { role: 'rowgroup', key: 'baseline' }, candidateRow(session, null, session.baseline, local)),
      groups,
    ),
  );
}

function headRow(session: PanelSession, local: Local): VNode {
  const head = (column: number, text: string, kind: string, title: string, spoken = text): VNode => {
    const label = spoken === text ? null : spoken;
    const about = { role: 'columnheader', scope: 'col', class: kind, title, 'aria-label': label };
    const [order, direction] = ORDERED[text] ?? [];
    const chosen = order !== undefined && order === local.order;
    const sorting = order === undefined ? {} : { 'data-action': 'order', 'data-value': chosen ? 'found' : order };
    const at = place(local, 'head', column);
    if (!chosen) return h('th', { ...about, ...sorting, ...at }, text);
    const arrow = h('span', { 'aria-hidden': 'true' }, direction === 'ascending' ? ' ▴' : ' ▾');
    return h('th', { ...about, ...sorting, 'aria-sort': direction, ...at }, text, arrow);
  };
  return h(
    'tr',
    { role: 'row', 'data-row': 'head' },
    head(0, 'Candidate', 'name', 'Distinct programs of each turn. ×k: found k times, judged once.'),
    head(1, 'Passed', 'passed', 'Tests passed. Green only where every test passed and the result can be trusted.'),
    session.tests.map((test, i) => head(FRONT + i, test.label, 'test', titleOf(test), test.name)),
    BACK.map((text, i) => head(FRONT + session.tests.length + i, text, text.toLowerCase(), BACK_MEANS[text])),
  );
}

/** The whole id of a project's test stands before its source. */
function titleOf({ id, label, name, source }: PanelTest): string {
  return name === label ? source : `${id}\n${source}`;
}

function turnRow(session: PanelSession, round: PanelTurn, hidden: number, local: Local, open: boolean): VNode {
  const id = `turn-${round.number}`;
  const answers = round.rows.reduce((sum, row) => sum + row.copies.length, 0) + round.omitted;
  const distinct = round.rows.filter((row) => row.state === 'judged').length;
  const facts = [
    `${answers} ${answers === 1 ? 'candidate' : 'candidates'}`,
    distinct > 0 && distinct < answers && `${distinct} distinct`,
    round.from !== null && `goes on from ${round.from}`,
    round.note !== null && `note: “${round.note}”`,
    `temperature ${round.temperature}`,
    round.omitted > 0 && `${round.omitted} not shown`,
    hidden > 0 && `${hidden} hidden`,
  ].filter(Boolean);
  const cell = h(
    'td',
    {
      role: 'gridcell',
      colspan: columnCount(session),
      'data-action': 'toggle',
      'data-turn': round.number,
      ...place(local, id, 0),
    },
    h(
      'div',
      { class: 'turn-line' },
      h('span', { class: 'chevron', 'aria-hidden': 'true' }, open ? '▾' : '▸'),
      h('strong', {}, `Turn ${round.number}`),
      h('span', { class: 'turn-facts', title: facts.join(', ') }, facts.join(' · ')),
      round.pick !== null &&
        h('span', { class: 'turn-pick' }, h('b', {}, '★'), ` ${round.pick.candidate} ${round.pick.reason}`),
    ),
  );
  return h(
    'tr',
    { role: 'row', key: id, class: 'turn', 'data-row': id, 'aria-expanded': String(open), 'aria-level': 1 },
    cell,
  );
}

function candidateRow(session: PanelSession, round: PanelTurn | null, row: PanelRow, local: Local): VNode {
  const selected = session.detail?.row.id === row.id;
  const last = FRONT + session.tests.length;
  const cells = row.cells.map((cell, i) => testCell(cell, session.tests[i], row, i, local));
  const back = [
    judgedText(row),
    opinion(row, round),
    row.sampledMs === null ? '' : duration(row.sampledMs),
    row.tokens ?? '',
  ];
  const score = row.score && `verifier: ${scoreWords(row.score)}`;
  const titles = [row.judged && JUDGED[row.judged], score ?? round?.scoresUnavailable, timeTitle(row), null];
  return h(
    'tr',
    {
      role: 'row',
      key: row.id,
      class: `candidate is-${row.state} ${row.mark}${row.trusted ? ' trusted' : ''}${row.pick ? ' picked' : ''}`,
      'data-row': row.id,
      'aria-selected': String(selected),
      'aria-level': round === null ? 1 : 2,
    },
    nameCell(row, local),
    passedCell(session, row, local),
    cells,
    BACK.map((name, i) =>
      h(
        'td',
        {
          role: 'gridcell',
          class: name.toLowerCase(),
          title: titles[i],
          'aria-label': name === 'Score' ? score : null,
          ...place(local, row.id, last + i),
        },
        String(back[i]),
      ),
    ),
  );
}

function nameCell(row: PanelRow, local: Local): VNode {
  const own = row.id === 'baseline';
  const name = own ? 'your code' : row.id;
  const copies = row.copies.length;
  const noCode = row.state === 'judged' && !row.hasCode;
  const same = row.sameAs === null ? null : row.sameAs === 'baseline' ? 'your code' : row.sameAs;
  const label = [
    name,
    row.pick && 'pick',
    copies > 1 && `found ${copies} times`,
    same !== null && `same as ${same}`,
    row.truncated && 'answer cut off',
    stateWords(row),
  ];
  return h(
    'th',
    {
      role: 'rowheader',
      scope: 'row',
      class: 'name',
      'aria-label': label.filter(Boolean).join(', '),
      ...place(local, row.id, 0),
    },
    h('span', { class: 'star', title: row.pick ? 'The pick of this turn' : null }, row.pick ? '★' : ''),
    h('span', { class: own ? 'own' : 'id' }, name),
    copies > 1 &&
      h('span', { class: 'badge', title: `The same program ${copies} times: ${row.copies.join(', ')}` }, `×${copies}`),
    same !== null &&
      h('span', { class: 'tag', title: `The program is the same as ${same}; it was not judged again.` }, `= ${same}`),
    noCode && h('span', { class: 'tag bad', title: 'The answer holds no usable code.' }, 'no code'),
    row.truncated && h('span', { class: 'tag', title: 'The answer was cut off at the token limit.' }, 'cut off'),
  );
}

function passedCell(session: PanelSession, row: PanelRow, local: Local): VNode {
  const where = place(local, row.id, 1);
  const base = { role: 'gridcell', class: 'passed', ...where };
  if (row.state === 'waiting') return h('td', { ...base, 'aria-label': 'waiting' }, '');
  if (row.state === 'streaming') {
    const usual = Math.max(400, 2 * session.baseline.chars);
    const bar = h('progress', { max: usual, value: Math.min(row.chars, 0.95 * usual), 'aria-hidden': 'true' });
    return h('td', { ...base, 'aria-label': stateWords(row), title: stateWords(row) }, bar);
  }
  if (row.state === 'unfinished') return h('td', { ...base, 'aria-label': 'not finished', title: 'Not finished' }, '–');
  const so = row.cells.filter((cell) => cell === 'pass').length;
  if (row.state === 'judging') return h('td', { ...base, 'aria-label': 'judging' }, so === 0 ? '…' : `${so}…`);
  const sign = row.mark === 'verified' ? ' ✓' : row.mark === 'unverified' ? ' ?' : '';
  const means = row.mark === 'verified' ? ', verified' : row.mark === 'unverified' ? ', not verified' : '';
  return h('td', { ...base, 'aria-label': `${stateWords(row)}${means}` }, `${row.passed}/${row.total}${sign}`);
}

function testCell(cell: Cell, test: PanelTest | undefined, row: PanelRow, i: number, local: Local): VNode {
  const sign = CELLS[cell];
  const column = FRONT + i;
  const pointed = local.point !== null && local.point.column === column;
  return h(
    'td',
    {
      role: 'gridcell',
      class: `test ${cell}${pointed ? ' pointed' : ''}`,
      'aria-label': `${test?.name ?? ''} ${sign.word}`,
      ...place(local, row.id, column),
    },
    sign.symbol + AS_TEXT,
  );
}

function judgedText(row: PanelRow): string {
  return row.judged === 'unguarded' ? '⚠\ufe0e unguarded' : (row.judged ?? '');
}

function opinion(row: PanelRow, round: PanelTurn | null): string {
  if (row.score !== null) return scoreText(row.score);
  if (round === null || row.state !== 'judged') return '';
  if (round.scoresUnavailable !== null) return 'tests only';
  return round.pick === null ? '' : '–';
}

function timeTitle(row: PanelRow): string | null {
  if (row.sampledMs === null && row.judgedMs === null) return null;
  const judged = row.judgedMs === null ? 'not judged again' : `judged in ${duration(row.judgedMs)}`;
  return row.sampledMs === null ? judged : `written in ${duration(row.sampledMs)}, ${judged}`;
}

/** One cell of the whole grid is in the tab order; arrows move it. */
function place(
  local: Local,
  row: string,
  column: number,
): { readonly tabindex: number; readonly 'data-column': number } {
  const stop = local.focus.row === row && local.focus.column === column;
  return { tabindex: stop ? 0 : -1, 'data-column': column };
}
