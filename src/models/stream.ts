// One streamed chat completion as pieces, with a bound on its length. Knows nothing of requests.

import type { Piece } from '../repair/loop.ts';
import { RepairError } from '../repair/errors.ts';
import { brokenOff, failureOf, serverError } from './failure.ts';

/** The part of a chunk that is read. Servers leave out what they like. */
export type Chunk = {
  readonly choices?: readonly {
    readonly index?: number;
    readonly delta?: { readonly content?: string | null } | null;
    readonly finish_reason?: string | null;
  }[];
  readonly usage?: { readonly completion_tokens?: number } | null;
};

export type StreamPlan = {
  readonly url: string;
  /** Answers in this stream. */
  readonly n: number;
  /** The index of its first answer among all of the turn. */
  readonly first: number;
  readonly maxTokens: number;
};

/**
 * The same chunks, given out once the first of them is there. Throws where the stream fails before, so that the request
 * can be judged like one that brought no answer at all.
 */
export async function startedStream<T>(chunks: AsyncIterable<T>): Promise<AsyncIterable<T>> {
  const reader = chunks[Symbol.asyncIterator]();
  const first = await reader.next();
  return (async function* all() {
    try {
      for (let next = first; !next.done; next = await reader.next()) yield next.value;
    } finally {
      // Leaving early ends the request.
      await reader.return?.();
    }
  })();
}

type Growing = { chunks: number; chars: number };

/** A server that does not keep to max_tokens is cut off here; the longest tokens are runs of spaces. */
const CHARS_PER_TOKEN = 40;
const SPARE_CHUNKS = 64;

/** Pieces of the answers by index. Throws RepairError when the stream breaks off before every answer has ended. */
export async function* pieces(chunks: AsyncIterable<Chunk>, plan: StreamPlan): AsyncGenerator<Piece> {
  const growing = new Map<number, Growing>();
  const ended = new Set<number>();
  /** The end of the only answer waits for the usage that follows it. */
  let last: Extract<Piece, { type: 'done' }> | null = null;
  let tokens: number | null = null;
  let cut = false;
  try {
    for await (const chunk of chunks) {
      tokens = chunk.usage?.completion_tokens ?? tokens;
      for (const choice of chunk.choices ?? []) {
        // Ids differ between the choices of one stream in SGLang; only the index tells them apart.
        const index = choice.index ?? 0;
        if (ended.has(index) || index >= plan.n) continue;
        const answer = growing.get(index) ?? { chunks: 0, chars: 0 };
        growing.set(index, answer);
        const text = choice.delta?.content ?? '';
        answer.chunks += 1;
        answer.chars += text.length;
        if (text !== '') yield { type: 'text', index: plan.first + index, text };
        const overlong = isOverlong(answer, plan.maxTokens);
        if (!choice.finish_reason && !overlong) continue;
        ended.add(index);
        const truncated = overlong || choice.finish_reason === 'length';
        const done = { type: 'done', index: plan.first + index, tokens: answer.chunks, truncated } as const;
        if (plan.n > 1) yield done;
        else last = done;
        cut ||= overlong;
        // Leaving the loop ends the request.
        if (cut && ended.size === growing.size) return yield* lastOf(last, tokens);
      }
    }
  } catch (error) {
    throw streamError(plan.url, error);
  }
  if (ended.size < growing.size) throw brokenOff(plan.url);
  yield* lastOf(last, tokens);
}

function* lastOf(done: Extract<Piece, { type: 'done' }> | null, tokens: number | null): Generator<Piece> {
  if (done) yield { ...done, tokens: tokens ?? done.tokens };
}

function isOverlong(answer: Growing, maxTokens: number): boolean {
  return answer.chars > maxTokens * CHARS_PER_TOKEN || answer.chunks > maxTokens + SPARE_CHUNKS;
}

/** An error in the middle is either the server's word on it or a broken connection. */
function streamError(url: string, error: unknown): unknown {
  if (error instanceof RepairError) return error;
  const failure = failureOf(error, Date.now());
  if (failure.status !== null) return serverError(url, null, failure, error);
  // An error event inside the stream.
  const said = error instanceof Error && 'error' in error && error.error !== undefined ? error.message : null;
  return said === null
    ? brokenOff(url, error)
    : new RepairError('server-failed', `${url} failed in the middle of its answers: ${said}`, { cause: error });
}
