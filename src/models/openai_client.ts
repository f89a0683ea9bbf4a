// The `openai` package, loaded when the first request is made and kept from sending more than the request needs.

import type OpenAI from 'openai';

/** The package's own limit on one request; the watch on silence ends a hanging one much earlier. */
const LONGEST_MS = 60 * 60_000;

export async function openaiClient(baseURL: string, headers: Readonly<Record<string, string>>): Promise<OpenAI> {
  const { OpenAI: Client } = await import('openai');
  return new Client({
    baseURL,
    // Given in the headers below; the package insists on one here and would otherwise look in the environment.
    apiKey: 'none',
    organization: null,
    project: null,
    maxRetries: 0,
    timeout: LONGEST_MS,
    logLevel: 'off',
    // Looked up at each call: VS Code replaces it to bring in the user's proxy and certificates.
    // Redirects are not followed: they could lead code to a host that the user was never asked about.
    fetch: (input, init) =>
      globalThis.fetch(input, { ...init, headers: ownHeaders(init?.headers, headers), redirect: 'manual' }),
  });
}

/** Without the package's report on operating system, versions and retries, and with the connection's own key or none. */
function ownHeaders(given: RequestInit['headers'], own: Readonly<Record<string, string>>): Headers {
  const all = new Headers(given);
  const headers = new Headers(own);
  for (const name of ['accept', 'content-type']) headers.set(name, all.get(name) ?? 'application/json');
  return headers;
}
