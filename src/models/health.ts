// Asks a server what it is and whether it can answer: the "Test connection" of the editor and the first line of the CLI.

import { parseError, parseGatewayState, parseHealthz, parseModels, type GatewayState } from '../protocol/gateway.ts';
import { RepairError, throwIfStopped } from '../repair/errors.ts';
import { textOf } from './body.ts';
import { apiUrl, authorization, rootUrl, type Connection } from './connection.ts';
import { failureOf, retryAfterOf, serverError } from './failure.ts';

export type Health = {
  readonly ok: boolean;
  readonly url: string;
  readonly models: readonly string[];
  /** What `mucode serve` says of its engine; null for every other server. */
  readonly gateway: GatewayState | null;
  readonly verifier: boolean;
  /** One or two sentences for the user. */
  readonly message: string;
};

const ANSWER_MS = 10_000;

/** Never throws for a server that does not work: `ok` is false then and `message` says what to do. */
export async function checkConnection(connection: Connection, signal: AbortSignal): Promise<Health> {
  try {
    const gateway = await gatewayState(connection, signal);
    if (gateway && gateway.state !== 'ready') return waiting(connection, gateway);
    const models = parseModels(await get(`${apiUrl(connection.url)}/models`, connection, signal));
    return healthOf(connection, models, gateway);
  } catch (error) {
    throwIfStopped(signal);
    const failed = { ok: false, url: connection.url, models: [], gateway: null, verifier: false };
    if (error instanceof RepairError) return { ...failed, message: error.message };
    if (!(error instanceof TypeError) && !(error instanceof SyntaxError)) throw error;
    const message = `${apiUrl(connection.url)} does not answer like an OpenAI-compatible server: ${error.message}. Check the URL.`;
    return { ...failed, message };
  }
}

function healthOf(connection: Connection, models: readonly string[], gateway: GatewayState | null): Health {
  const { url, model } = connection;
  const known = { url, models, gateway, verifier: typeof gateway?.verifier === 'string' };
  if (models.length === 0) return { ...known, ok: false, message: `${url} lists no model. Load one there.` };
  if (model !== null && !models.includes(model)) {
    const some = models.slice(0, 8).join(', ');
    return { ...known, ok: false, message: `${url} does not list the model "${model}". It has: ${some}.` };
  }
  return { ...known, ok: true, message: `Ready: ${model ?? models[0]} at ${url} (${verifierWords(gateway)}).` };
}

function verifierWords(gateway: GatewayState | null): string {
  if (!gateway || gateway.verifier === null) return 'no verifier: tests only';
  const { verifier_state: state, verifier_message: message } = gateway;
  if (state === null || state === 'ready') return 'with a verifier';
  return `its verifier is ${state}: tests only${message === null ? '' : `. ${message.replace(/\.$/, '')}`}`;
}

function waiting({ url }: Connection, gateway: GatewayState): Health {
  const tail = gateway.state === 'failed' ? `\n${gateway.log.slice(-5).join('\n')}` : '';
  const message = `The server at ${url} is ${gateway.state}: ${gateway.message}${tail}`.trimEnd();
  return { ok: false, url, models: [], gateway, verifier: false, message };
}

/** null when the server has no `/healthz` of ours; then it is some other OpenAI-compatible server. */
export async function gatewayState(connection: Connection, signal: AbortSignal): Promise<GatewayState | null> {
  const root = rootUrl(connection.url);
  try {
    // Without the key: until the answer shows what is there, nothing secret goes out.
    parseHealthz(await get(`${root}/healthz`, { ...connection, key: null }, signal));
  } catch (error) {
    throwIfStopped(signal);
    if (error instanceof RepairError && error.kind === 'server-unreachable') throw error;
    if (error instanceof RepairError || error instanceof TypeError || error instanceof SyntaxError) return null;
    throw error;
  }
  return parseGatewayState(await get(`${root}/v1/state`, connection, signal));
}

async function get(url: string, connection: Connection, signal: AbortSignal): Promise<unknown> {
  const within = AbortSignal.any([signal, AbortSignal.timeout(ANSWER_MS)]);
  const { response, text } = await fetched(url, connection, within, signal);
  if (response.ok) return JSON.parse(text);
  const retryAfterMs = retryAfterOf(response.headers, Date.now());
  const failure = { status: response.status, code: null, kind: null, body: parseError(text).message, retryAfterMs };
  throw serverError(apiUrl(connection.url), connection.model, failure);
}

async function fetched(
  url: string,
  connection: Connection,
  within: AbortSignal,
  signal: AbortSignal,
): Promise<{ readonly response: Response; readonly text: string }> {
  try {
    const headers = authorization(connection);
    const response = await globalThis.fetch(url, { headers, redirect: 'manual', signal: within });
    return { response, text: await textOf(response, connection.url) };
  } catch (error) {
    throwIfStopped(signal);
    if (error instanceof RepairError) throw error;
    const late = within.aborted ? { code: 'ETIMEDOUT' } : {};
    throw serverError(apiUrl(connection.url), connection.model, { ...failureOf(error, Date.now()), ...late }, error);
  }
}
