// How the pick of a turn is made: by chance, by public tests, by the learned verifier, or by tests first and score second.

import type { Selector } from './events.ts';
import { isGreen, passedTests } from './problem.ts';
import { BASELINE, lastPick, type Candidate, type Pick, type Session } from './session.ts';

/**
 * Chooses among the judged candidates of one turn (μCode section 3.3, multi-turn best-of-N).
 * `random` gives numbers in [0, 1). Scores that do not exist are never invented: without them `lv` falls back to
 * the first candidate and `pt+lv` to `pt`, and the reason says so. Null when nothing was judged.
 */
export function choose(candidates: readonly Candidate[], selector: Selector, random: () => number): Pick | null {
  const judged = candidates.filter((candidate) => candidate.verdict !== null);
  if (selector === 'random') {
    const any = judged[Math.floor(random() * judged.length)];
    return any ? { candidate: any.id, reason: 'picked at random' } : null;
  }
  const best = rank(judged, selector)[0];
  return best ? { candidate: best.id, reason: reasonFor(best, judged, selector) } : null;
}

/**
 * The candidate that is worth showing at the end: the pick of a solved session, else the one that passes most tests in
 * all turns. Null when no answer held code of its own.
 */
export function bestOf(session: Session): Candidate | null {
  const pick = lastPick(session);
  if (pick?.verdict?.verdict === 'pass') return pick;
  const all = session.turns.flatMap((turn) => turn.candidates);
  const usable = all.filter((one) => one.verdict !== null && one.code !== null && one.duplicateOf !== BASELINE);
  return rank(usable, 'pt+lv')[0] ?? null;
}

/** Best first. Ties go to a program that differs from the user's, to the one found most often, then to the earliest. */
export function rank(candidates: readonly Candidate[], selector: Selector): readonly Candidate[] {
  const copies = new Map<string, number>();
  for (const candidate of candidates) {
    const program = candidate.duplicateOf ?? candidate.id;
    copies.set(program, (copies.get(program) ?? 0) + 1);
  }
  const keys = (candidate: Candidate): readonly number[] => {
    const score = candidate.score?.value ?? Number.NEGATIVE_INFINITY;
    const found = copies.get(candidate.duplicateOf ?? candidate.id) ?? 1;
    const tie = [candidate.duplicateOf === BASELINE ? 0 : 1, found, -candidate.turn, -candidate.index];
    if (selector === 'lv') return [score, codeKey(candidate), ...tie];
    return [...testKeys(candidate), ...(selector === 'pt+lv' ? [score] : []), ...tie];
  };
  return candidates.toSorted((a, b) => descending(keys(a), keys(b)));
}

/** A green candidate beats one that passes unguarded; a tampering one passes nothing. */
function testKeys(candidate: Candidate): readonly number[] {
  const verdict = candidate.verdict;
  if (!verdict || verdict.verdict === 'tamper') return [0, 0, -1];
  return [isGreen(verdict) ? 1 : 0, passedTests(verdict), codeKey(candidate)];
}

/** An answer without code never goes before one with code. */
function codeKey(candidate: Candidate): number {
  return candidate.code === null ? -1 : 0;
}

function descending(a: readonly number[], b: readonly number[]): number {
  for (const [i, left] of a.entries()) {
    const right = b[i] ?? 0;
    // Compared, not subtracted: two missing scores are both -Infinity.
    if (left !== right) return left > right ? -1 : 1;
  }
  return 0;
}

function reasonFor(best: Candidate, judged: readonly Candidate[], selector: Selector): string {
  const scored = judged.some((candidate) => candidate.score !== null);
  if (selector === 'lv')
    return scored
      ? 'highest verifier score'
      : 'most frequent program, then the first (no verifier score, tests not asked)';
  const verdict = best.verdict;
  const tests = verdict ? `passes ${passedTests(verdict)} of ${verdict.tests.length} tests` : 'not judged';
  if (selector === 'pt') return tests;
  return scored ? `${tests}, then highest verifier score` : `${tests} (tests only)`;
}
