// Which tests are known to fail, and where they stand in a text that has changed since.

import assert from 'node:assert/strict';
import { extentOf, KnownFailures } from '../../../src/editor/failures.ts';
import type { DiscoveredTest } from '../../../src/protocol/workspace.ts';

function failing(id: string, line: number | null): DiscoveredTest {
  const file = id.split('::')[0] ?? '';
  return { id, result: 'fail', flaky: false, ms: 1, message: null, source: '', file, line, frames: [] };
}

const TEXT = [
  'class TestA:',
  '    def test_b(self):',
  '        assert f(',
  '            1',
  '        ) == 2',
  '',
  '    def test_c(self):',
  '        assert f(2) == 3',
  '',
  'assert f(3) == 4',
];

describe('known failures', () => {
  it('are kept by file, each once, until they pass', () => {
    const known = new KnownFailures();
    known.remember('/p', [failing('t/test_x.py::TestA::test_b[1]', 2), failing('t/test_x.py::test_d', 9)]);
    known.remember('/p', [failing('t/test_x.py::test_d', 12)]);
    assert.deepEqual(
      known.in('/p/t/test_x.py').map(({ label, line }) => [label, line]),
      [
        ['TestA.test_b[1]', 1],
        ['test_d', 11],
      ],
    );
    known.forget(['t/test_x.py::test_d']);
    assert.equal(known.in('/p/t/test_x.py').length, 1);
    assert.deepEqual(known.in('/other'), []);
  });

  it('reach from their def to their last line, wherever that has moved', () => {
    const at = (label: string, line: number | null): unknown => extentOf(TEXT, { id: '', label, line });
    assert.deepEqual(at('TestA.test_b[1-2]', 40), [1, 4]);
    assert.deepEqual(at('TestA.test_c', 0), [6, 7]);
    assert.deepEqual(at('test_x.py:10', 9), [9, 9]);
    assert.equal(at('test_gone', 3), null);
  });
});
