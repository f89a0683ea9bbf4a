// Lines from chunks, however the chunks are cut.

import assert from 'node:assert/strict';
import { LineReader } from '../../../src/protocol/lines.ts';
import { seededRandom } from '../../../src/ports.ts';

describe('LineReader', () => {
  it('gives the same lines for every way to cut the text', () => {
    const random = seededRandom(4);
    const text = 'one\ntwo\u2028still two\r\n\nthree\u0085\nrest';
    for (let round = 0; round < 300; round += 1) {
      const lines: string[] = [];
      const reader = new LineReader((line) => lines.push(line), 1000);
      for (let at = 0; at < text.length;) {
        const next = at + 1 + Math.floor(random() * 6);
        reader.take(text.slice(at, next));
        at = next;
      }
      assert.deepEqual(lines, ['one', 'two\u2028still two', 'three\u0085']);
    }
  });

  it('throws at a line without end', () => {
    const reader = new LineReader(() => {}, 10);
    assert.throws(() => reader.take('x'.repeat(11)), RangeError);
  });
});
