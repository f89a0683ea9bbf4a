// The rows of the matrix: one for each distinct program of a turn, and one for the user's own code.

import { isGreen, passedTests, upheld, type TestResult, type Verdict } from '../repair/problem.ts';
import { BASELINE, candidateId, findCandidate, type Candidate, type Session, type Turn } from '../repair/session.ts';
import type { Cell, Mark, PanelRow } from './panel.ts';

/** The user's code as the first row. `columns` is how many tests are shown. */
export function baselineRow(session: Session, running: boolean, columns: number): PanelRow {
  const { baseline } = session;
  const results = baseline === null ? {} : byTest(baseline);
  const pending = running && session.turns.length === 0 ? 'running' : 'waiting';
  return {
    id: BASELINE,
    copies: [BASELINE],
    sameAs: null,
    state: baseline !== null ? 'judged' : running ? 'judging' : 'unfinished',
    chars: session.problem.code.length,
    cells: cellsOf(session, results, pending, columns),
    ...resultOf(baseline, session),
    score: session.ownScore,
    sampledMs: null,
    judgedMs: baseline?.ms ?? null,
    tokens: null,
    pick: false,
    truncated: false,
    hasCode: true,
  };
}

/** The rows of one turn in the order of their first candidate; while it runs also those that have not begun. */
export function rowsOf(session: Session, turn: Turn, running: boolean, columns: number): readonly PanelRow[] {
  const groups = new Map<string, Candidate[]>();
  for (const candidate of turn.candidates) {
    const program = candidate.duplicateOf ?? candidate.id;
    groups.set(program, [...(groups.get(program) ?? []), candidate]);
  }
  const rows = [...groups].flatMap(([program, group]) => {
    // The judge's results are recorded under the original, which need not be the first by index.
    const leader = group.find((one) => one.id === program) ?? group[0];
    return leader ? [rowOf(session, turn, leader, group, running, columns)] : [];
  });
  if (!running || turn.pick !== null) return rows;
  const begun = new Set(turn.candidates.map((candidate) => candidate.index));
  for (let index = 0; index < session.options.candidates; index += 1) {
    if (!begun.has(index)) rows.push(waitingRow(session, candidateId(turn.number, index), columns));
  }
  return rows;
}

function rowOf(
  session: Session,
  turn: Turn,
  leader: Candidate,
  group: readonly Candidate[],
  running: boolean,
  columns: number,
): PanelRow {
  const { score, state, verdict } = leader;
  return {
    id: leader.id,
    copies: group.map((one) => one.id),
    sameAs: leader.duplicateOf,
    state: running || state === 'judged' ? state : 'unfinished',
    chars: leader.chars,
    cells: cellsOf(session, leader.results, running && state === 'judging' ? 'running' : 'waiting', columns),
    ...resultOf(verdict, session),
    score,
    sampledMs: state === 'streaming' ? null : leader.ms,
    // A repeated program is judged once; its verdict's time belongs to the original.
    judgedMs: leader.duplicateOf === null ? (verdict?.ms ?? null) : null,
    tokens: state === 'streaming' || leader.tokens === 0 ? null : leader.tokens,
    pick: turn.pick !== null && group.some((one) => one.id === turn.pick?.candidate),
    truncated: leader.truncated,
    hasCode: leader.code !== null,
  };
}

function waitingRow(session: Session, id: string, columns: number): PanelRow {
  return {
    id,
    copies: [id],
    sameAs: null,
    state: 'waiting',
    chars: 0,
    cells: cellsOf(session, {}, 'waiting', columns),
    ...resultOf(null, session),
    score: null,
    sampledMs: null,
    judgedMs: null,
    tokens: null,
    pick: false,
    truncated: false,
    hasCode: false,
  };
}

function resultOf(
  verdict: Verdict | null,
  session: Session,
): Pick<PanelRow, 'passed' | 'total' | 'mark' | 'trusted' | 'judged'> {
  const total = verdict?.tests.length ?? session.problem.public_tests.length;
  if (verdict === null) return { passed: 0, total, mark: 'none', trusted: false, judged: null };
  const { judged, tier } = verdict;
  const trusted = verdict.verdict !== 'tamper' && judged !== 'unguarded' && tier !== 'T0';
  return { passed: passedTests(verdict), total, mark: markOf(session, verdict), trusted, judged };
}

/**
 * Green only where the domain says so; a pass that nothing vouches for, that private tests refute, or that has still to be
 * tried on a workspace's neighbouring tests, is `unverified`.
 */
export function markOf(session: Session, verdict: Verdict): Mark {
  if (verdict.verdict !== 'pass') return 'failing';
  const sure = isGreen(verdict) && refutation(session, verdict) === null && !awaitsNeighbours(session, verdict);
  return sure ? 'verified' : 'unverified';
}

/** The verdict of the private tests on the same program, where it does not speak for it. */
export function refutation(session: Session, verdict: Verdict): Verdict | null {
  const final = finalOn(session, verdict);
  return final === null || upheld(session.problem, final) ? null : final;
}

/** Whether neighbouring tests exist that have not run on this program. */
export function awaitsNeighbours(session: Session, verdict: Verdict): boolean {
  const { problem } = session;
  return problem.kind === 'workspace' && problem.private_tests.length > 0 && finalOn(session, verdict) === null;
}

function finalOn(session: Session, verdict: Verdict): Verdict | null {
  const { final, finals, problem } = session;
  const printOf = (id: string): string | null | undefined => findCandidate(session, id)?.fingerprint;
  const asked = printOf(verdict.candidate);
  // In a workspace other programs than the pick are tried as well.
  const known = problem.kind === 'workspace' ? Object.values(finals) : final === null ? [] : [final];
  return (asked && known.find((one) => printOf(one.candidate) === asked)) || null;
}

function cellsOf(
  session: Session,
  results: Readonly<Record<string, TestResult>>,
  pending: 'running' | 'waiting',
  columns: number,
): readonly Cell[] {
  return session.problem.public_tests.slice(0, columns).map((test) => results[test.id] ?? pending);
}

function byTest(verdict: Verdict): Readonly<Record<string, TestResult>> {
  return Object.fromEntries(verdict.tests.map((test) => [test.test, test.result]));
}
