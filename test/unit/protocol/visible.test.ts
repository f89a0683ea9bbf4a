// Text of models and programs made safe to look at.

import assert from 'node:assert/strict';
import { visible, visibleLine } from '../../../src/protocol/visible.ts';

describe('visible', () => {
  it('leaves ordinary text, line feeds and tabs alone', () => {
    const text = 'def f(x):\n\treturn "ä測🙂" # ok';
    assert.equal(visible(text, 1000), text);
    assert.equal(visible('a\r\nb', 10), 'a\nb');
  });

  for (const [name, character, written] of [
    ['an escape', '\u001b', '\\x1b'],
    ['a lone carriage return', '\r', '\\x0d'],
    ['a right-to-left override', '\u202e', '\\u202e'],
    ['an isolate', '\u2066', '\\u2066'],
    ['a zero-width space', '\u200b', '\\u200b'],
    ['a byte order mark', '\ufeff', '\\ufeff'],
    ['a line separator', '\u2028', '\\u2028'],
    ['half a surrogate pair', '\ud83d', '\\ud83d'],
    ['a tag character', '\u{e0041}', '\\U000e0041'],
    ['a Hangul filler', '\u3164', '\\u3164'],
  ] as const) {
    it(`writes out ${name}`, () => assert.equal(visible(`a${character}b`, 100), `a${written}b`));
  }

  it('cuts the middle, says how much, and is never longer than its limit', () => {
    const cut = visible(`head${'x'.repeat(10_000)}tail`, 200);
    assert.match(cut, /^headx+ …\[\d+ more characters\]… x+tail$/);
    for (const text of ['x'.repeat(500), '\u0000'.repeat(500)]) {
      for (const limit of [1, 10, 60, 100]) assert.ok(visible(text, limit).length <= limit);
    }
  });

  it('puts a line on one line', () => {
    assert.equal(visibleLine('  a\n\tb  c ', 100), 'a b c');
    assert.ok(visibleLine('x\n'.repeat(10_000), 50).length <= 50);
  });
});
