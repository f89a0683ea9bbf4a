// Hand-written sessions in the states that the panel must show well. They are folds of events, as in real life.

import type { SessionEvent } from '../../src/repair/events.ts';
import type { FunctionProblem, TestResult, TestVerdict, Verdict } from '../../src/repair/problem.ts';
import { ranksOf } from '../../src/repair/scoring.ts';
import { begin, step, type Session } from '../../src/repair/session.ts';

const SOURCES = [
  'assert median([3, 1, 2]) == 2',
  'assert median([4, 1, 3, 2]) == 2.5',
  'assert median([7]) == 7',
  'assert median([-5, 0, 5, 10]) == 2.5',
  'assert median([]) is None',
];

export const PROBLEM: FunctionProblem = {
  id: 'stats.median',
  language: 'python',
  kind: 'function',
  instruction: 'Return the median of a list of numbers, or None for an empty list.',
  context: '',
  entry_point: 'median',
  code: 'def median(values):\n    ordered = sorted(values)\n    return ordered[len(ordered) // 2]\n',
  public_tests: SOURCES.map((source, i) => ({ id: `t${i + 1}`, source })),
  private_tests: [],
  time_limit_s: 5,
};

export function session(change: Partial<Extract<SessionEvent, { type: 'session' }>> = {}): Session {
  return begin({
    type: 'session',
    v: 1,
    id: '2026-11-21-1',
    at: '2026-11-21T10:00:00.000Z',
    problem: PROBLEM,
    options: { candidates: 5, turns: 3, temperature: 0.7, selector: 'pt+lv', seed: 1 },
    origin: { task: 'repair', file: 'file:///home/ada/project/stats.py', label: 'median', lines: [12, 15] },
    server: { url: 'http://127.0.0.1:8377/v1', model: 'SmolLM2-135M-Instruct' },
    ...change,
  });
}

export function fold(start: Session, events: readonly SessionEvent[]): Session {
  return events.reduce(step, start);
}

const LETTERS: Readonly<Record<string, TestResult>> = {
  p: 'pass',
  f: 'fail',
  e: 'error',
  t: 'timeout',
  l: 'limit',
  x: 'tamper',
  s: 'skipped',
};

/** A verdict from one letter per test, such as `ppfep`. */
export function verdict(candidate: string, letters: string, change: Partial<Verdict> = {}): Verdict {
  const tests = letters.split('').map((letter, i) => testVerdict(`t${i + 1}`, LETTERS[letter] ?? 'skipped'));
  const order = ['tamper', 'limit', 'timeout', 'error', 'fail'] as const;
  const worst = order.find((result) => tests.some((test) => test.result === result)) ?? 'pass';
  const failed = tests.find((test) => test.result !== 'pass');
  return {
    candidate,
    verdict: tests.some((test) => test.result === 'skipped') && worst === 'pass' ? 'fail' : worst,
    judged: 'outside',
    tests,
    feedback: failed ? `Test ${failed.test} does not pass.\n\n    ${SOURCES[1]}\n\nexpected 2.5, got 3` : '',
    fingerprint: `print-${candidate}`,
    ms: 41,
    tier: 'T3',
    why: null,
    ...change,
  };
}

function testVerdict(test: string, result: TestResult): TestVerdict {
  const failed = result === 'fail';
  const error =
    result === 'error'
      ? 'TypeError: unsupported operand type(s) for /: ‘list’ and ‘int’ (line 3: return ordered / 2)'
      : null;
  return { test, result, expected: failed ? '2.5' : null, got: failed ? '3' : null, error, ms: 2 };
}

export type Answered = {
  readonly duplicateOf?: string;
  readonly trouble?: string;
  readonly truncated?: boolean;
  readonly verdict?: Partial<Verdict>;
  readonly answer?: string;
};

/** One complete answer of a turn and its verdict. */
export function answered(turn: number, index: number, letters: string, extra: Answered = {}): readonly SessionEvent[] {
  const candidate = `t${turn}c${index + 1}`;
  const { duplicateOf = null, trouble = null, truncated = false } = extra;
  const event: SessionEvent = {
    type: 'candidate',
    turn,
    candidate,
    index,
    answer: extra.answer ?? `Here is the function:\n\n${PROBLEM.code}`,
    code: trouble === null ? PROBLEM.code : null,
    imports: [],
    fingerprint: trouble === null ? `print-${duplicateOf ?? candidate}` : null,
    trouble,
    duplicateOf,
    tokens: 64 + 13 * index,
    truncated,
    ms: 900 + 310 * index,
  };
  return [event, { type: 'verdict', turn, candidate, verdict: verdict(candidate, letters, extra.verdict) }];
}

export function began(turn: number, from?: string, note?: string): SessionEvent {
  return { type: 'turn', turn, temperature: 0.7, messages: [], ...(from && { from }), ...(note && { note }) };
}

type ScoresEvent = Extract<SessionEvent, { type: 'scores' }>;

/** The verifier's answer for a turn, its probabilities calibrated with temperature 1. */
export function scored(
  turn: number,
  scores: ScoresEvent['scores'],
  change: Partial<ScoresEvent> = {},
): Extract<SessionEvent, { type: 'scores' }> {
  const likely = Object.entries(scores).map(([id, score]) => [id, 1 / (1 + Math.exp(-score))]);
  const probabilities: ScoresEvent['probabilities'] = Object.fromEntries(likely);
  const ranks = ranksOf(scores);
  return { type: 'scores', turn, scores, probabilities, ranks, revision: 'r1', unavailable: null, ...change };
}

function picked(turn: number, candidate: string, passed: number): readonly SessionEvent[] {
  const unavailable = 'no verifier connected: tests only';
  return [
    scored(turn, {}, { revision: null, unavailable }),
    { type: 'pick', turn, candidate, reason: `passes ${passed} of 5 tests (tests only)` },
  ];
}

const BASELINE: SessionEvent = { type: 'baseline', verdict: verdict('baseline', 'pfpfe') };

const FIRST_TURN: readonly SessionEvent[] = [
  BASELINE,
  began(1),
  ...answered(1, 0, 'pfpfe', { duplicateOf: 'baseline' }),
  ...answered(1, 1, 'ppppe'),
  ...answered(1, 2, 'eeeee', {
    trouble: 'The answer holds no Python code.',
    answer: 'To compute the median, first sort the list.',
  }),
  ...answered(1, 3, 'ppppe', { duplicateOf: 't1c2' }),
  ...answered(1, 4, 'pftpe', { truncated: true }),
  ...picked(1, 't1c2', 4),
];

export function solvedInTurnTwo(): Session {
  return fold(session(), [
    ...FIRST_TURN,
    began(2, 't1c2'),
    ...answered(2, 0, 'ppppp'),
    ...answered(2, 1, 'ppppe', { duplicateOf: 't1c2' }),
    ...answered(2, 2, 'ppppp', { duplicateOf: 't2c1' }),
    ...answered(2, 3, 'ppppf'),
    ...answered(2, 4, 'ppppp', { duplicateOf: 't2c1' }),
    ...picked(2, 't2c1', 5),
    { type: 'end', outcome: 'solved', message: 't2c1 passes all 5 tests.', ms: 18_400 },
  ]);
}

export function running(): Session {
  return fold(session(), [
    ...FIRST_TURN,
    began(2, 't1c2', 'an empty list has no median'),
    ...answered(2, 0, 'ppppf'),
    ...answered(2, 1, 'ppppe').slice(0, 1),
    { type: 'test', turn: 2, candidate: 't2c2', test: 't1', result: 'pass', ms: 2 },
    { type: 'test', turn: 2, candidate: 't2c2', test: 't2', result: 'fail', ms: 2 },
    { type: 'progress', turn: 2, index: 2, chars: 212 },
    { type: 'progress', turn: 2, index: 3, chars: 48 },
  ]);
}

export function exhausted(): Session {
  return fold(session(), [
    ...FIRST_TURN,
    began(2, 't1c2'),
    ...answered(2, 0, 'ppppf'),
    ...answered(2, 1, 'pplle'),
    ...answered(2, 2, 'xxxxx'),
    ...answered(2, 3, 'pppsp', { verdict: { judged: 'guarded' } }),
    ...answered(2, 4, 'ppttp', { verdict: { judged: 'guarded' } }),
    ...picked(2, 't2c1', 4),
    began(3, 't2c1'),
    ...answered(3, 0, 'ppppp', { verdict: { judged: 'unguarded' } }),
    ...answered(3, 1, 'ppppf', { duplicateOf: 't2c1' }),
    ...answered(3, 2, 'ppppf', { duplicateOf: 't2c1' }),
    ...answered(3, 3, 'eeeee'),
    ...answered(3, 4, 'ffffe'),
    scored(3, { t3c1: 0.91, t3c2: 0.44, t3c4: -1.2, t3c5: 0.1, baseline: -0.3 }),
    { type: 'pick', turn: 3, candidate: 't3c1', reason: 'passes 5 of 5 tests, then highest verifier score' },
    {
      type: 'end',
      outcome: 'exhausted',
      message:
        't3c1 passes its tests, but a test has no oracle that could be falsified (unguarded), so it is not called verified.',
      ms: 61_400,
    },
  ]);
}

export function failed(): Session {
  return fold(session(), [
    BASELINE,
    began(1),
    { type: 'progress', turn: 1, index: 0, chars: 120 },
    {
      type: 'end',
      outcome: 'failed',
      message:
        'The model server at http://127.0.0.1:8377 closed the connection. Run “μCode: Show Server Log”, then try again.',
      ms: 3_100,
    },
  ]);
}

/** N candidates × tests × turns, every text as long and as hostile as it can be. */
export function large(candidates: number, tests: number, turns: number, text = 'x'.repeat(10_000)): Session {
  const problem: FunctionProblem = {
    ...PROBLEM,
    public_tests: Array.from({ length: tests }, (_, i) => ({ id: `t${i + 1}`, source: `assert f(${i}) == ${text}` })),
  };
  const base = session();
  const options = { ...base.options, candidates, turns };
  const start = { ...base, problem, options };
  const letters = (shift: number): string =>
    Array.from({ length: tests }, (_, i) => 'ppfpepptp'[(i + shift) % 9]).join('');
  const events = Array.from({ length: turns }, (_, t): readonly SessionEvent[] => [
    began(t + 1, t === 0 ? undefined : `t${t}c1`, text),
    ...Array.from({ length: candidates }, (_, i) =>
      answered(t + 1, i, letters(i), { answer: text, verdict: { feedback: text } }),
    ).flat(),
    { type: 'pick', turn: t + 1, candidate: `t${t + 1}c1`, reason: text },
  ]);
  return fold(start, [{ type: 'baseline', verdict: verdict('baseline', letters(0)) }, ...events.flat()]);
}
