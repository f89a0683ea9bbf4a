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

/** Names whose value is a secret when it is a literal. */
const SECRET_NAME = String.raw`[\w.]*(?:passw(?:or)?d|passphrase|secret|api_?key|access_?key|auth_?token|access_?token|private_?key)`;

/** The group `secret` is what is taken out; the code around it keeps its shape. Conservative: known forms only. */
const SECRETS: readonly RegExp[] = [
  /-----BEGIN (?<kind>[A-Z ]*PRIVATE KEY)-----(?<secret>[\s\S]*?)(?:-----END \k<kind>-----|$)/g,
  /\b(?<secret>(?:sk|pk|rk)[-_](?:(?:live|test|proj|ant|or)[-_])?[A-Za-z0-9_-]{20,})/g,
  /\b(?<secret>(?:gh[pousr]_|github_pat_)[A-Za-z0-9_]{20,})/g,
  /\b(?<secret>(?:glpat-|hf_|npm_|pypi-|xox[abeprs]-)[A-Za-z0-9_-]{16,})/g,
  /\b(?<secret>(?:AKIA|ASIA)[A-Z0-9]{16})\b/g,
  /\b(?<secret>AIza[A-Za-z0-9_-]{35})/g,
  /\b(?<secret>eyJ[A-Za-z0-9_-]{8,}\.eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,})/g,
  /\bBearer\s+(?<secret>[A-Za-z0-9._~+/-]{16,}=*)/g,
  /\b[a-z][a-z0-9+.-]*:\/\/[^\s:/@'"]*:(?<secret>[^\s/@'"]+)@/gi,
  new RegExp(
    String.raw`\b${SECRET_NAME}["']?\s*(?::\s*\w+\s*)?[=:]\s*[rbuf]?(?<quote>["'])(?<secret>[^"'\n]{4,})\k<quote>`,
    'gi',
  ),
];

/**
 * Takes keys, tokens, private keys and passwords out of texts and puts them back into what comes in return, so that a
 * candidate which repeats a line with a secret holds the user's own line again.
 */
export class Redactor {
  readonly #marks = new Map<string, string>();

  /** Distinct secrets so far. */
  get count(): number {
    return this.#marks.size;
  }

  hide(text: string): string {
    return SECRETS.reduce((kept, pattern) => kept.replace(pattern, (...match) => this.#without(match)), text);
  }

  hideIn(messages: readonly Message[]): readonly Message[] {
    return messages.map((message) => ({ ...message, content: this.hide(message.content) }));
  }

  restore(text: string): string {
    if (this.#marks.size === 0) return text;
    const secrets = new Map([...this.#marks].map(([secret, mark]) => [mark, secret]));
    return text.replace(/\[redacted-\d+\]/g, (mark) => secrets.get(mark) ?? mark);
  }

  /** The match with its secret replaced. The last argument of a replacer is the match's groups. */
  #without(match: readonly unknown[]): string {
    const [whole, groups] = [String(match[0]), match.at(-1)];
    const secret = typeof groups === 'object' && groups !== null && 'secret' in groups ? String(groups.secret) : '';
    if (secret === '' || secret.startsWith('[redacted-')) return whole;
    const mark = this.#marks.get(secret) ?? `[redacted-${this.#marks.size + 1}]`;
    this.#marks.set(secret, mark);
    // A function, since a secret may hold `$&`.
    return whole.replace(secret, () => mark);
  }
}

export type Leaving = {
  readonly messages: number;
  readonly characters: number;
  readonly lines: number;
  /** How many distinct secrets are taken out. */
  readonly redacted: number;
  /** What the user is asked to agree to, as the messages go out. */
  readonly text: string;
};

/** What a request with these messages sends away. */
export function whatLeaves(messages: readonly Message[]): Leaving {
  const redactor = new Redactor();
  const text = redactor
    .hideIn(messages)
    .map(({ role, content }) => `--- ${role}\n${content}`)
    .join('\n');
  return {
    messages: messages.length,
    characters: messages.reduce((sum, { content }) => sum + content.length, 0),
    lines: messages.reduce((sum, { content }) => sum + content.split('\n').length, 0),
    redacted: redactor.count,
    text,
  };
}
