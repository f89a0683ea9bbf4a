// What the panel shows of a snapshot, in a real DOM.

import assert from 'node:assert/strict';
import { concluded } from '../../fakes/projects.ts';
import { FakeWebview, model } from './webview.ts';
import {
  answered,
  began,
  exhausted,
  failed,
  fold,
  running,
  scored,
  session,
  solvedInTurnTwo,
  verdict,
} from '../../fakes/sessions.ts';

describe('the panel', () => {
  let page: FakeWebview;
  beforeEach(() => (page = new FakeWebview()));
  afterEach(() => page.close());

  it('shows the next step where there is no session', () => {
    page.show(model(null));
    assert.match(page.text('main'), /No repair yet.*μCode: Repair Function/);
  });

  it('shows trouble outside a session as an alert with a way to the log', () => {
    page.show(model(null, { error: 'There is no function at the cursor. Put it in one.' }));
    assert.match(page.text('[role=alert]'), /no function at the cursor/);
    page.click(page.one('[role=alert] [data-action=log]'));
    assert.deepEqual(page.sent.at(-1), { type: 'log' });
  });

  it('says what runs, where, and how far it is', () => {
    page.show(model(running(), { runningSince: 6_000, queue: [{ id: 'q1', label: 'parse_date' }] }));
    const header = page.text('.header');
    assert.match(header, /^median *stats\.py:12–15/);
    for (const part of [
      'Repair, turn 2 of 3',
      '14 s',
      'SmolLM2-135M-Instruct at 127.0.0.1:8377',
      'T3: own namespaces per candidate',
    ]) {
      assert.ok(header.includes(part), `${part} is not in ${header}`);
    }
    assert.match(page.text('.outcome'), /1 waiting for the first text, 2 being written, 1 being judged, 1 judged/);
    page.click(page.one('[data-action=stop]'));
    page.click(page.one('[data-queued=q1]'));
    assert.deepEqual(page.sent.slice(-2), [
      { type: 'stop', session: '2026-11-21-1' },
      { type: 'cancelQueued', id: 'q1' },
    ]);
  });

  it('has one row for each distinct program, with its copies, and the user’s code first', () => {
    page.show(model(solvedInTurnTwo()));
    const rows = page.all('.candidate').map((row) => row.getAttribute('data-row'));
    assert.deepEqual(rows, ['baseline', 't1c1', 't1c2', 't1c3', 't1c5', 't2c1', 't2c2', 't2c4']);
    assert.match(page.text('[data-row=t2c1] th'), /★t2c1×3/);
    assert.match(page.text('[data-row=t1c1] th'), /= your code/);
    assert.match(page.text('[data-row=t1c3] th'), /no code/);
    assert.match(page.text('[data-row=t1c5] th'), /cut off/);
  });

  it('gives every result as a symbol and as a word', () => {
    const all = fold(session(), [began(1), ...answered(1, 0, 'pfetl'), ...answered(1, 1, 'xsppp')]);
    page.show(model(all));
    const cells = [2, 3, 4, 5, 6].map((column) => page.cell('t1c1', column));
    assert.deepEqual(
      cells.map((cell) => cell.textContent?.replace('\ufe0e', '')),
      ['✓', '✗', '!', '◷', '▣'],
    );
    assert.deepEqual(
      cells.map((cell) => cell.getAttribute('aria-label')),
      ['t1 pass', 't2 fail', 't3 error', 't4 timeout', 't5 limit'],
    );
    assert.equal(page.cell('t1c2', 2).getAttribute('aria-label'), 't1 tamper');
    assert.equal(page.cell('t1c2', 3).getAttribute('aria-label'), 't2 skipped');
  });

  it('marks green only what passed everything and can be trusted', () => {
    const cases = fold(session(), [
      began(1),
      ...answered(1, 0, 'ppppp'),
      ...answered(1, 1, 'ppppp', { verdict: { judged: 'guarded' } }),
      ...answered(1, 2, 'ppppp', { verdict: { judged: 'unguarded' } }),
      ...answered(1, 3, 'ppppp', { verdict: { tier: 'T0' } }),
      ...answered(1, 4, 'ppppx'),
    ]);
    page.show(model(cases));
    const marks = page
      .all('.candidate')
      .map((row) => [
        row.getAttribute('data-row'),
        row.classList.contains('verified'),
        row.classList.contains('trusted'),
      ]);
    assert.deepEqual(marks.slice(1), [
      ['t1c1', true, true],
      ['t1c2', true, true],
      ['t1c3', false, false],
      ['t1c4', false, false],
      ['t1c5', false, false],
    ]);
    page.show(model(cases), 't1c4');
    assert.match(page.text('.verdict'), /Not verified: all tests pass, but it ran without isolation/);
    page.show(model(cases), 't1c3');
    assert.match(page.text('.verdict'), /Not verified: .* no expected value that could be falsified/);
  });

  it('does not show a passed test in green before its verdict says where it was judged', () => {
    page.show(model(running(), { runningSince: 0 }));
    const row = page.one('[data-row=t2c2]');
    assert.equal(page.cell('t2c2', 2).getAttribute('aria-label'), 't1 pass');
    assert.equal(row.classList.contains('trusted'), false);
  });

  it('says “tests only” with the reason where a score would stand, and rank and probability where there is one', () => {
    page.show(model(exhausted()), 't3c1');
    assert.equal(page.text('[data-row=t1c2] .score'), 'tests only');
    assert.equal(page.one('[data-row=t1c2] .score').title, 'no verifier connected: tests only');
    assert.equal(page.text('[data-row=t3c1] .score'), '#1 71 %');
    const spoken = 'verifier: rank 1 in its turn, 71 % likely to be right';
    assert.equal(page.one('[data-row=t3c1] .score').getAttribute('aria-label'), spoken);
    assert.match(page.text('.facts'), /Verifierrank 1 .* \(score 0\.910, revision r1\)/);
  });

  it('shows the score of the user’s own code beside them, without a rank', () => {
    page.show(model(exhausted()));
    assert.equal(page.text('[data-row=baseline] .score'), '43 %');
  });

  it('never shows a score like a result', () => {
    const sure = fold(session(), [began(1), ...answered(1, 0, 'fffff'), scored(1, { t1c1: 9 })]);
    page.show(model(sure));
    const cell = page.one('[data-row=t1c1] .score');
    assert.equal(page.text('[data-row=t1c1] .score'), '#1 >99 %');
    assert.deepEqual([...cell.classList], ['score']);
    assert.equal(cell.closest('tr')?.classList.contains('verified'), false);
    assert.ok(!/[✓✗]/u.test(cell.textContent ?? ''));
  });

  it('shows a score without a probability as it is, as sessions of earlier versions have them', () => {
    const old = fold(session(), [
      began(1),
      ...answered(1, 0, 'fffff'),
      scored(1, { t1c1: 0.5 }, { probabilities: {} }),
    ]);
    page.show(model(old));
    assert.equal(page.text('[data-row=t1c1] .score'), '#1 0.50');
  });

  it('shows of the selected candidate what it failed, expected, and got', () => {
    page.show(model(exhausted()), 't3c5');
    assert.match(page.text('.failure'), /✗.* t1 fail.*assert median\(\[3, 1, 2\]\) == 2.*expected2\.5.*got3/);
    assert.match(page.text('.failures > details > summary'), /4 more tests not passed/);
  });

  it('shows the answer where it holds no code', () => {
    page.show(model(solvedInTurnTwo()), 't1c3');
    assert.match(page.text('.trouble'), /holds no Python code/);
    assert.match(page.text('.details pre'), /first sort the list/);
  });

  it('takes the green mark of a pick back when its private tests fail', () => {
    const held = fold(solvedInTurnTwo(), [{ type: 'final', candidate: 't2c1', verdict: verdict('t2c1', 'pf') }]);
    page.show(model(held), 't2c1');
    assert.match(page.text('.verdict'), /Not verified: .* only 1 of 2 private tests/);
    assert.equal(page.one('[data-row=t2c1]').classList.contains('verified'), false);
  });

  it('refuses to apply or continue what was opened read-only, and still shows the diff', () => {
    page.show(model(solvedInTurnTwo(), { readOnly: 'This folder is not trusted.' }));
    const disabled = page
      .all('.details [data-action]')
      .map((button) => [button.getAttribute('data-action'), button.getAttribute('aria-disabled')]);
    assert.deepEqual(disabled, [
      ['diff', null],
      ['apply', 'true'],
      ['turn', 'true'],
    ]);
    assert.match(page.text('.note'), /not trusted/);
  });

  it('shows a failed session with its message and what was unfinished', () => {
    page.show(model(failed()));
    assert.match(page.text('.outcome'), /✗ Failed.*closed the connection/);
    assert.equal(page.cell('t1c1', 1).getAttribute('aria-label'), 'not finished');
  });

  it('folds older turns when there are many rows', () => {
    const many = fold(
      session(),
      [1, 2].flatMap((turn) => [
        began(turn),
        ...Array.from({ length: 9 }, (_, i) => answered(turn, i, 'ppppf')).flat(),
      ]),
    );
    page.show(model(many));
    assert.deepEqual(
      page.all('.turn').map((row) => row.getAttribute('aria-expanded')),
      ['false', 'true'],
    );
    page.click(page.cell('turn-1', 0));
    assert.equal(page.all('.candidate').length, 19);
  });

  it('shows hostile text as text, with what is invisible written out', () => {
    const evil = '<img src=x onerror=alert(1)>\u202e\u200b\u001b[31m';
    const hostile = fold(session({ origin: { task: 'repair', file: `file:///${evil}`, label: evil, lines: [1, 2] } }), [
      began(1, undefined, evil),
      ...answered(1, 0, 'ffffp', { verdict: { feedback: evil } }),
      ...answered(1, 1, 'eeeee', { trouble: evil, answer: evil }),
    ]);
    for (const selected of ['t1c1', 't1c2']) page.show(model(hostile, { error: evil, activity: evil }), selected);
    assert.equal(page.all('img').length, 0);
    assert.ok(page.text('main').includes('<img src=x onerror=alert(1)>\\u202e\\u200b\\x1b[31m'));
    for (const unseen of ['\u202e', '\u200b', '\u001b']) assert.ok(!document.body.outerHTML.includes(unseen));
  });

  it('says of a project how its tests are run, and what the fix does to the suite', () => {
    page.show(model(concluded()));
    assert.match(page.text('.run'), /Adapter ?pytest.*Python ?3\.12\.4 from \.venv \(uv\)/);
    assert.match(page.text('.run .loss'), /Also failing ?1 other test, not repaired for: test_voucher/);
    assert.match(page.text('.verdict.verified'), /passes all 2 tests; fixes 2, breaks 0 \(2 neighbouring/);
    assert.equal(page.one('.matrix thead [aria-label]').getAttribute('aria-label'), 't1 TestPrice.test_total[3-4]');
  });
});
