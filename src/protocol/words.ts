// The words and symbols in which results are shown, the same in the panel, the tree and the terminal. No layout.

import type { Outcome, SessionEvent } from '../repair/events.ts';
import type { Judged, TestResult, Tier } from '../repair/problem.ts';
import { BASELINE, scoreIn, type Score } from '../repair/session.ts';
import type { Cell, PanelRow, PanelSession } from './panel.ts';

/** A symbol never stands alone: `word` goes to screen readers and `means` into tooltips. */
type Sign = { readonly symbol: string; readonly word: string; readonly means: string };

export const CELLS: Readonly<Record<Cell, Sign>> = {
  pass: { symbol: '✓', word: 'pass', means: 'The test passed.' },
  fail: { symbol: '✗', word: 'fail', means: 'The result differs from what the test expects.' },
  error: { symbol: '!', word: 'error', means: 'The program raised an exception, or there is no program.' },
  timeout: { symbol: '◷', word: 'timeout', means: 'The test took longer than its time limit.' },
  limit: { symbol: '▣', word: 'limit', means: 'The program used more memory, output or processes than allowed.' },
  tamper: {
    symbol: '⚠',
    word: 'tamper',
    means: 'The program also passed a falsified copy of the test: it games the test.',
  },
  skipped: { symbol: '–', word: 'skipped', means: 'The test did not run.' },
  running: { symbol: '…', word: 'running', means: 'The test is running.' },
  waiting: { symbol: '·', word: 'no result', means: 'There is no result yet.' },
};

/** The legend lists results, not the two placeholders. */
export const RESULTS = [
  'pass',
  'fail',
  'error',
  'timeout',
  'limit',
  'tamper',
  'skipped',
] as const satisfies readonly TestResult[];

export const JUDGED: Readonly<Record<Judged, string>> = {
  outside: 'Decided outside the sandbox: the program never saw the expected values.',
  guarded: 'Decided in the program’s own process; a falsified copy of each test was refused.',
  unguarded:
    'Decided in the program’s own process, and nothing could be falsified to check it. Never counts as verified.',
};

export const TIERS: Readonly<Record<Tier, string>> = {
  T3: 'own namespaces per candidate',
  T2: 'one sandbox, a fresh process per candidate',
  T1: 'a fresh sandbox per run',
  T0: 'no isolation, only resource limits; nothing counts as verified',
};

export const OUTCOMES: Readonly<Record<Outcome, string>> = {
  solved: 'Solved',
  exhausted: 'Not solved',
  stopped: 'Stopped',
  failed: 'Failed',
};

/** `4 of 5 tests`, or what a row is doing instead. */
export function stateWords(row: PanelRow): string {
  switch (row.state) {
    case 'waiting':
      return 'waiting';
    case 'streaming':
      return `writing, ${row.chars} characters`;
    case 'judging':
      return 'judging';
    case 'unfinished':
      return 'not finished';
    case 'judged':
      return row.hasCode ? `passes ${row.passed} of ${row.total} tests` : 'no code in the answer';
  }
}

/** What is said of a row that is green. `final` speaks of the pick alone. */
export function verifiedWords(row: PanelRow, final: PanelSession['final']): string {
  const passes = row.total === 1 ? 'passes its only test' : `passes all ${row.total} tests`;
  const suite = final !== null && row.copies.includes(final.candidate) && final.words.startsWith('fixes');
  return suite ? `${passes}; ${final.words}` : passes;
}

/** `#1  91 %`: rank and calibrated probability; the bare number where that is all there is. */
export function scoreText({ value, probability, rank }: Score): string {
  const number = probability === null ? value.toFixed(2) : percent(probability);
  return rank === null ? number : `#${rank}  ${number}`;
}

/** The same as a sentence, for screen readers and tooltips. */
export function scoreWords({ value, probability, rank }: Score): string {
  const likely = probability === null ? `score ${value.toFixed(2)}` : `${percent(probability)} likely to be right`;
  return `${rank === null ? '' : `rank ${rank} in its turn, `}${likely}`;
}

/** `verifier r1: t1c2 #1  91 %, t1c1 #2  40 %, your code 12 %`, or why there are no scores. */
export function scoresWords(event: Extract<SessionEvent, { type: 'scores' }>): string {
  if (event.unavailable !== null) return event.unavailable;
  const rankOf = (id: string): number => event.ranks[id] ?? Number.POSITIVE_INFINITY;
  const each = Object.keys(event.scores)
    .toSorted((a, b) => (rankOf(a) === rankOf(b) ? 0 : rankOf(a) - rankOf(b)))
    .flatMap((id) => {
      const score = scoreIn(event, id);
      return score === null ? [] : [`${id === BASELINE ? 'your code' : id} ${scoreText(score)}`];
    });
  return `verifier${event.revision === null ? '' : ` ${event.revision}`}: ${each.join(', ')}`;
}

/** No model is certain, so neither end is ever said. */
function percent(probability: number): string {
  if (probability < 0.01) return '<1 %';
  return probability > 0.99 ? '>99 %' : `${Math.round(100 * probability)} %`;
}

/** `0.4 s`, `12 s`, `2 min 05 s`. */
export function duration(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`;
  const seconds = ms / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, '0')} s`;
}
