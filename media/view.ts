// The whole page as a pure function of a snapshot and of what the page itself knows. It reads no document and no clock.

import type { Outcome } from '../src/repair/events.ts';
import type { PanelSession, PanelSnapshot } from '../src/protocol/panel.ts';
import { CELLS, OUTCOMES, RESULTS, TIERS, duration } from '../src/protocol/words.ts';
import { toolbar } from './arrange.ts';
import { details } from './details.ts';
import { h, type Child, type VNode } from './dom.ts';
import type { Local } from './local.ts';
import { matrix, testAt } from './matrix.ts';

const OUTCOME_SYMBOLS: Readonly<Record<Outcome, string>> = { solved: '✓', exhausted: '○', stopped: '■', failed: '✗' };

/** Up to this many tests their sources are shown without being asked for; a project's are whole functions. */
const FEW_TESTS = 8;

/** The children of the page's main element. */
export function view(snapshot: PanelSnapshot | null, local: Local): readonly Child[] {
  if (snapshot === null) return [h('p', { class: 'empty muted', key: 'loading' }, 'Loading…')];
  const { session } = snapshot;
  return [
    snapshot.error !== null && errorBox(snapshot.error),
    session === null && preparing(snapshot),
    session !== null && header(snapshot, session, local),
    queue(snapshot),
    session === null && snapshot.activity === null && empty(),
    session !== null && body(session, local),
  ].filter((part) => part !== false && part !== null);
}

function header(snapshot: PanelSnapshot, session: PanelSession, local: Local): VNode {
  const task = session.task === 'repair' ? 'Repair' : 'Write';
  const elapsed = session.elapsedMs + (session.running ? local.since : 0);
  const turn = session.turn === 0 ? `up to ${session.turns} turns` : `turn ${session.turn} of ${session.turns}`;
  return h(
    'header',
    { key: 'header', class: 'header' },
    h(
      'div',
      { class: 'title' },
      h('h1', {}, session.label),
      h(
        'button',
        { type: 'button', class: 'link', 'data-action': 'reveal', title: 'Show the function in its file' },
        `${session.file}:${session.lines[0]}–${session.lines[1]}`,
      ),
      h('span', { class: 'grow' }),
      // Also while the next repair is being prepared and an ended one is on show.
      (session.running || snapshot.activity !== null) &&
        h(
          'button',
          { type: 'button', class: 'stop secondary', key: 'stop', 'data-action': 'stop' },
          h('span', { 'aria-hidden': 'true' }, '■ '),
          'Stop',
        ),
    ),
    h('p', { class: 'meta' }, metaParts(session, `${task}, ${turn}`, duration(elapsed))),
    outcome(session),
    !session.running &&
      snapshot.activity !== null &&
      h('p', { class: 'activity', key: 'in-progress' }, `In progress: ${snapshot.activity}`),
    session.readOnly !== null && h('p', { class: 'note', key: 'readonly' }, session.readOnly),
    session.infra.map((message, i) => h('p', { class: 'note', key: `infra-${i}` }, `Judge: ${message}`)),
  );
}

function metaParts(session: PanelSession, what: string, elapsed: string): readonly VNode[] {
  const tier = session.tier;
  const where = [session.model, hostOf(session.server)].filter(Boolean).join(' at ');
  return [
    h('span', {}, what),
    h('span', { class: 'elapsed', role: 'timer', 'aria-live': 'off' }, elapsed),
    h('span', { title: session.server }, where),
    h('span', {}, session.selection),
    h(
      'span',
      { class: tier === 'T0' ? 'weak' : '' },
      tier === null ? 'sandbox: not used yet' : `${tier}: ${TIERS[tier]}`,
    ),
  ];
}

function outcome(session: PanelSession): VNode | null {
  if (session.running) {
    return h(
      'p',
      { class: 'outcome running', key: 'outcome' },
      h('span', { class: 'spinner', 'aria-hidden': 'true' }),
      session.activity,
    );
  }
  if (session.outcome === null) {
    return h(
      'p',
      { class: 'outcome stopped', key: 'outcome' },
      h('strong', {}, '■ Not finished'),
      'The window closed before its end.',
    );
  }
  return h(
    'p',
    { class: `outcome ${session.outcome}`, key: 'outcome' },
    h('strong', {}, `${OUTCOME_SYMBOLS[session.outcome]} ${OUTCOMES[session.outcome]}`),
    h('span', {}, session.message),
    session.outcome === 'failed' && h('button', { type: 'button', class: 'link', 'data-action': 'log' }, 'Show log'),
  );
}

function queue(snapshot: PanelSnapshot): VNode | null {
  if (snapshot.queue.length === 0) return null;
  const items = snapshot.queue.map(({ id, label }) =>
    h(
      'li',
      { key: id },
      h('span', {}, label),
      h(
        'button',
        {
          type: 'button',
          class: 'cancel',
          'data-action': 'cancelQueued',
          'data-queued': id,
          'aria-label': `Cancel ${label}`,
          title: 'Cancel',
        },
        '✕',
      ),
    ),
  );
  return h('div', { class: 'queue', key: 'queue' }, h('span', { class: 'muted' }, 'Waiting:'), h('ul', {}, items));
}

function body(session: PanelSession, local: Local): VNode {
  const main = h(
    'div',
    { class: 'grid-pane', key: 'grid' },
    session.rounds.length > 0 && toolbar(local),
    matrix(session, local),
    peek(session, local),
    legend(session),
  );
  return h('div', { class: 'body', key: 'body' }, main, details(session));
}

/** One line on what the mouse or the keyboard points at, or on why a key did nothing. */
function peek(session: PanelSession, local: Local): VNode {
  if (local.notice !== null) return h('p', { class: 'peek notice', key: 'peek' }, local.notice);
  const at = local.point;
  const test = at === null ? undefined : testAt(session, at.column);
  if (at === null || !test) {
    const hint =
      session.tests.length === 0 ? '' : 'Arrow keys move, Enter opens the diff, A applies, T asks for another turn.';
    return h('p', { class: 'peek muted', key: 'peek' }, hint);
  }
  const column = session.tests.indexOf(test);
  const rows = [session.baseline, ...session.rounds.flatMap((round) => round.rows)];
  const cell = rows.find((row) => row.id === at.row)?.cells[column];
  const said = cell === undefined ? '' : `${CELLS[cell].symbol}\ufe0e ${CELLS[cell].word}`;
  return h(
    'p',
    { class: 'peek', key: 'peek', title: cell === undefined ? null : CELLS[cell].means },
    h('strong', { title: test.id }, test.name),
    said !== '' && h('span', { class: `sign ${cell ?? ''}` }, said),
    h('code', {}, test.source),
  );
}

function legend(session: PanelSession): VNode {
  const count = session.tests.length + session.omittedTests;
  const signs = RESULTS.map((result) =>
    h(
      'span',
      { title: CELLS[result].means },
      h('b', { class: `sign ${result}` }, `${CELLS[result].symbol}\ufe0e`),
      ` ${CELLS[result].word}`,
    ),
  );
  return h(
    'details',
    { class: 'fold legend', key: 'legend', open: session.tests.length <= FEW_TESTS && session.run.length === 0 },
    h('summary', {}, `${count} ${count === 1 ? 'test' : 'tests'} and what the symbols mean`),
    h('p', { class: 'signs' }, signs),
    h(
      'dl',
      { class: session.run.length > 0 ? 'tests named' : 'tests' },
      session.tests.map((test) =>
        h('div', { key: test.id }, h('dt', { title: test.id }, test.name), h('dd', {}, h('code', {}, test.source))),
      ),
    ),
    session.omittedTests > 0 &&
      h('p', { class: 'muted' }, `${session.omittedTests} more tests are run but have no column here.`),
  );
}

function preparing(snapshot: PanelSnapshot): VNode | null {
  if (snapshot.activity === null) return null;
  return h(
    'header',
    { class: 'header', key: 'preparing' },
    h(
      'div',
      { class: 'title' },
      h('h1', {}, snapshot.activity),
      h('span', { class: 'grow' }),
      h('button', { type: 'button', class: 'stop secondary', 'data-action': 'stop' }, '■ Stop'),
    ),
    h('p', { class: 'outcome running' }, h('span', { class: 'spinner', 'aria-hidden': 'true' }), 'Getting ready'),
  );
}

function errorBox(message: string): VNode {
  return h(
    'div',
    { class: 'error-box', role: 'alert', key: 'error' },
    h('strong', {}, '✗ '),
    h('span', {}, message),
    h('button', { type: 'button', class: 'link', 'data-action': 'log' }, 'Show log'),
  );
}

function empty(): VNode {
  return h(
    'div',
    { class: 'empty', key: 'empty' },
    h('h1', {}, 'No repair yet'),
    h(
      'p',
      {},
      'Put the cursor in a Python function and run ',
      h('strong', {}, 'μCode: Repair Function'),
      ', or choose ',
      h('strong', {}, 'Repair with μCode'),
      ' on a failing test.',
    ),
    h(
      'p',
      { class: 'muted' },
      'Several candidates are written, the same tests run on each one in a sandbox, and nothing in your file changes before you apply one.',
    ),
    h(
      'p',
      { class: 'actions' },
      h('button', { type: 'button', class: 'primary', 'data-action': 'repair' }, 'Repair function at cursor'),
      h('button', { type: 'button', class: 'secondary', 'data-action': 'history' }, 'Open history'),
    ),
  );
}

/** `127.0.0.1:8377` of a URL; the label itself where it is none. */
function hostOf(server: string): string {
  return /^[a-z]+:\/\/([^/]+)/i.exec(server)?.[1] ?? server;
}
