// Kept sessions on a real disk: what goes in comes out, damage is survived, the cap holds and says what it drops.

import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SessionStore } from '../../../src/editor/store.ts';
import type { SessionEvent } from '../../../src/repair/events.ts';
import type { Verdict } from '../../../src/repair/problem.ts';
import { replay } from '../../../src/repair/session.ts';

const VERDICT: Verdict = {
  candidate: 't1c1',
  verdict: 'fail',
  judged: 'outside',
  tests: [{ test: 'line 3', result: 'fail', expected: '2', got: '1', error: null, ms: 1 }],
  feedback: 'expected 2, got 1',
  fingerprint: 'abc',
  ms: 4,
  tier: 'T3',
  why: null,
};

function first(id: string, at = '2026-01-01T00:00:00.000Z'): SessionEvent {
  return {
    type: 'session',
    v: 1,
    id,
    at,
    problem: {
      id: 'a.py::f',
      language: 'python',
      kind: 'function',
      instruction: 'Correct it.',
      context: '',
      entry_point: 'f',
      code: 'def f(x):\n    return x',
      public_tests: [{ id: 'line 3', source: 'assert f(1) == 2' }],
      private_tests: [],
      time_limit_s: 5,
    },
    options: { candidates: 1, turns: 1, temperature: 0.7, selector: 'pt+lv', seed: 1 },
    origin: { task: 'repair', file: 'file:///a.py', label: 'f', lines: [1, 2] },
    server: { url: 'http://127.0.0.1:1', model: 'm' },
  };
}

const REST: readonly SessionEvent[] = [
  { type: 'baseline', verdict: VERDICT },
  { type: 'turn', turn: 1, temperature: 0.7, messages: [{ role: 'user', content: 'é' }], from: 't0c1', note: 'n' },
  {
    type: 'candidate',
    turn: 1,
    candidate: 't1c1',
    index: 0,
    answer: 'x',
    code: 'def f(x):\n    return 1',
    imports: ['import re'],
    fingerprint: 'abc',
    trouble: null,
    duplicateOf: null,
    tokens: 3,
    truncated: false,
    ms: 9,
  },
  { type: 'test', turn: 1, candidate: 't1c1', test: 'line 3', result: 'fail', ms: 1 },
  { type: 'verdict', turn: 1, candidate: 't1c1', verdict: VERDICT },
  {
    type: 'scores',
    turn: 1,
    scores: { t1c1: 0.5, baseline: 0.1 },
    probabilities: { t1c1: 0.6, baseline: 0.52 },
    ranks: { t1c1: 1 },
    revision: 'r1',
    unavailable: null,
  },
  { type: 'pick', turn: 1, candidate: 't1c1', reason: 'best' },
  { type: 'final', candidate: 't1c1', verdict: VERDICT },
  { type: 'infra', message: 'restarted' },
];

const END: SessionEvent = { type: 'end', outcome: 'exhausted', message: 'Not solved.', ms: 20 };

describe('SessionStore', () => {
  let folder = '';
  let log: string[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'store-'));
    log = [];
  });

  afterEach(() => rm(folder, { recursive: true }));

  function storeOf(maxBytes = 1_000_000): SessionStore {
    return new SessionStore(join(folder, 'sessions'), () => maxBytes, { info: (line) => void log.push(line) });
  }

  async function kept(store: SessionStore, id: string, events: readonly SessionEvent[]): Promise<void> {
    for (const event of events) store.append(id, event);
    await store.settled();
  }

  it('gives back every kind of event as the session that it was', async () => {
    const store = storeOf();
    const events = [first('s1'), ...REST, END];
    await kept(store, 's1', events);
    assert.deepEqual(await storeOf().load('s1'), replay(events));
    assert.deepEqual(log, []);
  });

  it('does not keep progress', async () => {
    const store = storeOf();
    await kept(store, 's1', [first('s1'), { type: 'progress', turn: 1, index: 0, chars: 30 }, END]);
    assert.equal((await readFile(join(folder, 'sessions', 's1.jsonl'), 'utf8')).includes('progress'), false);
  });

  it('lists the newest first with their outcome', async () => {
    const store = storeOf();
    await kept(store, 'old', [first('old', '2026-01-01T00:00:00.000Z'), END]);
    await kept(store, 'new', [first('new', '2026-02-01T00:00:00.000Z')]);
    assert.deepEqual(
      (await store.list()).map(({ id, outcome }) => [id, outcome]),
      [
        ['new', null],
        ['old', 'exhausted'],
      ],
    );
  });

  it('shows what is left of a file that was cut in the middle of a line, and says so', async () => {
    const store = storeOf();
    await kept(store, 's1', [first('s1'), ...REST, END]);
    await truncate(
      join(folder, 'sessions', 's1.jsonl'),
      (await readFile(join(folder, 'sessions', 's1.jsonl'))).length - 20,
    );
    const session = await store.load('s1');
    assert.equal(session.outcome, 'stopped');
    assert.equal(session.turns.length, 1);
    assert.match(log.join('\n'), /1 lines of session s1 could not be read/);
  });

  it('goes on with a session that was cut in the middle of a line', async () => {
    await kept(storeOf(), 's1', [first('s1'), ...REST, END]);
    const path = join(folder, 'sessions', 's1.jsonl');
    await truncate(path, (await readFile(path)).length - 20);
    await kept(storeOf(), 's1', [{ type: 'turn', turn: 2, temperature: 0.7, messages: [] }, END]);
    const session = await storeOf().load('s1');
    assert.deepEqual(
      session.turns.map((one) => one.number),
      [1, 2],
    );
    assert.equal(session.outcome, 'exhausted');
  });

  it('lists a file that is no session as damaged and refuses to open it', async () => {
    const store = storeOf();
    await kept(store, 's1', [first('s1'), END]);
    await writeFile(join(folder, 'sessions', 'bad.jsonl'), Buffer.from([0, 255, 10, 7]));
    const bad = (await store.list()).find(({ id }) => id === 'bad');
    assert.equal(bad?.message, 'The file is damaged.');
    await assert.rejects(store.load('bad'), /damaged at its beginning/);
  });

  it('lists a session whose problem alone is longer than half a megabyte', async () => {
    const store = storeOf();
    const long = first('s1');
    assert.ok(long.type === 'session' && long.problem.kind === 'function');
    const problem = { ...long.problem, context: 'é'.repeat(700_000) };
    await kept(store, 's1', [{ ...long, problem }, END]);
    const [summary] = await store.list();
    assert.deepEqual([summary?.label, summary?.outcome], ['f', 'exhausted']);
  });

  it('removes the oldest sessions above the cap and names them', async () => {
    const store = storeOf(4000);
    await kept(store, 'a', [first('a'), END]);
    await appendFile(join(folder, 'sessions', 'a.jsonl'), ' '.repeat(3500));
    await kept(store, 'b', [first('b'), END]);
    assert.deepEqual(await readdir(join(folder, 'sessions')), ['b.jsonl']);
    assert.match(log.join('\n'), /Removed the kept session a\.jsonl/);
  });

  it('keeps only the end of a session above 5 MB and says so once', async () => {
    const store = storeOf(100_000_000);
    const big: SessionEvent = { type: 'infra', message: 'x'.repeat(2_000_000) };
    await kept(store, 's1', [first('s1'), big, big, big, big, END]);
    const bytes = (await readFile(join(folder, 'sessions', 's1.jsonl'))).length;
    assert.ok(bytes < 5 * 1024 * 1024, String(bytes));
    assert.equal((await store.load('s1')).outcome, 'exhausted');
    assert.equal(log.filter((line) => line.includes('has reached 5 MB')).length, 1);
  });

  it('has no path for an id that it did not make', async () => {
    await assert.rejects(storeOf().load('../../etc/passwd'), /There is no session/);
  });

  it('removes a session', async () => {
    const store = storeOf();
    await kept(store, 's1', [first('s1'), END]);
    await store.remove('s1');
    assert.deepEqual(await store.list(), []);
  });
});
