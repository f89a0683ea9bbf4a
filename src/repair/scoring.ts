// The verifier's view of one turn: which programs it is asked about, and its answer by candidate. What is made of it is in choose.ts.

import { RepairError } from './errors.ts';
import type { SessionEvent } from './events.ts';
import type { Ports, Recorder } from './loop.ts';
import { shownProgram } from './prompt.ts';
import { BASELINE, usesScores, type Candidate, type Session } from './session.ts';

type ScoresEvent = Extract<SessionEvent, { type: 'scores' }>;

/** A program under the id that its score is told for; equal programs have equal prints. */
type Entry = { readonly id: string; readonly print: string; readonly program: string };

/**
 * Asks once for all distinct programs of the turn, and with them for the user's own code where it has no score by this
 * verifier. Without an answer the tests decide alone, and the event says why. Throws only when the signal is aborted, or for a
 * bug.
 */
export async function scoreTurn(
  recorder: Recorder,
  ports: Ports,
  turn: number,
  candidates: readonly Candidate[],
  signal: AbortSignal,
): Promise<void> {
  const { session } = recorder;
  // Also programs that an earlier turn brought: within one turn one verifier scores them all.
  const found = candidates.flatMap((one) => entryOf(session, one));
  if (!usesScores(session.options.selector) || found.length === 0) return;
  const entries = [...ownEntry(session), ...found];
  const distinct = entries.filter((one, i) => entries.findIndex((each) => each.print === one.print) === i);
  const { problem, origin, baseline } = session;
  const request = { problem, task: origin.task, baseline, programs: distinct.map((one) => one.program) };
  try {
    const answer = await ports.score(request, signal);
    const byId = (values: readonly number[]): Readonly<Record<string, number>> =>
      Object.fromEntries(
        entries.flatMap(({ id, print }) => {
          const value = values[distinct.findIndex((each) => each.print === print)];
          return value === undefined ? [] : [[id, value]];
        }),
      );
    const [scores, probabilities] = [byId(answer.scores), byId(answer.probabilities)];
    emit(recorder, turn, { scores, probabilities, revision: answer.revision });
  } catch (error) {
    if (signal.aborted || !(error instanceof RepairError)) throw error;
    emit(recorder, turn, { unavailable: `tests only: ${error.message}` });
  }
}

/** 1 for the highest score among the candidates; equal scores share a rank, and the user's own code has none. */
export function ranksOf(scores: ScoresEvent['scores']): ScoresEvent['ranks'] {
  const candidates = Object.entries(scores).filter(([id]) => id !== BASELINE);
  const values = [...new Set(candidates.map(([, value]) => value))].toSorted((a, b) => b - a);
  return Object.fromEntries(candidates.map(([id, value]) => [id, values.indexOf(value) + 1]));
}

function emit(recorder: Recorder, turn: number, known: Partial<ScoresEvent>): void {
  const { scores = {}, probabilities = {}, revision = null, unavailable = null } = known;
  const ranks = ranksOf(scores);
  recorder.emit({ type: 'scores', turn, scores, probabilities, ranks, revision, unavailable });
}

function entryOf({ problem }: Session, { id, code, imports, fingerprint }: Candidate): readonly Entry[] {
  if (code === null || fingerprint === null) return [];
  return [{ id, print: fingerprint, program: shownProgram(problem, imports, code) }];
}

function ownEntry({ problem, baseline, ownScore }: Session): readonly Entry[] {
  if (baseline === null || ownScore !== null || problem.code.trim() === '') return [];
  return [{ id: BASELINE, print: baseline.fingerprint, program: shownProgram(problem, [], problem.code) }];
}
