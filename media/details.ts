// The selected candidate: what it fails and why, what the model was told, and what can be done with it.

import type { PanelDetail, PanelFailure, PanelRow, PanelSession } from '../src/protocol/panel.ts';
import { refusal, type RowAction } from '../src/protocol/refusal.ts';
import { CELLS, JUDGED, TIERS, duration, scoreWords, verifiedWords } from '../src/protocol/words.ts';
import { testName } from '../src/protocol/names.ts';
import { h, type VNode } from './dom.ts';

const ACTIONS: readonly {
  readonly action: RowAction;
  readonly text: string;
  readonly key: string;
  readonly hint: string;
}[] = [
  { action: 'diff', text: 'Diff', key: 'Enter', hint: 'Compare with your code' },
  { action: 'apply', text: 'Apply', key: 'A', hint: 'Put this program into your file; one undo step' },
  {
    action: 'turn',
    text: 'Another turn…',
    key: 'T',
    hint: 'Ask the model again, with this candidate and its feedback',
  },
];

export function details(session: PanelSession): VNode | null {
  const { detail } = session;
  if (detail === null) return null;
  const { row } = detail;
  return h(
    'section',
    { class: 'details', key: 'details', 'aria-label': `Details of ${nameOf(row)}` },
    h(
      'div',
      { class: 'details-head' },
      h('h2', {}, nameOf(row)),
      detail.pickReason !== null && h('span', { class: 'pick-reason' }, h('b', {}, '★'), ` pick: ${detail.pickReason}`),
      h('span', { class: 'grow' }),
      row.id !== 'baseline' &&
        h('div', { class: 'actions', role: 'group', 'aria-label': 'Actions' }, buttons(session, row)),
    ),
    verdictLine(session, detail),
    detail.trouble !== null && h('p', { class: 'trouble' }, detail.trouble),
    detail.answer !== null && fold('answer', 'What the model answered', h('pre', {}, detail.answer), true),
    failures(session, detail),
    detail.feedback !== '' &&
      row.mark !== 'verified' &&
      fold(`feedback-${row.id}`, 'Feedback for the model', h('pre', {}, detail.feedback), false),
    facts(session, detail),
    run(session),
  );
}

/** How the project's tests are run; the same for every candidate. */
function run(session: PanelSession): VNode | null {
  if (session.run.length === 0) return null;
  const lines = session.run.map(({ name, value, whole }) =>
    h('div', { title: whole, class: isLoss(name) ? 'loss' : null }, h('dt', {}, name), h('dd', {}, value)),
  );
  return fold('run', 'Run: how these tests are run', h('dl', { class: 'facts run' }, lines), true);
}

/** What weakens "breaks 0": it must not look like any other line. */
function isLoss(name: string): boolean {
  return name === 'Warning' || name === 'Also failing';
}

function nameOf(row: PanelRow): string {
  return row.id === 'baseline' ? 'Your code' : row.id;
}

function buttons(session: PanelSession, row: PanelRow): readonly VNode[] {
  return ACTIONS.map(({ action, text, key, hint }, i) => {
    const reason = refusal(session, row, action);
    // A disabled button would drop the focus; this one stays reachable and says why.
    const state = { 'aria-disabled': reason === null ? null : 'true', title: reason ?? hint };
    const kind = (i === 1 && row.mark === 'verified') || (i === 0 && row.mark !== 'verified') ? 'primary' : 'secondary';
    return h(
      'button',
      {
        type: 'button',
        key: action,
        class: kind,
        'data-action': action,
        'data-candidate': row.id,
        ...state,
        'aria-keyshortcuts': key,
      },
      text,
      h('kbd', { 'aria-hidden': 'true' }, key === 'Enter' ? '⏎' : key),
    );
  });
}

function verdictLine(session: PanelSession, detail: PanelDetail): VNode | null {
  const { row } = detail;
  if (row.state === 'waiting') return h('p', { class: 'verdict' }, 'Waiting for the model.');
  if (row.state === 'streaming') return h('p', { class: 'verdict' }, `Being written: ${row.chars} characters so far.`);
  if (row.state === 'judging') return h('p', { class: 'verdict' }, 'Being judged.');
  if (row.state === 'unfinished')
    return h('p', { class: 'verdict' }, `Not finished: the run ended after ${row.chars} characters.`);
  if (!row.hasCode) return null;
  if (detail.tamper !== null)
    return h('p', { class: 'verdict tamper' }, `⚠\ufe0e Games its tests: ${detail.tamper.replace(/\.$/, '')}.`);
  if (detail.unverified !== null) return h('p', { class: 'verdict unverified' }, `⚠\ufe0e ${detail.unverified}`);
  if (row.mark === 'verified') {
    return h('p', { class: 'verdict verified' }, `✓ Verified: ${verifiedWords(row, session.final)}.`);
  }
  const own = row.id === 'baseline' ? 'As it is it' : 'Not verified:';
  return h('p', { class: 'verdict failing' }, `${own} passes ${row.passed} of ${row.total} tests.`);
}

function failures(session: PanelSession, detail: PanelDetail): VNode | null {
  const [first, ...others] = detail.failures;
  if (!first || !detail.row.hasCode) return null;
  const more = others.length + detail.moreFailures;
  return h(
    'div',
    { class: 'failures', key: `failures-${detail.row.id}` },
    failure(session, first),
    more > 0 &&
      h(
        'details',
        { key: 'more' },
        h('summary', {}, more === 1 ? '1 more test not passed' : `${more} more tests not passed`),
        others.map((one) => failure(session, one)),
        detail.moreFailures > 0 && h('p', { class: 'muted' }, `${detail.moreFailures} more are not listed here.`),
      ),
  );
}

function failure(session: PanelSession, one: PanelFailure): VNode {
  const sign = CELLS[one.result];
  const label = session.tests.find((test) => test.id === one.test)?.name ?? testName(one.test);
  const line = (name: string, value: string | null): VNode | null =>
    value === null || value === '' ? null : h('div', { class: `value ${name}` }, h('dt', {}, name), h('dd', {}, value));
  return h(
    'div',
    { class: 'failure' },
    h(
      'div',
      { class: 'failure-head' },
      h(
        'span',
        { class: `sign ${one.result}`, title: `${sign.means} ${one.test}` },
        `${sign.symbol}\ufe0e ${label} ${sign.word}`,
      ),
      h('code', {}, one.source),
    ),
    h('dl', {}, line('expected', one.expected), line('got', one.got), line('error', one.error)),
  );
}

function facts(session: PanelSession, detail: PanelDetail): VNode {
  const { row } = detail;
  const list: [string, string][] = [];
  if (row.judged !== null) list.push(['Judged', `${row.judged}. ${JUDGED[row.judged]}`]);
  if (row.judged !== null && session.tier !== null) list.push(['Sandbox', `${session.tier}: ${TIERS[session.tier]}`]);
  if (row.copies.length > 1) list.push(['Same program', row.copies.join(', ')]);
  if (row.sameAs !== null) list.push(['Same as', row.sameAs === 'baseline' ? 'your code' : row.sameAs]);
  if (row.score !== null) {
    const revision = session.rounds.find((round) => round.number === detail.turn)?.revision ?? null;
    const by = revision === null ? '' : `, revision ${revision}`;
    list.push(['Verifier', `${scoreWords(row.score)} (score ${row.score.value.toFixed(3)}${by})`]);
  }
  if (row.sampledMs !== null)
    list.push(['Written in', duration(row.sampledMs) + (row.tokens === null ? '' : `, ${row.tokens} tokens`)]);
  if (row.judgedMs !== null) list.push(['Judged in', duration(row.judgedMs)]);
  if (row.truncated) list.push(['Answer', 'cut off at the token limit']);
  return h(
    'dl',
    { class: 'facts' },
    list.map(([name, value]) => h('div', {}, h('dt', {}, name), h('dd', {}, value))),
  );
}

function fold(key: string, title: string, content: VNode, open: boolean): VNode {
  return h('details', { key, class: 'fold', open }, h('summary', {}, title), content);
}
