// Messages of the panel: the good ones are taken, everything else is not.

import assert from 'node:assert/strict';
import { parseFromPanel, parseToPanel } from '../../../src/protocol/panel.ts';

const GOOD = [
  { type: 'ready', session: null },
  { type: 'ready', session: 's1' },
  { type: 'select', session: 's1', candidate: 't1c1' },
  { type: 'diff', session: 's1', candidate: 't1c1' },
  { type: 'apply', session: 's1', candidate: 't1c1' },
  { type: 'turn', session: 's1', candidate: 't1c1' },
  { type: 'reveal', session: 's1' },
  { type: 'stop', session: 's1' },
  { type: 'stop', session: null },
  { type: 'cancelQueued', id: 'q1' },
  { type: 'repair' },
  { type: 'history' },
  { type: 'log' },
];

const BAD = [
  undefined,
  null,
  7,
  'ready',
  [],
  {},
  { type: 'Ready', session: null },
  { type: 'ready' },
  { type: 'ready', session: 7 },
  { type: 'diff', session: 's1' },
  { type: 'diff', session: 's1', candidate: '' },
  { type: 'apply', session: null, candidate: 't1c1' },
  { type: 'apply', session: 's1', candidate: 'x'.repeat(201) },
  { type: 'stop' },
  { type: 'cancelQueued', id: { toString: 'q1' } },
  { type: 'eval', code: '1' },
  { type: '__proto__' },
];

describe('messages from the panel', () => {
  for (const message of GOOD) {
    it(`takes ${JSON.stringify(message)}`, () => assert.deepEqual(parseFromPanel(message), message));
  }

  it('takes nothing along that is not part of the message', () => {
    assert.deepEqual(parseFromPanel({ type: 'log', code: 'x', session: 's1' }), { type: 'log' });
  });

  for (const message of BAD) {
    it(`refuses ${(JSON.stringify(message) ?? 'undefined').slice(0, 60)}`, () =>
      assert.equal(parseFromPanel(message), null));
  }
});

describe('messages to the panel', () => {
  it('are snapshots of this version', () => {
    const snapshot = { v: 1, session: null, queue: [], error: null, activity: null };
    assert.deepEqual(parseToPanel({ type: 'snapshot', snapshot }), { type: 'snapshot', snapshot });
    for (const message of [
      null,
      { type: 'state', snapshot },
      { type: 'snapshot', snapshot: { ...snapshot, v: 2 } },
      { type: 'snapshot' },
    ]) {
      assert.equal(parseToPanel(message), null);
    }
  });
});
