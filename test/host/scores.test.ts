// The verifier in the editor: its scores beside real verdicts, what they decide, and that waiting for them can be stopped.
import assert from 'node:assert/strict';
import * as vscode from 'vscode';
import { HALF, RAISES, RIGHT, WRONG } from '../fakes/answers.ts';
import { FakeModel } from '../fakes/model.ts';
import type { TestApi } from '../../src/extension.ts';
import type { Selector } from '../../src/repair/events.ts';
import { activated, begun, closeAll, open, Questions, repair, set, until, uriOf } from './window.ts';

describe('the verifier in the editor', () => {
  let api: TestApi;
  let questions: Questions;
  let model: FakeModel;
  let asked: (readonly string[])[] = [];

  before(async () => {
    api = await activated();
  });

  beforeEach(() => {
    questions = new Questions();
    asked = [];
  });

  afterEach(async () => {
    questions.restore();
    await model.stop();
    await closeAll();
  });

  type Scoring = (programs: readonly string[]) => readonly number[] | Promise<readonly number[]>;

  async function withVerifier(texts: readonly string[], selector: Selector, scoring: Scoring): Promise<void> {
    model = await FakeModel.start({
      script: () => ({ kind: 'answers', texts }),
      scores: (programs) => {
        asked.push(programs);
        return scoring(programs);
      },
    });
    await set({ 'server.url': model.url, candidates: 3, turns: 1, selector });
    await open(uriOf('totals.py'), 'total = 0');
  }

  it('ranks every distinct program beside its tests, and the user’s own code without a rank', async () => {
    const liked = (program: string): number => (program.includes('number + 1') ? 3 : 0);
    await withVerifier([WRONG, RIGHT, WRONG], 'pt+lv', (programs) => programs.map((one) => liked(one)));
    const session = await repair(api);
    assert.equal(session.outcome, 'solved', session.message);
    assert.deepEqual(
      asked.map((programs) => programs.length),
      [3],
    );
    const shown = api.snapshot().session;
    const rows = shown?.rounds[0]?.rows ?? [];
    assert.deepEqual(
      rows.map(({ mark, score }) => [mark, score?.rank, Math.round(100 * (score?.probability ?? 0))]),
      [
        ['failing', 1, 95],
        ['verified', 2, 50],
      ],
    );
    assert.equal(shown?.rounds[0]?.revision, 'r1');
    assert.equal(shown?.baseline.score?.rank, null);
    assert.equal(shown?.baseline.score?.value, 0);
  });

  it('decides alone under lv, which solves nothing whose tests fail', async () => {
    await withVerifier([HALF, RIGHT, RAISES], 'lv', (programs) =>
      programs.map((one) => (one.includes('list(numbers)') ? 2 : 1)),
    );
    const session = await repair(api);
    assert.deepEqual(session.turns[0]?.pick, { candidate: 't1c1', reason: 'highest verifier score' });
    assert.equal(session.outcome, 'exhausted');
  });

  it('leaves the pick to the tests when it answers nonsense, and says so', async () => {
    await withVerifier([WRONG, RIGHT, HALF], 'pt+lv', () => [1]);
    const session = await repair(api);
    assert.equal(session.outcome, 'solved', session.message);
    assert.match(api.snapshot().session?.selection ?? '', /^tests only: .* does not answer like a verifier/);
  });

  it('can be waited for no longer: Stop ends the session and its request', async () => {
    await withVerifier([WRONG, HALF, RAISES], 'pt+lv', () => new Promise(() => {}));
    await begun(api, () => asked.length === 1);
    assert.equal(api.snapshot().session?.activity, 'Waiting for the verifier’s scores');
    await vscode.commands.executeCommand('mucode.stop');
    await until('the session is stopped', () => api.snapshot().session?.outcome === 'stopped');
  });
});
