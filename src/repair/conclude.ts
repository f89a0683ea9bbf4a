// How a session ends: the private tests on the pick, and the outcome in words.

import { bestOf } from './choose.ts';
import { effectOf, effectWords } from './effect.ts';
import type { Outcome } from './events.ts';
import type { Ports, Recorder } from './loop.ts';
import { isGreen, passedTests, upheld, type Verdict, type WorkspaceProblem } from './problem.ts';
import { lastPick } from './session.ts';

/** Broken tests that the last message names. */
const MAX_NAMED = 3;

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
    if (problem.kind === 'workspace') return inSuite(problem, pick.id, baseline, verdict, null);
    return ['solved', `${pick.id} passes ${allOf(verdict, 'test')}.`];
  }
  // The answer, not a program put together here: the judge alone knows how the parts are joined.
  const submission = { id: pick.id, answer: pick.answer };
  const final = await ports.judge(problem, 'private', submission, () => {}, signal);
  recorder.emit({ type: 'final', candidate: pick.id, verdict: final });
  if (problem.kind === 'workspace') return inSuite(problem, pick.id, baseline, verdict, final);
  const held = `${passedTests(final)} of ${counted(final.tests.length, 'private test')}`;
  if (!upheld(problem, final)) return ['exhausted', `${pick.id} passes the public tests but only ${held}.`];
  return ['solved', `${pick.id} passes ${allOf(verdict, 'public test')} and ${held}.`];
}

/** In a project the outcome says what the pick fixes and breaks; it is solved when nothing around it broke. */
function inSuite(
  problem: WorkspaceProblem,
  pick: string,
  baseline: Verdict | null,
  verdict: Verdict,
  final: Verdict | null,
): [Outcome, string] {
  const effect = effectOf(baseline, verdict, final);
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
