// From sessions to snapshots: rows, selection, honest words, and a bounded size.

import assert from 'node:assert/strict';
import type { PanelSession } from '../../../src/protocol/panel.ts';
import { panelSnapshot, type PanelModel } from '../../../src/protocol/snapshot.ts';
import { refusal } from '../../../src/protocol/refusal.ts';
import type { Session } from '../../../src/repair/session.ts';
import {
  answered,
  began,
  exhausted,
  failed,
  fold,
  large,
  PROBLEM,
  running,
  session,
  solvedInTurnTwo,
  verdict,
} from '../../fakes/sessions.ts';

const LIMIT = 200_000;

function model(shown: Session | null, change: Partial<PanelModel> = {}): PanelModel {
  return {
    session: shown,
    runningSince: null,
    queue: [],
    error: null,
    activity: null,
    readOnly: null,
    now: 10_000,
    ...change,
  };
}

function shownOf(shown: Session, selected: string | null = null, change: Partial<PanelModel> = {}): PanelSession {
  const snapshot = panelSnapshot(model(shown, change), selected).session;
  assert.ok(snapshot);
  return snapshot;
}

function bytes(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value));
}

describe('panelSnapshot', () => {
  it('groups the duplicates of a turn under their original, even when it is not the first by index', () => {
    const shown = shownOf(
      fold(session(), [began(1), ...answered(1, 2, 'ppppf'), ...answered(1, 0, 'ppppf', { duplicateOf: 't1c3' })]),
    );
    const rows = shown.rounds[0]?.rows.map(({ id, copies, sameAs }) => ({ id, copies, sameAs }));
    assert.deepEqual(rows, [{ id: 't1c3', copies: ['t1c1', 't1c3'], sameAs: null }]);
  });

  it('says which rows repeat the user’s code or a program of an earlier turn', () => {
    const shown = shownOf(solvedInTurnTwo());
    const same = shown.rounds.flatMap((round) => round.rows).filter((row) => row.sameAs !== null);
    assert.deepEqual(
      same.map(({ id, sameAs }) => [id, sameAs]),
      [
        ['t1c1', 'baseline'],
        ['t2c2', 't1c2'],
      ],
    );
  });

  it('has a row for candidates that have not begun, only while the turn runs', () => {
    const states = (shown: PanelSession): unknown => shown.rounds.at(-1)?.rows.map((row) => `${row.id} ${row.state}`);
    const run = { runningSince: 0 };
    assert.deepEqual(states(shownOf(running(), null, run)), [
      't2c1 judged',
      't2c2 judging',
      't2c3 streaming',
      't2c4 streaming',
      't2c5 waiting',
    ]);
    assert.deepEqual(states(shownOf(running())), [
      't2c1 judged',
      't2c2 unfinished',
      't2c3 unfinished',
      't2c4 unfinished',
    ]);
  });

  it('marks the row of a picked duplicate', () => {
    const shown = shownOf(fold(solvedInTurnTwo(), [{ type: 'pick', turn: 2, candidate: 't2c3', reason: 'x' }]));
    assert.deepEqual(
      shown.rounds[1]?.rows.filter((row) => row.pick).map((row) => row.id),
      ['t2c1'],
    );
  });

  it('selects what was asked for, else the last pick, else the newest verdict, else the user’s code', () => {
    const selected = (shown: Session, id: string | null): string | undefined => shownOf(shown, id).detail?.row.id;
    assert.equal(selected(solvedInTurnTwo(), 't1c5'), 't1c5');
    assert.equal(selected(solvedInTurnTwo(), 't2c5'), 't2c1', 'a copy stands for its original');
    assert.equal(selected(solvedInTurnTwo(), 'baseline'), 'baseline');
    assert.equal(selected(solvedInTurnTwo(), 'nonsense'), 't2c1');
    assert.equal(selected(fold(session(), [began(1), ...answered(1, 0, 'pffff')]), null), 't1c1');
    assert.equal(selected(failed(), null), 'baseline');
  });

  it('counts the time of earlier runs and of this one', () => {
    assert.equal(shownOf(solvedInTurnTwo()).elapsedMs, 18_400);
    assert.equal(shownOf(solvedInTurnTwo(), null, { runningSince: 4_000 }).elapsedMs, 24_400);
    assert.equal(
      shownOf(solvedInTurnTwo(), null, { runningSince: 99_000 }).elapsedMs,
      18_400,
      'clocks may be set back',
    );
  });

  it('names the weakest tier that anything was judged in', () => {
    const mixed = fold(session(), [
      { type: 'baseline', verdict: verdict('baseline', 'fffff') },
      began(1),
      ...answered(1, 0, 'ppppp', { verdict: { tier: 'T0' } }),
    ]);
    assert.equal(shownOf(mixed).tier, 'T0');
    assert.equal(shownOf(session()).tier, null);
  });

  it('ranks scores within their turn and says “tests only” where there are none', () => {
    const [first, , third] = shownOf(exhausted()).rounds;
    assert.deepEqual(
      third?.rows.map((row) => row.score?.rank),
      [1, 2, 4, 3],
    );
    assert.deepEqual(
      first?.rows.map((row) => row.score),
      [null, null, null, null],
    );
    assert.match(shownOf(solvedInTurnTwo()).selection, /tests only/);
  });

  it('says that it waits for scores, where the pick needs them', () => {
    const judged = [began(1), ...[0, 1, 2, 3, 4].flatMap((index) => answered(1, index, 'ppppf'))];
    const activity = (selector: 'pt' | 'pt+lv'): string | undefined => {
      const shown = fold(session({ options: { ...session().options, selector } }), [
        { type: 'baseline', verdict: verdict('baseline', 'fffff') },
        ...judged,
      ]);
      return panelSnapshot(model(shown, { runningSince: 0 }), null).session?.activity;
    };
    assert.equal(activity('pt+lv'), 'Waiting for the verifier’s scores');
    assert.equal(activity('pt'), 'Candidates: 5 judged');
  });

  it('keeps the labels of counted test ids and numbers all others', () => {
    const labels = (ids: readonly string[]): unknown => {
      const problem = { ...PROBLEM, public_tests: ids.map((id) => ({ id, source: 'assert f()' })) };
      return shownOf(session({ problem })).tests.map((test) => test.label);
    };
    assert.deepEqual(labels(['t0', 't1']), ['t0', 't1']);
    assert.deepEqual(labels(['t2', 'test_stats.py:14']), ['t1', 't2']);
  });

  it('takes a file name out of a URI or a path, whatever it holds', () => {
    const name = (file: string): string =>
      shownOf(session({ origin: { task: 'write', file, label: 'f', lines: [1, 2] } })).file;
    assert.equal(name('file:///a/my%20file.py'), 'my file.py');
    assert.equal(name('/a/50%.py'), '50%.py');
    assert.equal(name('problem.json'), 'problem.json');
  });

  for (const [what, text] of [
    ['plain text', 'x'.repeat(10_000)],
    ['control characters', '\u0000\u202e'.repeat(5_000)],
    ['wide characters', '測'.repeat(10_000)],
    ['quotes', '"\\'.repeat(5_000)],
  ] as const) {
    it(`stays under 200 KB whatever the session holds: ${what}`, () => {
      const queue = Array.from({ length: 500 }, (_, i) => ({ id: `q${i}`, label: text }));
      for (const [candidates, tests, turns] of [
        [32, 20, 3],
        [32, 2000, 2],
        [32, 200, 20],
        [32, 50, 5],
        [1, 5, 400],
      ] as const) {
        const shown = large(candidates, tests, turns, text);
        const size = bytes(
          panelSnapshot(model(shown, { queue, error: text, activity: text, readOnly: text, runningSince: 0 }), null),
        );
        assert.ok(size < LIMIT, `${candidates} × ${tests} × ${turns}: ${size} bytes`);
      }
    });
  }

  it('says how many tests and rows it left out', () => {
    const shown = shownOf(large(32, 400, 12, 'x'));
    assert.equal(shown.tests.length + shown.omittedTests, 400);
    const rows = shown.rounds.reduce((sum, round) => sum + round.rows.length + round.omitted, 0);
    assert.equal(rows, 32 * 12);
    assert.equal(shown.rounds.at(-1)?.omitted, 0, 'the newest turn is whole');
  });
});

describe('refusal', () => {
  const shown = shownOf(solvedInTurnTwo());
  const row = (id: string): PanelSession['baseline'] => {
    const found = [shown.baseline, ...shown.rounds.flatMap((round) => round.rows)].find((one) => one.id === id);
    assert.ok(found);
    return found;
  };

  it('lets a failing candidate be compared, applied and continued', () => {
    for (const action of ['diff', 'apply', 'turn'] as const) assert.equal(refusal(shown, row('t1c2'), action), null);
  });

  it('names the reason where there is no code, nothing to change, or nothing but the user’s code', () => {
    assert.match(refusal(shown, row('t1c3'), 'diff') ?? '', /holds no code/);
    assert.equal(refusal(shown, row('t1c3'), 'turn'), null);
    assert.match(refusal(shown, row('t1c1'), 'apply') ?? '', /same as your code/);
    assert.match(refusal(shown, row('baseline'), 'diff') ?? '', /your code as it is/);
  });
});
