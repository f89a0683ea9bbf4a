// One turn: N answers stream in, each is extracted and judged as soon as it is complete, equal programs only once.

import { RepairError } from './errors.ts';
import type { Message } from './events.ts';
import type { GenerateRequest, Piece, Ports, Recorder } from './loop.ts';
import type { Extraction, Verdict } from './problem.ts';
import { maxTokens } from './prompt.ts';
import { BASELINE, candidateId, type Candidate } from './session.ts';

/** Reported progress is at most this often per answer, in characters: a snapshot per token would drown the panel. */
const PROGRESS_STEP = 24;

/** An answer longer than this is an endless stream; the rest is not waited for. */
const MAX_ANSWER_CHARS = 200_000;

type Sampling = { readonly messages: readonly Message[]; readonly temperature: number; readonly seed: number };

type Answer = { text: string; reported: number; readonly started: number; ended: boolean };

/** Runs one turn and returns how many programs in it were new to the session. */
export async function runTurn(
  recorder: Recorder,
  ports: Ports,
  turn: number,
  sampling: Sampling,
  signal: AbortSignal,
): Promise<number> {
  const { problem, options, origin } = recorder.session;
  const request: GenerateRequest = { ...sampling, n: options.candidates, maxTokens: maxTokens(problem, origin.task) };
  const running = new AbortController();
  const either = AbortSignal.any([signal, running.signal]);
  const handling = new Handling(recorder, ports, turn, either);
  try {
    for await (const piece of ports.generate(request, either)) {
      handling.take(piece);
      // A stream without end is left as soon as nothing else is due.
      if (handling.cutOff && handling.ended === request.n) break;
    }
    return await handling.finished();
  } catch (error) {
    // Completed answers keep their verdicts when the server dies mid-stream; only a stop ends the judging too.
    if (signal.aborted) running.abort();
    await handling.settled();
    throw error;
  } finally {
    running.abort();
  }
}

/** The answers of one turn and the work started for them. */
class Handling {
  /** Whether an answer was ended from here. */
  cutOff = false;
  readonly #recorder: Recorder;
  readonly #ports: Ports;
  readonly #turn: number;
  readonly #signal: AbortSignal;
  readonly #answers = new Map<number, Answer>();
  readonly #work: Promise<boolean>[] = [];
  #extracted: Promise<unknown> = Promise.resolve();
  /** Verdicts of this session's distinct programs by fingerprint, so that a duplicate waits for its original. */
  readonly #verdicts = new Map<string, { readonly id: string; readonly verdict: Promise<Verdict> }>();

  constructor(recorder: Recorder, ports: Ports, turn: number, signal: AbortSignal) {
    this.#recorder = recorder;
    this.#ports = ports;
    this.#turn = turn;
    this.#signal = signal;
    const { baseline, turns } = recorder.session;
    if (baseline) this.#verdicts.set(baseline.fingerprint, { id: BASELINE, verdict: Promise.resolve(baseline) });
    for (const known of turns.flatMap((one) => one.candidates)) this.#remember(known);
  }

  take(piece: Piece): void {
    const answer = this.#answers.get(piece.index) ?? {
      text: '',
      reported: 0,
      started: this.#ports.now(),
      ended: false,
    };
    this.#answers.set(piece.index, answer);
    if (answer.ended) return;
    if (piece.type === 'text') {
      answer.text += piece.text;
      if (answer.text.length > MAX_ANSWER_CHARS) {
        this.cutOff = true;
        this.#end(piece.index, answer, 0, true);
      } else this.#report(piece.index, answer);
    } else this.#end(piece.index, answer, piece.tokens, piece.truncated);
  }

  /** Answers that are complete. */
  get ended(): number {
    return this.#work.length;
  }

  /** Waits for every judgement; how many programs were new. Throws the first failure. */
  async finished(): Promise<number> {
    const fresh = await Promise.all(this.#work);
    if (this.#work.length === 0) {
      throw new RepairError(
        'server-failed',
        'The model server ended its answer without any text. See its log, then try again.',
      );
    }
    return fresh.filter(Boolean).length;
  }

  async settled(): Promise<void> {
    await Promise.allSettled(this.#work);
  }

  #report(index: number, answer: Answer): void {
    if (answer.text.length - answer.reported < PROGRESS_STEP) return;
    answer.reported = answer.text.length;
    this.#recorder.emit({ type: 'progress', turn: this.#turn, index, chars: answer.text.length });
  }

  #end(index: number, answer: Answer, tokens: number, truncated: boolean): void {
    answer.ended = true;
    const ms = Math.round(this.#ports.now() - answer.started);
    const work = this.#handle(index, answer.text, tokens, truncated, ms);
    // Awaited in finished() or settled(); until then a failure must not count as unhandled.
    work.catch(() => {});
    this.#work.push(work);
  }

  /** Extracts and judges one complete answer; true when its program was new. */
  async #handle(index: number, answer: string, tokens: number, truncated: boolean, ms: number): Promise<boolean> {
    const { problem } = this.#recorder.session;
    const id = candidateId(this.#turn, index);
    const extraction = await this.#inOrder(this.#ports.extract(problem, answer, this.#signal));
    const original = extraction.ok ? this.#verdicts.get(extraction.fingerprint) : undefined;
    const verdict = original?.verdict ?? this.#judge(id, answer, extraction);
    if (extraction.ok && !original) this.#verdicts.set(extraction.fingerprint, { id, verdict });
    this.#recorder.emit({
      type: 'candidate',
      turn: this.#turn,
      candidate: id,
      index,
      answer,
      code: extraction.ok ? extraction.code : null,
      imports: extraction.ok ? extraction.imports : [],
      fingerprint: extraction.ok ? extraction.fingerprint : null,
      trouble: extraction.ok ? null : extraction.message,
      duplicateOf: original?.id ?? null,
      tokens,
      truncated,
      ms,
    });
    this.#recorder.emit({
      type: 'verdict',
      turn: this.#turn,
      candidate: id,
      verdict: { ...(await verdict), candidate: id },
    });
    return extraction.ok && !original;
  }

  /** Waits for the answers that ended before this one, so that the first of equal programs is always the original. */
  async #inOrder(extracting: Promise<Extraction>): Promise<Extraction> {
    const before = this.#extracted;
    this.#extracted = Promise.allSettled([before, extracting]);
    await before;
    return extracting;
  }

  #judge(id: string, answer: string, extraction: Extraction): Promise<Verdict> {
    const { problem } = this.#recorder.session;
    const submission = extraction.ok ? { id, program: extraction.program } : { id, answer };
    const verdict = this.#ports.judge(
      problem,
      'public',
      submission,
      (event) => {
        if (event.type === 'infra') this.#recorder.emit(event);
        else this.#recorder.emit({ ...event, turn: this.#turn, candidate: id });
      },
      this.#signal,
    );
    // A duplicate may be the only one that waits for it; see #end.
    verdict.catch(() => {});
    return verdict;
  }

  #remember(known: Candidate): void {
    const { fingerprint, verdict, id } = known;
    if (fingerprint === null || verdict === null || this.#verdicts.has(fingerprint)) return;
    this.#verdicts.set(fingerprint, { id, verdict: Promise.resolve(verdict) });
  }
}
