// The repair loop: sample, judge, score, choose, feed back, until a pick passes or the turns are used up (DESIGN section 4).

import { choose } from './choose.ts';
import { conclude } from './conclude.ts';
import { RepairError, throwIfStopped } from './errors.ts';
import type { Message, Options, Outcome, SessionEvent } from './events.ts';
import { nameOfCode, programOf, type Extraction, type Problem, type Verdict } from './problem.ts';
import { conversation, type Templates } from './prompt.ts';
import { scoreTurn } from './scoring.ts';
import { BASELINE, lineage, step, type Candidate, type Session } from './session.ts';
import { runTurn } from './turn.ts';

export type GenerateRequest = {
  readonly messages: readonly Message[];
  /** How many answers. */
  readonly n: number;
  readonly temperature: number;
  readonly seed: number;
  readonly maxTokens: number;
};

/** A part of one answer as it arrives, or its end. */
export type Piece =
  | { readonly type: 'text'; readonly index: number; readonly text: string }
  | { readonly type: 'done'; readonly index: number; readonly tokens: number; readonly truncated: boolean };

export type Submission = { readonly id: string } & ({ readonly program: string } | { readonly answer: string });

/** What the verifier is asked: the problem as the first message of a conversation shows it, and programs. */
export type ScoreRequest = {
  readonly problem: Problem;
  readonly task: 'repair' | 'write';
  readonly baseline: Verdict | null;
  /** As prompts show them; one at least. */
  readonly programs: readonly string[];
};

/** One number and one calibrated probability per program, in the order of the request. */
export type Scores = {
  readonly scores: readonly number[];
  readonly probabilities: readonly number[];
  readonly revision: string;
};

/** Everything the loop needs from outside. Each call ends its work when the signal is aborted. */
export type Ports = {
  readonly templates: Templates;
  generate(request: GenerateRequest, signal: AbortSignal): AsyncIterable<Piece>;
  extract(problem: Problem, answer: string, signal: AbortSignal): Promise<Extraction>;
  judge(
    problem: Problem,
    which: 'public' | 'private',
    submission: Submission,
    onEvent: (event: JudgeProgress) => void,
    signal: AbortSignal,
  ): Promise<Verdict>;
  /** Rejects with a RepairError within a bounded time where there is no verifier that answers. */
  score(request: ScoreRequest, signal: AbortSignal): Promise<Scores>;
  random(): number;
  /** Milliseconds, monotonic. */
  now(): number;
};

export type JudgeProgress =
  | {
      readonly type: 'test';
      readonly test: string;
      readonly result: Verdict['tests'][number]['result'];
      readonly ms: number;
    }
  | { readonly type: 'infra'; readonly message: string };

export type Emit = (event: SessionEvent) => void;

/** Go on from one candidate for one more turn, with an optional remark of the user's. */
export type Continuation = { readonly candidate: string; readonly note: string | null };

/** How much the temperature rises when a whole turn brought no new program, and its ceiling. */
const HOTTER = 0.3;
const HOTTEST = 1.5;

/** Keeps the session in step with what was emitted, so that the loop reads its own state from one place. */
export class Recorder {
  #session: Session;
  readonly #emit: Emit;

  constructor(session: Session, emit: Emit) {
    this.#session = session;
    this.#emit = emit;
  }

  get session(): Session {
    return this.#session;
  }

  emit(event: SessionEvent): void {
    this.#session = step(this.#session, event);
    this.#emit(event);
  }
}

/**
 * Runs a begun session to its end, or, with `continuation`, one further turn of an ended one.
 * Never throws for expected failures: the last event is always `end`. Bugs are thrown after it.
 */
export async function repair(
  session: Session,
  ports: Ports,
  emit: Emit,
  signal: AbortSignal,
  continuation: Continuation | null = null,
): Promise<Session> {
  const started = ports.now();
  const recorder = new Recorder(session, emit);
  const end = (outcome: Outcome, message: string): Session => {
    recorder.emit({ type: 'end', outcome, message, ms: Math.round(ports.now() - started) });
    return recorder.session;
  };
  try {
    if (continuation === null) await judgeBaseline(recorder, ports, signal);
    await runTurns(recorder, ports, signal, continuation);
    return end(...(await conclude(recorder, ports, signal)));
  } catch (error) {
    if (signal.aborted) return end('stopped', 'Stopped.');
    if (error instanceof RepairError) return end('failed', error.message);
    end('failed', 'Something in μCode Repair itself went wrong; the log has the details.');
    throw error;
  }
}

async function judgeBaseline(recorder: Recorder, ports: Ports, signal: AbortSignal): Promise<void> {
  const { problem, origin } = recorder.session;
  if (problem.public_tests.length === 0) {
    throw new RepairError('no-tests', `There is no test for ${nameOfCode(problem)}. ${addATest(problem)}`);
  }
  const verdict = await ports.judge(
    problem,
    'public',
    { id: 'baseline', program: programOf(problem) },
    () => {},
    signal,
  );
  recorder.emit({ type: 'baseline', verdict });
  if (verdict.verdict === 'pass' && origin.task === 'repair') {
    throw new RepairError('tests-already-pass', nothingFails(problem, verdict.tests.length));
  }
}

function addATest({ kind }: Problem): string {
  if (kind === 'function') return 'Add an assert or a doctest that calls it.';
  return kind === 'stdio' ? 'Add a case with an input and its outputs.' : 'Add a test that fails.';
}

function nothingFails(problem: Problem, count: number): string {
  const passing = count === 1 ? 'The only test' : `All ${count} tests`;
  const pass = count === 1 ? 'passes' : 'pass';
  const name = nameOfCode(problem);
  if (problem.kind !== 'workspace') {
    return `${passing} of ${name} already ${pass}. Add a test that shows the bug, then repair again.`;
  }
  // Discovery has just seen one fail: run as one set they do not.
  const why = 'The failing one may depend on which tests run before it, or on the time.';
  return `${passing} for ${name} ${pass} when run together. ${why} Make it fail every time, then repair again.`;
}

async function runTurns(
  recorder: Recorder,
  ports: Ports,
  signal: AbortSignal,
  continuation: Continuation | null,
): Promise<void> {
  const { options, turns } = recorder.session;
  let { temperature } = options;
  let barren = 0;
  let from = continuation?.candidate ?? null;
  const first = turns.length + 1;
  const last = continuation === null ? options.turns : first;
  for (let turn = first; turn <= last; turn += 1) {
    throwIfStopped(signal);
    const note = turn === first ? (continuation?.note ?? null) : null;
    const messages = messagesFor(recorder.session, ports.templates, from, note);
    recorder.emit({ type: 'turn', turn, temperature, messages, ...(from && { from }), ...(note && { note }) });
    const fresh = await runTurn(recorder, ports, turn, { messages, temperature, seed: options.seed + turn }, signal);
    await scoreTurn(recorder, ports, turn, turnOf(recorder, turn), signal);
    const pick = pickOf(recorder, turn, options, ports);
    if (pick?.verdict?.verdict === 'pass') return;
    // The user's own code as an answer teaches nothing and invites copying: the next turn begins from where this one did.
    if (pick && pick.duplicateOf !== BASELINE) from = pick.id;
    barren = fresh === 0 ? barren + 1 : 0;
    if (barren === 2) return;
    if (barren === 1) temperature = Math.min(HOTTEST, temperature + HOTTER);
  }
}

function messagesFor(
  session: Session,
  templates: Templates,
  from: string | null,
  note: string | null,
): readonly Message[] {
  const chain = from === null ? [] : lineage(session, from);
  const exchanges = chain.map((candidate, i) => ({
    code: candidate.code,
    imports: candidate.imports,
    answer: candidate.answer,
    feedback: candidate.verdict?.feedback ?? '',
    note: i === chain.length - 1 ? note : noteBefore(session, chain[i + 1]),
  }));
  return conversation(templates, session.problem, session.origin.task, session.baseline, exchanges);
}

/** The remark that the user added for the turn which brought this candidate, if any. */
function noteBefore(session: Session, next: Candidate | undefined): string | null {
  return session.turns.find((turn) => turn.number === next?.turn)?.note ?? null;
}

function pickOf(recorder: Recorder, turn: number, options: Options, ports: Ports): Candidate | null {
  const candidates = turnOf(recorder, turn);
  const pick = choose(candidates, options.selector, () => ports.random());
  if (!pick) return null;
  recorder.emit({ type: 'pick', turn, ...pick });
  return candidates.find((candidate) => candidate.id === pick.candidate) ?? null;
}

function turnOf(recorder: Recorder, number: number): readonly Candidate[] {
  return recorder.session.turns.find((turn) => turn.number === number)?.candidates ?? [];
}
