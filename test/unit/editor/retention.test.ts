// The size cap of kept sessions: oldest first, never more than needed, never the one being written.

import assert from 'node:assert/strict';
import { surplus } from '../../../src/editor/retention.ts';

const FILES = [
  { name: 'b', bytes: 40, changed: 2 },
  { name: 'a', bytes: 30, changed: 1 },
  { name: 'c', bytes: 50, changed: 3 },
];

function names(limit: number, spared: string | null = null): readonly string[] {
  return surplus(FILES, limit, spared).map((file) => file.name);
}

describe('surplus', () => {
  it('removes nothing while the files fit', () => {
    assert.deepEqual(names(120), []);
  });

  it('removes the oldest first and stops as soon as the rest fits', () => {
    assert.deepEqual(names(119), ['a']);
    assert.deepEqual(names(89), ['a', 'b']);
  });

  it('never removes the session that is being written', () => {
    assert.deepEqual(names(60, 'a'), ['b', 'c']);
    assert.deepEqual(names(0, 'a'), ['b', 'c']);
  });
});
