// The smallest line edits, checked against every pair of texts that a seeded generator makes.

import assert from 'node:assert/strict';
import { applyEdits, lineEdits } from '../../../src/repair/patch.ts';
import { seededRandom } from '../../../src/ports.ts';

type Lines = readonly string[];

/** Lines of a small alphabet, so that many are equal. */
function randomLines(random: () => number, most: number): Lines {
  return Array.from({ length: Math.floor(random() * most) }, () => 'abcd'.charAt(Math.floor(random() * 4)));
}

/** Length of the longest common subsequence, by the plain recursion with a memory. */
function commonLength(a: Lines, b: Lines, memory = new Map<string, number>(), i = 0, j = 0): number {
  if (i === a.length || j === b.length) return 0;
  const key = `${i},${j}`;
  const known = memory.get(key);
  if (known !== undefined) return known;
  const found =
    a[i] === b[j]
      ? 1 + commonLength(a, b, memory, i + 1, j + 1)
      : Math.max(commonLength(a, b, memory, i + 1, j), commonLength(a, b, memory, i, j + 1));
  memory.set(key, found);
  return found;
}

describe('lineEdits', () => {
  it('turn every text into every other one', () => {
    const random = seededRandom(1);
    for (let round = 0; round < 3000; round += 1) {
      const [before, after] = [randomLines(random, 12), randomLines(random, 12)];
      assert.deepEqual(applyEdits(before, lineEdits(before, after)), after, `round ${round}`);
    }
  });

  it('touch no more lines than they must', () => {
    const random = seededRandom(2);
    for (let round = 0; round < 500; round += 1) {
      const [before, after] = [randomLines(random, 10), randomLines(random, 10)];
      const edits = lineEdits(before, after);
      const removed = edits.reduce((sum, edit) => sum + edit.end - edit.start, 0);
      const added = edits.reduce((sum, edit) => sum + edit.lines.length, 0);
      const common = commonLength(before, after);
      assert.deepEqual([removed, added], [before.length - common, after.length - common], `round ${round}`);
    }
  });

  it('come from top to bottom, apart from each other, none of them empty', () => {
    const random = seededRandom(3);
    for (let round = 0; round < 1000; round += 1) {
      let last = -1;
      for (const { start, end, lines } of lineEdits(randomLines(random, 14), randomLines(random, 14))) {
        assert.ok(start > last && end >= start);
        assert.ok(end > start || lines.length > 0);
        last = end;
      }
    }
  });

  it('of equal texts are none', () => {
    assert.deepEqual(lineEdits(['a', 'b'], ['a', 'b']), []);
    assert.deepEqual(lineEdits([], []), []);
  });

  it('of one changed line in the middle are that line', () => {
    assert.deepEqual(lineEdits(['a', 'b', 'c'], ['a', 'x', 'c']), [{ start: 1, end: 2, lines: ['x'] }]);
  });

  it('of two huge different texts are one edit, and fast', () => {
    const before = Array.from({ length: 5000 }, (_, i) => `a${i}`);
    const after = ['top', ...Array.from({ length: 5000 }, (_, i) => `b${i}`)];
    const edits = lineEdits(before, after);
    assert.equal(edits.length, 1);
    assert.deepEqual(applyEdits(before, edits), after);
  });
});
