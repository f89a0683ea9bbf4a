// Whole repairs with recorded answers and the real judge: how they end, what the user sees, what reaches the model.
import assert from 'node:assert/strict';
import { HALF, PROSE, RAISES, RIGHT, WRONG } from '../fakes/answers.ts';
import { FakeModel, type Script } from '../fakes/model.ts';
import type { TestApi } from '../../src/extension.ts';
import { activated, closeAll, open, Questions, repair, set, uriOf } from './window.ts';

describe('a repair', () => {
  let api: TestApi;
  let questions: Questions;
  let model: FakeModel;

  before(async () => {
    api = await activated();
  });

  beforeEach(() => {
    questions = new Questions();
  });

  afterEach(async () => {
    questions.restore();
    await model.stop();
    await closeAll();
  });

  async function withAnswers(script: Script, honoursN = true): Promise<void> {
    model = await FakeModel.start({ script, honoursN });
    await set({ 'server.url': model.url, candidates: 3, turns: 3, selector: 'pt' });
    await open(uriOf('totals.py'), 'total = 0');
  }

  it('is solved in turn 1, and the pick is the candidate that passes', async () => {
    await withAnswers(() => ({ kind: 'answers', texts: [WRONG, RIGHT, HALF] }));
    const session = await repair(api);
    assert.equal(session.outcome, 'solved', session.message);
    assert.equal(session.turns.length, 1);
    assert.equal(session.turns[0]?.pick?.candidate, 't1c2');
    const [wrong, right, half] = session.turns[0]?.candidates ?? [];
    assert.equal(right?.verdict?.verdict, 'pass');
    assert.deepEqual(
      [wrong, half].map((one) => one?.verdict?.verdict),
      ['fail', 'fail'],
    );
    const passed = [wrong, right, half].map(
      (one) => one?.verdict?.tests.filter((test) => test.result === 'pass').length,
    );
    assert.deepEqual(passed, [1, 4, 2]);
  });

  it('shows a green mark only for the candidate that passes, and says where it was decided', async () => {
    await withAnswers(() => ({ kind: 'answers', texts: [WRONG, RIGHT, HALF] }));
    await repair(api);
    const rows = api.snapshot().session?.rounds[0]?.rows ?? [];
    assert.deepEqual(rows.map((row) => row.mark).toSorted(), ['failing', 'failing', 'verified']);
    const green = rows.find((row) => row.mark === 'verified');
    assert.equal(green?.judged, 'outside');
    assert.equal(green?.pick, true);
  });

  it('is solved in turn 3 after the failing test was fed back twice', async () => {
    await withAnswers(({ turn }) => ({
      kind: 'answers',
      texts: turn === 1 ? [WRONG] : turn === 2 ? [HALF, RAISES] : [RIGHT],
    }));
    const session = await repair(api);
    assert.equal(session.outcome, 'solved', session.message);
    assert.equal(session.turns.length, 3);
    const last = model.requests.at(-1)?.messages ?? [];
    assert.equal(last.filter((message) => message.role === 'assistant').length, 3);
    const feedback = last.at(-1)?.content ?? '';
    assert.match(feedback, /running_total/);
    assert.match(feedback, /\[1, 3, 6\]|\[2, 0, 4\]/, 'the expected value of a failing test is in the feedback');
  });

  it('is exhausted after its turns, with the best candidate named', async () => {
    const texts = [
      [WRONG, HALF],
      [HALF, RAISES],
      [RAISES, PROSE],
    ];
    await withAnswers(({ turn }) => ({ kind: 'answers', texts: texts[turn - 1] ?? [WRONG] }));
    const session = await repair(api);
    assert.equal(session.outcome, 'exhausted');
    assert.match(session.message, /passes 2 of 4 tests/);
    assert.deepEqual(
      api.snapshot().session?.rounds.flatMap((round) => round.rows.filter((row) => row.mark === 'verified')),
      [],
    );
  });

  it('judges equal programs once and shows them as one row', async () => {
    const spaced = RIGHT.replaceAll('totals.append(total)', 'totals.append( total )  # kept');
    await withAnswers(() => ({ kind: 'answers', texts: [RIGHT, spaced, WRONG] }));
    const session = await repair(api);
    const [first, second] = session.turns[0]?.candidates ?? [];
    const original = [first, second].find((one) => one?.duplicateOf === null);
    const copy = [first, second].find((one) => one !== original);
    assert.equal(copy?.duplicateOf, original?.id);
    const row = api.snapshot().session?.rounds[0]?.rows.find((one) => one.id === original?.id);
    assert.equal(row?.copies.length, 2);
  });

  it('asks a server that ignores n as often as it takes', async () => {
    await withAnswers(() => ({ kind: 'answers', texts: [WRONG, HALF, RIGHT] }), false);
    const session = await repair(api);
    assert.equal(session.outcome, 'solved', session.message);
    assert.equal(session.turns[0]?.candidates.length, 3);
    assert.ok(model.requests.length >= 3);
  });

  it('says of an answer without code that it holds none, and goes on with the others', async () => {
    await withAnswers(() => ({ kind: 'answers', texts: [PROSE, RIGHT, PROSE] }));
    const session = await repair(api);
    assert.equal(session.outcome, 'solved', session.message);
    assert.match(session.turns[0]?.candidates[0]?.trouble ?? '', /code/i);
  });

  it('changes nothing before Apply', async () => {
    await withAnswers(() => ({ kind: 'answers', texts: [RIGHT] }));
    const editor = await open(uriOf('totals.py'), 'total = 0');
    const before = editor.document.getText();
    await repair(api);
    assert.equal(editor.document.getText(), before);
    assert.equal(editor.document.isDirty, false);
  });
});
