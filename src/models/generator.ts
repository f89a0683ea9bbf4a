// The generator as the loop wants it: N answers as a stream of pieces, from any OpenAI-compatible server.

import type OpenAI from 'openai';
import { parseModels } from '../protocol/gateway.ts';
import { RepairError, throwIfStopped } from '../repair/errors.ts';
import type { GenerateRequest, Piece } from '../repair/loop.ts';
import { refusedField, type Lack } from './abilities.ts';
import { apiUrl, authorization, type Connection } from './connection.ts';
import { failureOf, serverError } from './failure.ts';
import { merge } from './merge.ts';
import { openaiClient } from './openai_client.ts';
import { isStarting, pause, waitBefore } from './retry.ts';
import { pieces, startedStream, type Chunk } from './stream.ts';

/** Requests at a time to a server that gives one answer per request. */
const AT_A_TIME = 4;

/** Seeds of the answers of one turn lie side by side, those of other turns elsewhere. */
const SEEDS_PER_TURN = 1000;

export type GeneratorOptions = {
  /** Told in one sentence why nothing comes yet. */
  readonly onWait?: (message: string) => void;
  /** A server that is silent for longer has hung. Default 180 s: a long prompt takes its time on a CPU. */
  readonly silenceMs?: number;
  /** For tests: waits between tries. */
  readonly pause?: (ms: number, signal: AbortSignal) => Promise<void>;
};

/** Keep one per connection: it remembers what the server turned out not to understand. */
export class Generator {
  readonly #connection: Connection;
  readonly #options: GeneratorOptions;
  readonly #lacking = new Set<Lack>();
  #client: Promise<OpenAI> | null = null;
  #model: string | null;

  constructor(connection: Connection, options: GeneratorOptions = {}) {
    this.#connection = connection;
    this.#options = options;
    this.#model = connection.model;
  }

  /** The model that is asked: the one of the connection, else the first that the server lists. */
  async model(signal: AbortSignal): Promise<string> {
    this.#model ??= await this.#patiently(signal, async () => {
      const client = await this.#openai();
      return this.#firstOf(await client.get('/models', { signal }));
    });
    return this.#model;
  }

  /**
   * Streams `n` answers. Failures are RepairErrors. Ends its requests when the signal is aborted and when the reader
   * leaves early.
   */
  async *generate(request: GenerateRequest, signal: AbortSignal): AsyncGenerator<Piece> {
    const leaving = new AbortController();
    const either = AbortSignal.any([signal, leaving.signal]);
    const seen = new Set<number>();
    try {
      if (request.n > 1 && !this.#lacking.has('n')) {
        for await (const piece of this.#stream(request, request.n, 0, either)) {
          seen.add(piece.index);
          yield piece;
        }
        // Nothing at all is the loop's to report; one answer only means that the server ignores `n`.
        if (seen.size === 0) return;
        if (seen.size === 1) this.#lacking.add('n');
      }
      const missing = Array.from({ length: request.n }, (_, index) => index).filter((index) => !seen.has(index));
      yield* merge(
        missing.map((index) => this.#stream(request, 1, index, either)),
        AT_A_TIME,
      );
    } catch (error) {
      throwIfStopped(signal);
      throw error;
    } finally {
      leaving.abort();
    }
  }

  get #url(): string {
    return apiUrl(this.#connection.url);
  }

  #openai(): Promise<OpenAI> {
    this.#client ??= openaiClient(this.#url, authorization(this.#connection));
    return this.#client;
  }

  /** `n` answers from one request, the first of them known as `first`. */
  async *#stream(request: GenerateRequest, n: number, first: number, signal: AbortSignal): AsyncGenerator<Piece> {
    const model = await this.model(signal);
    const silence = new Silence(this.#options.silenceMs ?? 180_000);
    const either = AbortSignal.any([signal, silence.signal]);
    try {
      const chunks = await this.#patiently(either, () => {
        silence.restart();
        return this.#open(model, request, n, first, either);
      });
      const watched = silence.watch(chunks);
      yield* pieces(watched, { url: this.#url, n, first, maxTokens: request.maxTokens });
      // The package ends an aborted stream like a finished one.
      throwIfStopped(either);
    } catch (error) {
      throwIfStopped(signal);
      if (!silence.signal.aborted) throw error;
      const message = `${this.#url} has sent nothing for ${Math.round(silence.ms / 1000)} s. See the server's log.`;
      throw new RepairError('server-failed', message, { cause: error });
    } finally {
      silence.end();
    }
  }

  async #open(
    model: string,
    request: GenerateRequest,
    n: number,
    first: number,
    signal: AbortSignal,
  ): Promise<AsyncIterable<Chunk>> {
    const client = await this.#openai();
    for (;;) {
      try {
        const body = this.#body(model, request, n, first);
        return await startedStream<Chunk>(await client.chat.completions.create(body, { signal }));
      } catch (error) {
        const { status, body } = failureOf(error, Date.now());
        const lack = refusedField(status, body, this.#lacking);
        if (lack === null) throw error;
        this.#lacking.add(lack);
      }
    }
  }

  #body(model: string, request: GenerateRequest, n: number, first: number): OpenAI.ChatCompletionCreateParamsStreaming {
    const has = (field: Lack): boolean => !this.#lacking.has(field);
    const { maxTokens } = request;
    return {
      model,
      messages: request.messages.map(({ role, content }) => ({ role, content })),
      stream: true,
      ...(has('max_tokens') ? { max_tokens: maxTokens } : { max_completion_tokens: maxTokens }),
      ...(has('temperature') && { temperature: request.temperature }),
      ...(has('seed') && { seed: request.seed * SEEDS_PER_TURN + first }),
      ...(has('stream_options') && { stream_options: { include_usage: true } }),
      ...(n > 1 && has('n') && { n }),
    };
  }

  /** Tries again where that may help. What is thrown is a RepairError that names the URL and the next step. */
  async #patiently<T>(signal: AbortSignal, request: () => Promise<T>): Promise<T> {
    const began = Date.now();
    for (let tries = 1; ; tries += 1) {
      try {
        return await request();
      } catch (error) {
        throwIfStopped(signal);
        if (error instanceof RepairError) throw error;
        const failure = failureOf(error, Date.now());
        const wait = waitBefore(failure, tries, Date.now() - began);
        if (wait === null) throw serverError(this.#url, this.#model, failure, error);
        const why = isStarting(failure) ? failure.body : `${this.#url} is busy (${failure.status ?? failure.code})`;
        this.#options.onWait?.(`${why} Trying again in ${Math.max(1, Math.round(wait / 1000))} s.`);
        await (this.#options.pause ?? pause)(wait, signal);
        throwIfStopped(signal);
      }
    }
  }

  #firstOf(listed: unknown): string {
    try {
      const [first] = parseModels(listed);
      if (first !== undefined) return first;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      const message = `${this.#url} does not answer like an OpenAI-compatible server: ${why}. Check the URL.`;
      throw new RepairError('server-refused', message, { cause: error });
    }
    throw new RepairError('server-refused', `${this.#url} lists no model. Load one there, or name the model.`);
  }
}

/** Aborts when nothing has come for a time. */
class Silence {
  readonly ms: number;
  readonly #abort = new AbortController();
  #timer: NodeJS.Timeout;

  constructor(ms: number) {
    this.ms = ms;
    this.#timer = setTimeout(() => this.#abort.abort(), ms);
  }

  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** A try after a wait has the whole time again. */
  restart(): void {
    this.#timer.refresh();
  }

  async *watch<T>(items: AsyncIterable<T>): AsyncGenerator<T> {
    for await (const item of items) {
      this.#timer.refresh();
      yield item;
    }
  }

  end(): void {
    clearTimeout(this.#timer);
  }
}
