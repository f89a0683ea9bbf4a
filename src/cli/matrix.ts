// A session as lines of text: the matrix of candidates and tests. A pure function of the session.

import { scoreText } from '../protocol/words.ts';
import { usesScores, type Candidate, type Score, type Session, type Turn } from '../repair/session.ts';
import {
  isGreen,
  passedTests,
  shownTests,
  type Problem,
  type Test,
  type TestResult,
  type Verdict,
} from '../repair/problem.ts';
import { padded, seconds, type Span, type Style } from './text.ts';

const MARKS: Readonly<Record<TestResult, string>> = {
  pass: '✓',
  fail: '✗',
  error: 'E',
  timeout: 'T',
  limit: 'L',
  tamper: '!',
  skipped: '-',
};

/** Beyond this many tests the cells are left out and only the count is shown. */
const MOST_CELLS = 24;
const NAME_WIDTH = 12;
const SCORE_WIDTH = 10;
/** Characters of a case, whose input may be as long as it likes. */
const MOST_SHOWN = 160;

export function matrix(session: Session): readonly (readonly Span[])[] {
  const tests = session.problem.public_tests.map((test) => test.id);
  const cells = tests.length <= MOST_CELLS;
  const head: Span[][] = [
    [
      [padded('', NAME_WIDTH)],
      [cells ? tests.map((_, i) => String((i + 1) % 10)).join(' ') : '', 'dim'],
      ['  passed   where      ', 'dim'],
      [usesScores(session.options.selector) ? padded('verifier', SCORE_WIDTH) : '', 'dim'],
      ['tokens  time', 'dim'],
    ],
  ];
  const baseline = session.baseline ? [baselineRow(session, session.baseline, tests, cells)] : [];
  return [...head, ...baseline, ...session.turns.flatMap((turn) => turnRows(session, turn, tests, cells))];
}

/** What the marks stand for, one line for each test. */
export function legend(session: Session, most: number): readonly (readonly Span[])[] {
  const tests = shownTests(session.problem);
  const shown = tests
    .slice(0, most)
    .map((test, i): readonly Span[] => [[`${String(i + 1).padStart(3)} `, 'dim'], [legendOf(session.problem, test)]]);
  return tests.length > most ? [...shown, [[`    and ${tests.length - most} more`, 'dim']]] : shown;
}

function legendOf(problem: Problem, { id, source }: Test): string {
  if (problem.kind === 'workspace') return id;
  const one = problem.kind === 'stdio' ? problem.public_tests.find((each) => each.id === id) : undefined;
  if (one) return `${one.input.trim()} → ${(one.outputs[0] ?? '').trim()}`.slice(0, MOST_SHOWN);
  return source.trim().split('\n').at(-1) ?? '';
}

function baselineRow(session: Session, verdict: Verdict, tests: readonly string[], cells: boolean): readonly Span[] {
  return [
    [padded('your code', NAME_WIDTH)],
    ...judgedSpans(verdict, tests, cells),
    scoreSpan(session, session.ownScore),
  ];
}

/** Without a colour of its own: only tests are green or red. */
function scoreSpan({ options }: Session, score: Score | null): Span {
  if (!usesScores(options.selector)) return [''];
  return [padded(score === null ? 'none' : scoreText(score), SCORE_WIDTH), score === null ? 'dim' : 'plain'];
}

function turnRows(
  session: Session,
  turn: Turn,
  tests: readonly string[],
  cells: boolean,
): readonly (readonly Span[])[] {
  const from = turn.from === null ? '' : `, from ${turn.from}`;
  const title: readonly Span[] = [
    [`turn ${turn.number}`, 'bold'],
    [` (temperature ${turn.temperature}${from})`, 'dim'],
    [turn.scoresUnavailable === null ? '' : `  ${turn.scoresUnavailable}`, 'dim'],
  ];
  // A program that came more than once has one row, with its count.
  const rows = turn.candidates.filter((one) => !turn.candidates.some((other) => isRepeat(one, other)));
  return [title, ...rows.map((one) => candidateRow(session, turn, one, tests, cells))];
}

function isRepeat(candidate: Candidate, earlier: Candidate): boolean {
  if (candidate.fingerprint === null || candidate.fingerprint !== earlier.fingerprint) return false;
  return earlier.index < candidate.index;
}

function candidateRow(
  session: Session,
  turn: Turn,
  one: Candidate,
  tests: readonly string[],
  cells: boolean,
): readonly Span[] {
  const copies = turn.candidates.filter((each) => each.fingerprint !== null && each.fingerprint === one.fingerprint);
  const picked =
    turn.pick !== null && (turn.pick.candidate === one.id || copies.some((c) => c.id === turn.pick?.candidate));
  const name: Span = [padded(` ${one.id}${copies.length > 1 ? ` ×${copies.length}` : ''}`, NAME_WIDTH)];
  if (one.state === 'streaming') return [name, [`… ${one.chars} characters`, 'dim']];
  return [
    name,
    ...(one.verdict ? judgedSpans(one.verdict, tests, cells) : runningSpans(one, tests, cells)),
    scoreSpan(session, one.score),
    [padded(String(one.tokens), 8)],
    [padded(seconds(one.ms), 8)],
    [picked ? '← pick ' : '', 'bold'],
    [remark(one), 'dim'],
  ];
}

function remark(one: Candidate): string {
  if (one.trouble !== null) return one.trouble;
  if (one.verdict !== null && one.verdict.why !== null) return one.verdict.why;
  if (one.duplicateOf === 'baseline') return 'same as your code';
  if (one.duplicateOf !== null && !one.duplicateOf.startsWith(`t${one.turn}c`)) return `same as ${one.duplicateOf}`;
  return one.truncated ? 'cut off' : '';
}

function judgedSpans(verdict: Verdict, tests: readonly string[], cells: boolean): readonly Span[] {
  const results = new Map(verdict.tests.map((test) => [test.test, test.result]));
  const passed = passedTests(verdict);
  const all = verdict.verdict === 'pass';
  const where = verdict.tier === 'T0' ? 'T0: unsafe' : verdict.judged;
  return [
    ...(cells ? tests.map((id, i) => cell(results.get(id) ?? null, i, canBeGreen(verdict))) : []),
    ['  '],
    [padded(`${passed}/${verdict.tests.length}`, 9), all ? (isGreen(verdict) ? 'good' : 'warn') : 'plain'],
    [padded(where, 11), 'dim'],
  ];
}

function runningSpans(one: Candidate, tests: readonly string[], cells: boolean): readonly Span[] {
  const done = Object.keys(one.results).length;
  return [
    ...(cells ? tests.map((id, i) => cell(one.results[id] ?? null, i, false)) : []),
    ['  '],
    [padded(`${done} run`, 9), 'dim'],
    [padded('', 11)],
  ];
}

/** Green says that it is certain: before the verdict, unguarded or without isolation a passed test stays yellow. */
function cell(result: TestResult | null, index: number, green: boolean): Span {
  const space = index === 0 ? '' : ' ';
  if (result === null) return [`${space}·`, 'dim'];
  const passed: Style = green ? 'good' : 'warn';
  return [`${space}${MARKS[result]}`, result === 'pass' ? passed : 'bad'];
}

function canBeGreen(verdict: Verdict): boolean {
  return verdict.judged !== 'unguarded' && verdict.tier !== 'T0';
}
