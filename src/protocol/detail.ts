// All about the one selected row: the failing tests with what they expected and got, the feedback, and what speaks against trust.

import { passedTests, shownTests, type TestVerdict, type Verdict } from '../repair/problem.ts';
import { BASELINE, findCandidate, type Candidate, type Session } from '../repair/session.ts';
import type { PanelDetail, PanelFailure, PanelRow } from './panel.ts';
import { awaitsNeighbours, markOf, refutation } from './rows.ts';
import { visible, visibleLine } from './visible.ts';

const MAX_FAILURES = 10;
const MAX_VALUE_CHARS = 800;
const MAX_SOURCE_CHARS = 1200;
const MAX_FEEDBACK_CHARS = 2500;
const MAX_ANSWER_CHARS = 2000;
const NO_ORACLE = 'at least one test has no expected value that could be falsified';
const GAMES = 'it also passed a falsified copy of a test';
/** Each text of the failures after the first one. */
const MAX_LATER_CHARS = 200;

export function detailOf(session: Session, row: PanelRow): PanelDetail {
  const candidate = row.id === BASELINE ? undefined : findCandidate(session, row.id);
  const verdict = row.id === BASELINE ? session.baseline : (candidate?.verdict ?? null);
  const failed = (verdict?.tests ?? []).filter((test) => test.result !== 'pass');
  const turn = candidate && session.turns.find((one) => one.number === candidate.turn);
  return {
    row,
    turn: candidate?.turn ?? null,
    failures: failed.slice(0, MAX_FAILURES).map((test, i) => failureOf(session, test, i === 0)),
    moreFailures: Math.max(0, failed.length - MAX_FAILURES),
    feedback: visible(verdict?.feedback ?? '', MAX_FEEDBACK_CHARS),
    pickReason: row.pick && turn?.pick ? visibleLine(turn.pick.reason, 200) : null,
    unverified: verdict && unverifiedBecause(session, verdict),
    tamper: verdict?.verdict === 'tamper' ? visibleLine(verdict.why ?? GAMES, MAX_VALUE_CHARS) : null,
    trouble: candidate && candidate.trouble !== null ? visibleLine(candidate.trouble, MAX_VALUE_CHARS) : null,
    answer: answerOf(candidate),
  };
}

function failureOf(session: Session, test: TestVerdict, first: boolean): PanelFailure {
  const source = shownTests(session.problem).find((one) => one.id === test.test)?.source ?? '';
  const room = first ? MAX_VALUE_CHARS : MAX_LATER_CHARS;
  const text = (value: string | null): string | null => (value === null ? null : visible(value, room));
  return {
    test: test.test,
    result: test.result,
    source: visible(source.trim(), first ? MAX_SOURCE_CHARS : MAX_LATER_CHARS),
    expected: text(test.expected),
    got: text(test.got),
    error: text(test.error),
  };
}

function answerOf(candidate: Candidate | undefined): string | null {
  if (!candidate || candidate.code !== null || candidate.state === 'streaming') return null;
  return visible(candidate.answer, MAX_ANSWER_CHARS);
}

/** Why a pass is not called verified; null where it is, or is no pass. Several reasons may hold; each alone is enough. */
export function unverifiedBecause(session: Session, verdict: Verdict): string | null {
  if (markOf(session, verdict) !== 'unverified') return null;
  const refuted = refutation(session, verdict);
  const reasons = [
    ...(verdict.tier === 'T0' ? ['it ran without isolation (T0)'] : []),
    ...(verdict.judged === 'unguarded' ? [visibleLine(verdict.why ?? NO_ORACLE, MAX_VALUE_CHARS)] : []),
    ...(refuted ? [refutedWords(session, refuted)] : []),
    ...(awaitsNeighbours(session, verdict) ? ['the neighbouring tests have not run on it'] : []),
  ];
  return `Not verified: all tests pass, but ${reasons.map((one) => one.replace(/\.$/, '')).join(', and ')}.`;
}

function refutedWords({ problem }: Session, refuted: Verdict): string {
  const [passed, all] = [passedTests(refuted), refuted.tests.length];
  if (problem.kind === 'workspace') return `it breaks ${all - passed} of ${all} neighbouring tests`;
  return `only ${passed} of ${all} private tests`;
}
