// Which failed requests are worth repeating, and after how long. Only requests that have brought nothing yet are repeated.

import type { HttpFailure } from './failure.ts';

const TRIES = 4;
const FIRST_WAIT_MS = 500;
const LONGEST_WAIT_MS = 30_000;

/** A server that says 503 and when to ask again is loading its model; that may take minutes on a small machine. */
const STARTING_MS = 10 * 60_000;

/**
 * Milliseconds to wait before the next try, or null when there is no use in one. `tries` counts the failed ones,
 * `waitedMs` is the time since the first.
 */
export function waitBefore(failed: HttpFailure, tries: number, waitedMs: number): number | null {
  const asked = failed.retryAfterMs === null ? null : Math.min(failed.retryAfterMs, LONGEST_WAIT_MS);
  if (failed.kind === 'engine_failed') return null;
  if (isStarting(failed)) return waitedMs < STARTING_MS ? asked : null;
  if (tries >= TRIES || !isPassing(failed)) return null;
  return asked ?? FIRST_WAIT_MS * 2 ** (tries - 1);
}

export function isStarting(failed: HttpFailure): boolean {
  return failed.status === 503 && failed.retryAfterMs !== null;
}

/** Fulfilled after the time, or at once when the signal is aborted. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', end);
      resolve();
    };
    const timer = setTimeout(end, ms);
    signal.addEventListener('abort', end, { once: true });
    if (signal.aborted) end();
  });
}

/** Trouble that often passes by itself. A refused connection is not: nobody is there. */
function isPassing({ status, code }: HttpFailure): boolean {
  if (status === null) return code === 'ECONNRESET' || code === 'EPIPE' || code === 'UND_ERR_SOCKET';
  return status === 429 || status === 408 || status >= 500;
}
