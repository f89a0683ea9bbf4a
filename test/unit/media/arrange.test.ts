// Ordering and filtering the rows of the panel, by mouse and by keyboard, and what stays where it was.

import assert from 'node:assert/strict';
import { FakeWebview, model } from './webview.ts';
import { answered, began, exhausted, fold, scored, session, solvedInTurnTwo } from '../../fakes/sessions.ts';

const TURN = fold(session(), [
  began(1),
  ...answered(1, 0, 'pffff'),
  ...answered(1, 1, 'pppff'),
  ...answered(1, 2, 'eeeee', { trouble: 'No code.' }),
  ...answered(1, 3, 'ppppp'),
  ...answered(1, 4, 'ppppp', { verdict: { judged: 'unguarded' } }),
  scored(1, { t1c1: 3, t1c2: -1, t1c4: 0.5, t1c5: 2, baseline: 0 }),
]);

describe('the panel’s order', () => {
  let page: FakeWebview;
  beforeEach(() => (page = new FakeWebview()));
  afterEach(() => page.close());

  const rows = (): readonly string[] => page.all('.candidate').map((row) => row.getAttribute('data-row') ?? '');
  const choose = (action: string, value: string): void =>
    page.click(page.one(`.choice[data-action=${action}][data-value=${value}]`));
  const pressed = (): readonly (string | null)[] =>
    page.all('.choice[aria-pressed=true]').map((one) => one.getAttribute('data-value'));

  it('is by score, tests or time within a turn; the user’s code stays first, and what has no value goes last', () => {
    page.show(model(TURN));
    assert.deepEqual(rows(), ['baseline', 't1c1', 't1c2', 't1c3', 't1c4', 't1c5']);
    choose('order', 'score');
    assert.deepEqual(rows(), ['baseline', 't1c1', 't1c5', 't1c4', 't1c2', 't1c3']);
    choose('order', 'tests');
    assert.deepEqual(rows(), ['baseline', 't1c4', 't1c5', 't1c2', 't1c1', 't1c3']);
    choose('order', 'time');
    assert.deepEqual(rows(), ['baseline', 't1c1', 't1c2', 't1c3', 't1c4', 't1c5']);
    assert.deepEqual(pressed(), ['time', 'all']);
  });

  it('is chosen at the heads of columns as well, which say so to a screen reader', () => {
    page.show(model(TURN));
    const head = (): HTMLElement => page.one('thead .score');
    page.click(head());
    assert.equal(head().getAttribute('aria-sort'), 'descending');
    assert.equal(rows()[2], 't1c5');
    page.click(head());
    assert.equal(head().getAttribute('aria-sort'), null);
    assert.equal(rows()[2], 't1c2');
    head().focus();
    page.press('Enter');
    assert.equal(rows()[2], 't1c5');
    page.press(' ');
    assert.equal(rows()[2], 't1c2');
    assert.equal(page.focus, 'head:8');
  });

  it('can show passing programs alone, or each program once, and says what is hidden', () => {
    page.show(model(TURN));
    choose('show', 'passing');
    assert.deepEqual(rows(), ['baseline', 't1c4', 't1c5']);
    assert.match(page.text('[data-row=turn-1]'), /· 3 hidden/);
    assert.match(page.text('[aria-live]'), /2 of 5 rows are shown\./);
    choose('show', 'distinct');
    assert.deepEqual(rows(), ['baseline', 't1c1', 't1c2', 't1c4', 't1c5']);
    page.show(model(solvedInTurnTwo()));
    assert.deepEqual(rows(), ['baseline', 't1c2', 't1c5', 't2c1', 't2c4']);
  });

  it('is told to a screen reader, also where the end of the session was told before', () => {
    page.show(model(solvedInTurnTwo()));
    assert.match(page.text('[aria-live]'), /^Solved/);
    choose('order', 'score');
    assert.equal(page.text('[aria-live]'), 'Highest verifier score first. 7 of 7 rows are shown.');
    page.show(model(solvedInTurnTwo()));
    assert.match(page.text('[aria-live]'), /^Highest verifier score first/);
  });

  it('keeps one cell in the tab order when the row under the focus is hidden', () => {
    page.show(model(TURN), 't1c1');
    page.cell('t1c1', 3).focus();
    choose('show', 'passing');
    assert.equal(page.all('.matrix [tabindex="0"]').length, 1);
    page.cell('turn-1', 0).focus();
    page.press('ArrowDown');
    assert.equal(page.focus, 't1c4:0');
    page.press('ArrowUp');
    page.press('ArrowUp');
    assert.equal(page.focus, 'baseline:0');
  });

  it('moves rows without losing the focus', () => {
    page.show(model(TURN));
    page.cell('t1c5', 3).focus();
    choose('order', 'score');
    assert.equal(page.focus, 't1c5:3');
    page.press('ArrowDown');
    assert.equal(page.focus, 't1c4:3');
  });

  it('is kept for the next session and over a reload', async () => {
    page.show(model(TURN));
    choose('order', 'score');
    choose('show', 'distinct');
    page.show(model({ ...exhausted(), id: 'another' }));
    assert.deepEqual(pressed(), ['score', 'distinct']);
    const { state } = page;
    await page.close();
    page = new FakeWebview(state);
    page.show(model(TURN));
    assert.deepEqual(pressed(), ['score', 'distinct']);
  });

  it('begins as it does anew where a page’s memory holds another one', async () => {
    await page.close();
    page = new FakeWebview({ session: null, candidate: null, order: 'beauty', show: 7 });
    page.show(model(TURN));
    assert.deepEqual(pressed(), ['found', 'all']);
  });
});
