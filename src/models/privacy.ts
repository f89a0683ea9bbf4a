// What leaves the machine with a request, and what never should.

import type { Message } from '../repair/events.ts';

/** Whether requests to the URL stay on this machine. A name other than localhost may point anywhere. */
export function isLoopback(url: string): boolean {
  if (!URL.canParse(url)) return false;
  const host = new URL(url).hostname.toLowerCase();
  return host === 'localhost' || host.endsWith('.localhost') || host === '[::1]' || /^127(\.\d{1,3}){3}$/.test(host);
}

/** The host for which the user is asked once. */
export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : url;
}

const SHOWN = '[redacted]';

/** Each replaces only the secret itself, so that the code around it keeps its shape. Conservative: known forms only. */
const SECRETS: readonly (readonly [RegExp, string])[] = [
  [
    /-----BEGIN ([A-Z ]*PRIVATE KEY)-----[\s\S]*?(-----END \1-----|$)/g,
    `-----BEGIN $1-----\n${SHOWN}\n-----END $1-----`,
  ],
  [/\b(sk|pk|rk)[-_](?:live|test|proj|ant|or)?[-_]?[A-Za-z0-9_-]{20,}\b/g, `$1-${SHOWN}`],
  [/\b(gh[pousr]_|github_pat_)[A-Za-z0-9_]{20,}\b/g, `$1${SHOWN}`],
  [/\b(glpat-|hf_|npm_|pypi-|xox[abeprs]-)[A-Za-z0-9_-]{16,}/g, `$1${SHOWN}`],
  [/\b(AKIA|ASIA)[A-Z0-9]{16}\b/g, `$1${SHOWN}`],
  [/\bAIza[A-Za-z0-9_-]{35}\b/g, SHOWN],
  [/\beyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\b/g, SHOWN],
  [/\b(Bearer\s+)[A-Za-z0-9._~+/-]{16,}=*/g, `$1${SHOWN}`],
  [/\b([a-z][a-z0-9+.-]*:\/\/[^\s:/@'"]*:)[^\s/@'"]+(@)/gi, `$1${SHOWN}$2`],
  [
    /\b([\w.]*(?:passw(?:or)?d|passphrase|secret|api_?key|access_?key|auth_?token|access_?token|private_?key)["']?\s*(?::\s*\w+\s*)?[=:]\s*[rbuf]?)(["'])(?!\2)[^"'\n]{4,}\2/gi,
    `$1$2${SHOWN}$2`,
  ],
];

/** The text with keys, tokens, private keys and passwords taken out. */
export function redactSecrets(text: string): string {
  return SECRETS.reduce((kept, [pattern, replacement]) => kept.replace(pattern, replacement), text);
}

export function redactMessages(messages: readonly Message[]): readonly Message[] {
  return messages.map((message) => ({ ...message, content: redactSecrets(message.content) }));
}

export type Leaving = {
  readonly messages: number;
  readonly characters: number;
  readonly lines: number;
  /** How many places redaction changes. */
  readonly redacted: number;
  /** What the user is asked to agree to, as the messages go out. */
  readonly text: string;
};

/** What a request with these messages sends away. */
export function whatLeaves(messages: readonly Message[]): Leaving {
  const text = redactMessages(messages)
    .map(({ role, content }) => `--- ${role}\n${content}`)
    .join('\n');
  const count = (all: string): number => all.split(SHOWN).length - 1;
  const before = messages.reduce((sum, { content }) => sum + count(content), 0);
  return {
    messages: messages.length,
    characters: messages.reduce((sum, { content }) => sum + content.length, 0),
    lines: messages.reduce((sum, { content }) => sum + content.split('\n').length, 0),
    redacted: count(text) - before,
    text,
  };
}
