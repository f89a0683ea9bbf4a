// The cheap look for the CodeLens: functions with tests, methods, stubs, and nothing for the rest.

import assert from 'node:assert/strict';
import { glance } from '../../../src/tests/glance.ts';

const FILE = `import os

def plain(x):
    return x

def tested(x):
    """Doubles.

    >>> tested(2)
    4
    """
    def inner():
        pass
    return inner

@decorated
async def fetched(a,
                  b):
    return a

class Stack:
    """A stack."""

    def push(self, x):
        def nested(): pass
        return x

    def pop(self):
        raise NotImplementedError

def stub():
    """Later."""
    ...

assert fetched(1, 2) == 3
assert stub() == 1
assert Stack().pop() is None
assert len([]) == 0
`;

describe('glance', () => {
  it('finds functions and methods that a doctest or an assert in the file calls', () => {
    const found = glance(FILE).map(({ name, line, stub, tests }) => [name, line, stub, tests]);
    assert.deepEqual(found, [
      ['tested', 5, false, 1],
      ['fetched', 16, false, 1],
      ['Stack.pop', 27, true, 1],
      ['stub', 30, true, 1],
    ]);
  });

  it('gives a huge file no lenses', () => {
    assert.deepEqual(glance(FILE + '#'.repeat(600_000)), []);
  });

  it('reads CRLF files', () => {
    assert.equal(glance(FILE.replaceAll('\n', '\r\n')).length, 4);
  });
});
