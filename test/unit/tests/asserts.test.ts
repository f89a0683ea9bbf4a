// Choosing the asserts that belong to a function, and reading typed ones.

import assert from 'node:assert/strict';
import type { AssertInfo, Inspected } from '../../../src/protocol/judge.ts';
import { assertsFor } from '../../../src/tests/asserts.ts';
import { typedTests, typedText } from '../../../src/tests/typed.ts';

function info(source: string, line: number, calls: readonly string[]): AssertInfo {
  return { source, lines: [line, line], calls, in: 'module' };
}

function inspected(...asserts: readonly AssertInfo[]): Inspected {
  return { functions: [], asserts, error: null };
}

describe('assertsFor', () => {
  const file = inspected(
    info('assert f(1) == 1', 3, ['f']),
    info('assert g(1) == 1', 4, ['g']),
    info('s = Stack()\ns.push(1)\nassert s.pop() == 1', 9, ['Stack']),
    info('assert Stack().popped == 0', 10, ['Stack']),
  );

  it('takes the asserts that call the function, named by their line', () => {
    assert.deepEqual(assertsFor(file, 'f'), [{ id: 'line 3', source: 'assert f(1) == 1' }]);
  });

  it('takes for a method those that make the object and touch the method', () => {
    assert.deepEqual(
      assertsFor(file, 'Stack.pop').map((test) => test.id),
      ['line 9'],
    );
    assert.deepEqual(assertsFor(file, 'Stack.peek'), []);
  });

  it('takes for a special method all that make the object', () => {
    assert.deepEqual(
      assertsFor(file, 'Stack.__init__').map((test) => test.id),
      ['line 9', 'line 10'],
    );
  });
});

/** What typedTests has against the asserts. */
function problemOf(found: Inspected): string {
  const result = typedTests(found, 'f');
  assert.equal(typeof result, 'string');
  return typeof result === 'string' ? result : '';
}

describe('typed tests', () => {
  it('get their assert', () => {
    assert.equal(typedText(' f(1) == 2 '), 'assert f(1) == 2');
    assert.equal(typedText('assert f(1) == 2'), 'assert f(1) == 2');
    assert.equal(typedText('x = 1; assert f(x) == 2'), 'x = 1; assert f(x) == 2');
  });

  it('say in one sentence what is wrong with them', () => {
    const broken: Inspected = { functions: [], asserts: [], error: { message: "'(' was never closed", line: 1 } };
    assert.equal(typedTests(broken, 'f'), "This is not Python: '(' was never closed.");
    assert.match(problemOf(inspected()), /such as: assert f\(1, 2\) == 3$/);
    assert.equal(typedTests(inspected(info('assert g(1) == 1', 1, ['g'])), 'f'), 'None of these asserts calls f.');
  });

  it('become tests', () => {
    const found = typedTests(inspected(info('assert f(1) == 1', 1, ['f'])), 'f');
    assert.deepEqual(found, [{ id: 'typed 1', source: 'assert f(1) == 1' }]);
  });
});
