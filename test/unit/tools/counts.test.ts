// The numbers in the last line of `npm test` come from the reports; a report that says nothing must not count as zero failures.

import assert from 'node:assert/strict';
import { countsOfCheck, countsOfHost, countsOfMocha, countsOfPytest } from '../../../tools/test/counts.js';

describe('counting tests', () => {
  it('reads passes, failures and pending tests from mocha', () => {
    const failure = { fullTitle: 'c fails', err: { message: 'no', stack: 'Error: no\n  at c' } };
    const report = { passes: [{}, {}], pending: [{ fullTitle: 'd waits' }], failures: [failure] };
    const counts = countsOfMocha(JSON.stringify(report));
    assert.deepEqual([counts.passed, counts.failed, counts.skipped], [2, 1, ['d waits']]);
    assert.match(counts.failures[0] ?? '', /c fails\nError: no/);
  });

  it('reads counts and the reasons of skips from pytest', () => {
    const report =
      '<?xml version="1.0"?><testsuites name="pytest tests"><testsuite name="pytest" errors="1" failures="2" skipped="1" tests="9" time="1.0">' +
      '<testcase classname="tests.a" name="test_one" time="0.1" />' +
      '<testcase classname="tests.b" name="test_two" time="0.0"><skipped type="pytest.skip" message="needs &lt;bwrap&gt;">x</skipped></testcase>' +
      '</testsuite></testsuites>';
    assert.deepEqual(countsOfPytest(report), { passed: 5, failed: 3, skipped: ['test_two: needs <bwrap>'] });
  });

  it('counts each check of the gate', () => {
    const checks = [
      { name: 'a', passed: true },
      { name: 'b', passed: false },
    ];
    assert.deepEqual(countsOfCheck(JSON.stringify(checks)), { passed: 1, failed: 1, skipped: [] });
  });

  it('takes the last count that the editor tests print, and the titles they skip', () => {
    const text = 'VS Code 1.139\n  ✓ opens (3 ms)\n  - SKIPPED the desktop\n12 passed, 1 failed, 1 skipped\n';
    assert.deepEqual(countsOfHost(text), { passed: 12, failed: 1, skipped: ['the desktop'] });
  });

  it('counts a run that was skipped as a whole', () => {
    const counts = countsOfHost('SKIPPED: a desktop VS Code needs a display\n');
    assert.deepEqual(counts, { passed: 0, failed: 0, skipped: ['a desktop VS Code needs a display'] });
  });

  it('refuses reports without numbers', () => {
    assert.throws(() => countsOfHost('it crashed\n'));
    assert.throws(() => countsOfMocha(''));
    assert.throws(() => countsOfPytest('<testsuites></testsuites>'));
  });
});
