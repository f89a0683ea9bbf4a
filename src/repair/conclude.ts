// How a session ends: the private tests on the pick, and the outcome in words.

import { bestOf, rank } from './choose.ts';
import { effectOf, effectWords, type Effect } from './effect.ts';
import type { Outcome } from './events.ts';
import type { Ports, Recorder } from './loop.ts';
import { isGreen, passedTests, upheld, type Verdict, type WorkspaceProblem } from './problem.ts';
import { lastPick, type Candidate, type Session } from './session.ts';

/** Broken tests that the last message names. */
const MAX_NAMED = 3;
/** Green programs besides the pick that are tried where it breaks a neighbouring test. */
const MAX_OTHERS = 2;

/** Runs the private tests, if any, on the final pick, and says how it ended. */
export async function conclude(recorder: Recorder, ports: Ports, signal: AbortSignal): Promise<[Outcome, string]> {
  const { problem, turns, baseline } = recorder.session;
  const pick = lastPick(recorder.session);
  const verdict = pick?.verdict;
  if (!pick || !verdict) return ['exhausted', `No usable answer in ${counted(turns.length, 'turn')}.`];
  if (verdict.verdict !== 'pass') {
    const found = bestOf(recorder.session)?.verdict ?? verdict;
    const best = `The best candidate, ${found.candidate}, passes ${passedTests(found)} of ${counted(found.tests.length, 'test')}.`;
    return ['exhausted', `Not solved in ${counted(turns.length, 'turn')}. ${best}`];
  }
  if (!isGreen(verdict)) {
    const unguarded = verdict.why ?? 'a test has no oracle that could be falsified';
    const why = verdict.tier === 'T0' ? 'it ran without isolation' : `${unguarded.replace(/\.$/, '')} (unguarded)`;
    return ['exhausted', `${pick.id} passes its tests, but ${why}, so it is not called verified.`];
  }
  if (problem.private_tests.length === 0 || pick.code === null) {
    if (problem.kind === 'workspace') return inSuite(problem, pick.id, effectOf(baseline, verdict, null), null);
    return ['solved', `${pick.id} passes ${allOf(verdict, 'test')}.`];
  }
  if (problem.kind === 'workspace') return concludeInSuite(recorder, ports, pick, problem, signal);
  const final = await judgePrivate(recorder, ports, pick, signal);
  const held = `${passedTests(final)} of ${counted(final.tests.length, 'private test')}`;
  if (!upheld(problem, final)) return ['exhausted', `${pick.id} passes the public tests but only ${held}.`];
  return ['solved', `${pick.id} passes ${allOf(verdict, 'public test')} and ${held}.`];
}

async function judgePrivate(recorder: Recorder, ports: Ports, one: Candidate, signal: AbortSignal): Promise<Verdict> {
  // The answer, not a program put together here: the judge alone knows how the parts are joined.
  const submission = { id: one.id, answer: one.answer };
  const final = await ports.judge(recorder.session.problem, 'private', submission, () => {}, signal);
  recorder.emit({ type: 'final', candidate: one.id, verdict: final });
  return final;
}

/**
 * Runs the neighbouring tests on the pick and, where it breaks one, on the next best green programs of its turn. They are
 * the user's own tests, not an oracle that is kept from the choice: who has two fixes wants the one that breaks nothing.
 */
async function concludeInSuite(
  recorder: Recorder,
  ports: Ports,
  pick: Candidate,
  problem: WorkspaceProblem,
  signal: AbortSignal,
): Promise<[Outcome, string]> {
  const { baseline } = recorder.session;
  let first: [Outcome, string] | null = null;
  for (const one of [pick, ...othersGreen(recorder.session, pick)]) {
    const final = await judgePrivate(recorder, ports, one, signal);
    const ended = inSuite(problem, one.id, effectOf(baseline, one.verdict ?? final, final), final);
    if (ended[0] === 'solved') {
      const reason = `${pick.id} breaks a neighbouring test, ${one.id} none`;
      if (first) recorder.emit({ type: 'pick', turn: one.turn, candidate: one.id, reason });
      return ended;
    }
    first ??= ended;
  }
  if (!first) throw new Error('the pick itself was not tried');
  return first;
}

/** Other programs of the pick's turn that would have been solved as well, best first. */
function othersGreen({ turns, options }: Session, pick: Candidate): readonly Candidate[] {
  const candidates = turns.find((turn) => turn.number === pick.turn)?.candidates ?? [];
  const seen = new Set([pick.fingerprint]);
  const distinct = rank(candidates, options.selector).filter((one) => {
    const known = seen.has(one.fingerprint);
    seen.add(one.fingerprint);
    return !known && one.code !== null && one.verdict !== null && isGreen(one.verdict);
  });
  return distinct.slice(0, MAX_OTHERS);
}

/** In a project the outcome says what the pick fixes and breaks; it is solved when nothing around it broke. */
function inSuite(problem: WorkspaceProblem, pick: string, effect: Effect, final: Verdict | null): [Outcome, string] {
  const names = effect.breaks.slice(0, MAX_NAMED).join(', ') + (effect.breaks.length > MAX_NAMED ? ' …' : '');
  const alone = final === null ? '; no neighbouring test was run' : '';
  const message = `${pick} ${effectWords(effect)}${alone}${names === '' ? '' : `: ${names}`}.`;
  if (final === null || upheld(problem, final)) return ['solved', message];
  const why = final.why === null ? '' : ` ${final.why}`;
  return ['exhausted', message + why];
}

/** `1 test`, `2 tests`. */
export function counted(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`;
}

function allOf(verdict: Verdict, word: string): string {
  return verdict.tests.length === 1 ? `its only ${word}` : `all ${verdict.tests.length} ${word}s`;
}
