// Where answers come from: the user's server by URL, and the addresses derived from it.

import { RepairError } from '../repair/errors.ts';

export type Connection = {
  /** As the user gave it, with or without `/v1`. */
  readonly url: string;
  readonly key: string | null;
  /** null means the first model that the server lists. */
  readonly model: string | null;
};

/** The base of the OpenAI-compatible API. A bare host gets `/v1`; any other path is taken as it is. */
export function apiUrl(url: string): string {
  const parsed = parsedUrl(url);
  const path = parsed.pathname.replace(/\/+$/, '');
  return `${parsed.origin}${path === '' ? '/v1' : path}`;
}

/** The server itself, where `mucode serve` has its own routes. */
export function rootUrl(url: string): string {
  return apiUrl(url).replace(/\/v\d+$/, '');
}

export function authorization(connection: Connection): Readonly<Record<string, string>> {
  return connection.key === null ? {} : { authorization: `Bearer ${connection.key}` };
}

function parsedUrl(url: string): URL {
  const parsed = URL.canParse(url) ? new URL(url) : null;
  if (parsed && /^https?:$/.test(parsed.protocol)) return parsed;
  throw new RepairError(
    'server-unreachable',
    `"${url}" is not the address of a server. Give one such as http://127.0.0.1:8600/v1.`,
  );
}
