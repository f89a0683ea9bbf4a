// What went wrong with a model server, in the user's words: the URL, the cause, the next step.

import { RepairError } from '../repair/errors.ts';

const SHOWN_BODY = 300;

/** What is known of a failed HTTP exchange; `status` is null when no answer came. */
export type HttpFailure = {
  readonly status: number | null;
  /** System error code such as ECONNREFUSED. */
  readonly code: string | null;
  /** The server's own word for the failure, such as `engine_failed`. */
  readonly kind: string | null;
  readonly body: string;
  /** How long the server asks to be left alone. */
  readonly retryAfterMs: number | null;
};

/** What an error of the `openai` package or of fetch says about the exchange. */
export function failureOf(error: unknown, now: number): HttpFailure {
  const message = error instanceof Error ? error.message : String(error);
  const { status, headers, kind } = answered(error);
  // The package puts the status in front of the message.
  const body =
    status === null ? causeOf(error) : message.replace(/^\d{3} /, '').replace(/^status code \(no body\)$/, '');
  const retryAfterMs = headers ? retryAfterOf(headers, now) : null;
  return { status, code: errorCode(error), kind, body, retryAfterMs };
}

/** The delay that the headers ask for, in milliseconds. */
export function retryAfterOf(headers: Headers, now: number): number | null {
  const ms = headers.get('retry-after-ms');
  if (ms && Number.isFinite(Number(ms))) return Math.max(0, Number(ms));
  const after = headers.get('retry-after');
  if (!after) return null;
  if (Number.isFinite(Number(after))) return Math.max(0, Number(after) * 1000);
  const date = Date.parse(after);
  return Number.isNaN(date) ? null : Math.max(0, date - now);
}

export function serverError(url: string, model: string | null, failure: HttpFailure, cause?: unknown): RepairError {
  const options = cause === undefined ? {} : { cause };
  const said = saidBy(failure);
  switch (failure.status) {
    case null:
      return new RepairError('server-unreachable', unreachable(url, failure), options);
    case 401:
    case 403: {
      const next = 'Set the key of this server, then try again.';
      return new RepairError('server-refused', `${url} refused the key (${failure.status})${said}. ${next}`, options);
    }
    case 404: {
      const what = model === null ? 'what was asked' : `the model "${model}"`;
      const next = 'Check the URL and the name of the model.';
      return new RepairError('server-refused', `${url} does not know ${what} (404)${said}. ${next}`, options);
    }
    case 429: {
      const next = 'Wait a while, or ask for fewer candidates.';
      return new RepairError(
        'server-refused',
        `${url} takes no more requests at the moment (429)${said}. ${next}`,
        options,
      );
    }
    case 301:
    case 302:
    case 307:
    case 308: {
      const next = 'Connect to that address itself: a redirect is not followed.';
      return new RepairError(
        'server-refused',
        `${url} points to another address (${failure.status}). ${next}`,
        options,
      );
    }
    default:
      return failure.status < 500
        ? new RepairError('server-refused', `${url} refused the request (${failure.status})${said}.`, options)
        : new RepairError('server-failed', `${url} failed (${failure.status})${said}. See the server's log.`, options);
  }
}

/** The server ended an answer before it was complete. */
export function brokenOff(url: string, cause?: unknown): RepairError {
  const options = cause === undefined ? {} : { cause };
  const message = `${url} broke off in the middle of its answers. See the server's log, then try again.`;
  return new RepairError('server-failed', message, options);
}

/** The system's error code somewhere in a chain of causes, or null. */
function errorCode(error: unknown): string | null {
  for (let at: unknown = error, depth = 0; at instanceof Error && depth < 6; at = at.cause, depth += 1) {
    if ('code' in at && typeof at.code === 'string') return at.code;
    // Happy Eyeballs: one error for each address that was tried.
    if (at instanceof AggregateError) return errorCode(at.errors[0]);
  }
  return null;
}

function answered(error: unknown): { status: number | null; headers: Headers | null; kind: string | null } {
  const found = error instanceof Error && 'status' in error ? error : null;
  const status = found && typeof found.status === 'number' ? found.status : null;
  const headers = found && 'headers' in found && found.headers instanceof Headers ? found.headers : null;
  // `code` is also where the system's errors have theirs, but those have no status.
  const kind = status !== null && found && 'code' in found && typeof found.code === 'string' ? found.code : null;
  return { status, headers, kind };
}

function causeOf(error: unknown): string {
  let at = error;
  for (let depth = 0; at instanceof Error && at.cause instanceof Error && depth < 6; depth += 1) at = at.cause;
  return at instanceof Error ? at.message : String(at);
}

function unreachable(url: string, { code, body }: HttpFailure): string {
  if (code === 'ECONNREFUSED') {
    return `Nothing answers at ${url} (ECONNREFUSED). Is the server running, and is the port right?`;
  }
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return `The host of ${url} is not known (${code}). Check the address and the network.`;
  }
  if (code === 'ETIMEDOUT' || code === 'UND_ERR_CONNECT_TIMEOUT') {
    return `${url} did not answer in time (${code}). Check the address, the network and the firewall.`;
  }
  const why = [code, body].filter((part) => part !== null && part !== '').join(': ');
  return `${url} cannot be reached${why === '' ? '' : ` (${why.slice(0, SHOWN_BODY)})`}. Is the server running?`;
}

function saidBy({ body }: HttpFailure): string {
  const text = body.replace(/\s+/g, ' ').trim();
  if (text === '') return '';
  return `: ${text.length > SHOWN_BODY ? `${text.slice(0, SHOWN_BODY)}…` : text.replace(/\.$/, '')}`;
}
