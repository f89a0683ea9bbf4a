// What `mucode serve` answers on its own routes and says on standard output, with parsers.

import { fields, list, number, oneOf, optional, text, texts } from './shape.ts';

type EngineState = 'starting' | 'ready' | 'failed' | 'stopped';

const stateOf = oneOf<EngineState>(['starting', 'ready', 'failed', 'stopped']);

/** `/healthz`, which needs no token: how a gateway is told from any other server. */
export type Healthz = { readonly status: 'ok'; readonly state: EngineState };

/** `/v1/state`. */
export type GatewayState = {
  readonly state: EngineState;
  readonly message: string;
  readonly engine: string;
  readonly device: string;
  readonly model: string | null;
  /** Tokens of prompt and answer together. */
  readonly context_length: number | null;
  /** The engine's last output lines, oldest first. */
  readonly log: readonly string[];
  /** The verifier's name; null where there is none. */
  readonly verifier: string | null;
  /** Its engine's state and last word; null where there is none, or from a gateway that does not tell. */
  readonly verifier_state: EngineState | null;
  readonly verifier_message: string | null;
  /** Seconds since the engine was told to start. */
  readonly started_s: number;
};

/** One line of the gateway's standard output. */
export type Announcement =
  | { readonly event: 'listening'; readonly url: string; readonly token_file: string; readonly pid: number }
  | {
      readonly event: 'state';
      readonly state: EngineState;
      readonly message: string;
      readonly log: readonly string[];
    };

export function parseHealthz(value: unknown): Healthz {
  const found = fields(value, 'healthz');
  return { status: oneOf(['ok'] as const)(found['status'], 'status'), state: stateOf(found['state'], 'state') };
}

export function parseGatewayState(value: unknown): GatewayState {
  const found = fields(value, 'state');
  return {
    state: stateOf(found['state'], 'state'),
    message: text(found['message'], 'message'),
    engine: text(found['engine'], 'engine'),
    device: text(found['device'], 'device'),
    model: optional(found['model'], 'model', text),
    context_length: optional(found['context_length'], 'context_length', number),
    log: texts(found['log'], 'log'),
    verifier: optional(found['verifier'], 'verifier', text),
    verifier_state: optional(found['verifier_state'], 'verifier_state', stateOf),
    verifier_message: optional(found['verifier_message'], 'verifier_message', text),
    started_s: number(found['started_s'], 'started_s'),
  };
}

/** Throws SyntaxError or TypeError for anything else than an announcement. */
export function parseAnnouncement(line: string): Announcement {
  const found = fields(JSON.parse(line), 'announcement');
  const event = oneOf(['listening', 'state'] as const)(found['event'], 'event');
  if (event === 'listening') {
    const { url, token_file, pid } = found;
    return { event, url: text(url, 'url'), token_file: text(token_file, 'token_file'), pid: number(pid, 'pid') };
  }
  const state = stateOf(found['state'], 'state');
  return { event, state, message: text(found['message'], 'message'), log: optional(found['log'], 'log', texts) ?? [] };
}

/** What a body of OpenAI's error shape says, and the server's own word for the failure; any other body is its text. */
export function parseError(body: string): { readonly message: string; readonly code: string | null } {
  try {
    const error = fields(fields(JSON.parse(body), 'body')['error'], 'error');
    const { code } = error;
    return { message: text(error['message'], 'message'), code: typeof code === 'string' ? code : null };
  } catch {
    // Some other server's shape, or a proxy's page.
    const [, message] = /"message"\s*:\s*"((?:[^"\\]|\\.)*)"/.exec(body) ?? [];
    return { message: message ?? body.replace(/<[^>]*>/g, ' '), code: null };
  }
}

/** The ids that an OpenAI-compatible `/v1/models` lists. */
export function parseModels(value: unknown): readonly string[] {
  const found = fields(value, 'models');
  return list(found['data'], 'data', (one, place) => text(fields(one, place)['id'], `${place}.id`));
}
