// Hand-written sessions on a project's tests: the states before and after the neighbouring suite.

import type { ProjectRun, SessionEvent } from '../../src/repair/events.ts';
import type { Verdict, WorkspaceProblem } from '../../src/repair/problem.ts';
import type { Session } from '../../src/repair/session.ts';
import { fold, session } from './sessions.ts';

export const FAILING = ['tests/test_money.py::TestPrice::test_total[3-4]', 'tests/test_money.py::test_tax'];
const AROUND = ['tests/test_shop.py::test_basket', 'tests/test_shop.py::test_empty'];
const TEXT = 'RATE = 2\n\n\ndef total(prices):\n    return prices\n';

const PROBLEM: WorkspaceProblem = {
  id: 'shop/money.py::total',
  language: 'python',
  kind: 'workspace',
  instruction: 'Fix the bug.',
  root: '/home/ada/shop',
  file: 'shop/money.py',
  text: TEXT,
  lines: [4, 5],
  entry_point: 'total',
  code: 'def total(prices):\n    return prices\n',
  context: 'RATE = 2\n',
  buffers: {},
  adapter: 'pytest',
  public_tests: FAILING.map((id) => ({ id, source: 'def test_…' })),
  private_tests: AROUND.map((id) => ({ id, source: '' })),
  time_limit_s: 5,
};

const RUN: ProjectRun = {
  python: { path: '/home/ada/shop/.venv/bin/python', version: '3.12.4', origin: '.venv (uv)' },
  neighbours: { files: ['tests/test_shop.py'], trouble: null },
  hidden: ['.env'],
  warnings: [],
  flaky: ['tests/test_money.py::test_clock'],
  alsoFailing: ['tests/test_shop.py::test_voucher'],
  context: [{ kind: 'constant', name: 'RATE', lines: [1, 1] }],
  tokens: 3,
  budget: 1250,
};

function verdict(candidate: string, tests: readonly string[], failing: readonly string[]): Verdict {
  return {
    candidate,
    verdict: failing.length === 0 ? 'pass' : 'fail',
    judged: 'guarded',
    tests: tests.map((test) => {
      const result = failing.includes(test) ? 'fail' : 'pass';
      return { test, result, expected: null, got: null, error: null, ms: 3 };
    }),
    feedback: '',
    fingerprint: `print-${candidate}`,
    ms: 30,
    tier: 'T3',
    why: null,
  };
}

/** A pick that fixes both tests, and the neighbouring suite has not run yet. */
export function fixed(change: Partial<Verdict> = {}): Session {
  const origin = {
    task: 'repair',
    file: 'file:///home/ada/shop/shop/money.py',
    label: 'total',
    lines: [4, 5],
    project: RUN,
  } as const;
  return fold(session({ problem: PROBLEM, origin }), [
    { type: 'baseline', verdict: verdict('baseline', FAILING, FAILING) },
    { type: 'turn', turn: 1, temperature: 0.7, messages: [] },
    {
      type: 'candidate',
      turn: 1,
      candidate: 't1c1',
      index: 0,
      answer: 'x',
      code: 'def total(prices):\n    return sum(prices)\n',
      imports: [],
      fingerprint: 'print-t1c1',
      trouble: null,
      duplicateOf: null,
      tokens: 9,
      truncated: false,
      ms: 10,
    },
    { type: 'verdict', turn: 1, candidate: 't1c1', verdict: { ...verdict('t1c1', FAILING, []), ...change } },
    { type: 'pick', turn: 1, candidate: 't1c1', reason: 'passes 2 of 2 tests' },
  ]);
}

/** The same after the neighbouring suite, of which these tests broke. */
export function concluded(broken: readonly string[] = []): Session {
  const events: readonly SessionEvent[] = [
    { type: 'final', candidate: 't1c1', verdict: verdict('t1c1', AROUND, broken) },
    {
      type: 'end',
      outcome: broken.length === 0 ? 'solved' : 'exhausted',
      message: `t1c1 fixes 2 tests, breaks ${broken.length} of 2 neighbouring tests.`,
      ms: 900,
    },
  ];
  return fold(fixed(), events);
}
