// The verifier of a connection, by the gateway's own route. Whatever goes wrong with it is told within a bounded time.

import { duration } from '../protocol/words.ts';
import { parseScores, scoresBody } from '../protocol/scores.ts';
import { parseError } from '../protocol/gateway.ts';
import { RepairError, throwIfStopped } from '../repair/errors.ts';
import type { ScoreRequest, Scores } from '../repair/loop.ts';
import { textOf } from './body.ts';
import { apiUrl, authorization, rootUrl, type Connection } from './connection.ts';
import { failureOf, serverError } from './failure.ts';
import { gatewayState } from './health.ts';
import { hostOf } from './privacy.ts';

/** Milliseconds that one session waits in vain, and the share of them that a further request is given all the same. */
const PATIENCE_MS = 30_000;
const LEAST_SHARE = 1 / 15;

/** Characters of what a server says that are shown. */
const MESSAGE_CHARS = 300;

/** What a server without a verifier answers: ours by its own word, others by not knowing the route. */
const ABSENT = [404, 405, 501];

/** Make one per session: it remembers whether there is a verifier, and how long it waited for nothing. */
export class Verifier {
  readonly #connection: Connection;
  readonly #patienceMs: number;
  #lostMs = 0;
  /** null before the server was asked. */
  #present: boolean | null = null;

  constructor(connection: Connection, patienceMs = PATIENCE_MS) {
    this.#connection = connection;
    this.#patienceMs = patienceMs;
  }

  /** Sends the programs where the generator's requests go. Failures are RepairErrors; none is tried again. */
  async scores(request: ScoreRequest, signal: AbortSignal, hide = (text: string): string => text): Promise<Scores> {
    const began = performance.now();
    const limit = Math.round(Math.max(LEAST_SHARE * this.#patienceMs, this.#patienceMs - this.#lostMs));
    const late = AbortSignal.timeout(limit);
    try {
      const within = AbortSignal.any([signal, late]);
      // Code goes only to a server that says it has a verifier.
      this.#present ??= ((await gatewayState(this.#connection, within))?.verifier ?? null) !== null;
      if (!this.#present) throw this.#none();
      return await this.#asked(JSON.stringify(scoresBody(request, hide)), request.programs.length, within);
    } catch (error) {
      throwIfStopped(signal);
      this.#lostMs += performance.now() - began;
      throw late.aborted ? this.#slow(limit, error) : this.#failed(error);
    }
  }

  async #asked(body: string, count: number, signal: AbortSignal): Promise<Scores> {
    const headers = { ...authorization(this.#connection), 'content-type': 'application/json' };
    // Redirects are not followed: they could lead code to a host that the user was never asked about.
    const init = { method: 'POST', headers, body, redirect: 'manual', signal } as const;
    const response = await globalThis.fetch(`${rootUrl(this.#connection.url)}/v1/scores`, init);
    const text = await textOf(response, this.#connection.url);
    if (response.ok) return parseScores(JSON.parse(text), count);
    this.#present = !ABSENT.includes(response.status);
    throw this.#present ? this.#refused(response.status, text) : this.#none();
  }

  #failed(error: unknown): unknown {
    if (error instanceof RepairError) return error;
    // What fetch throws has a cause; a TypeError or SyntaxError without one is an answer that is none of ours.
    if (error instanceof Error && error.cause !== undefined) {
      return serverError(apiUrl(this.#connection.url), null, failureOf(error, Date.now()), error);
    }
    if (!(error instanceof TypeError) && !(error instanceof SyntaxError)) return error;
    const message = `${this.#host} does not answer like a verifier: ${error.message}.`;
    return new RepairError('server-failed', message, { cause: error });
  }

  #refused(status: number, text: string): RepairError {
    const { message, code } = parseError(text);
    // Our gateway's own words are whole sentences for the user.
    if (status >= 500 && code !== null) return new RepairError('server-failed', message.slice(0, MESSAGE_CHARS));
    const failure = { status, code: null, kind: code, body: message, retryAfterMs: null };
    return serverError(apiUrl(this.#connection.url), null, failure);
  }

  #none(): RepairError {
    return new RepairError('server-refused', `${this.#host} has no verifier.`);
  }

  #slow(limit: number, cause: unknown): RepairError {
    const message = `the verifier at ${this.#host} gave no answer within ${duration(limit)}.`;
    return new RepairError('server-failed', message, { cause });
  }

  get #host(): string {
    return hostOf(this.#connection.url);
  }
}
