// Text from models, tests and programs made safe to look at: bounded, and nothing in it invisible or reordering.

/** Everything that a reader cannot see or that changes the order of what they see; line feed and tab stay. */
const UNSEEN = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\uffff]|[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]|[\u{e0000}-\u{e0fff}]/gu;

/**
 * The text with control, zero-width and direction characters written out (`\x1b`, `\u202e`), cut to at most `limit`
 * characters. What is cut is the middle, and the cut says how much is missing.
 */
export function visible(text: string, limit: number): string {
  const short = text.length > limit ? cut(text, limit) : text;
  const seen = short.replaceAll('\r\n', '\n').replace(UNSEEN, writtenOut);
  // Written out, a hostile character is up to nine times as long.
  return seen.length > limit ? cut(seen, limit) : seen;
}

/** The same on one line: line feeds and tabs become single spaces. */
export function visibleLine(text: string, limit: number): string {
  return visible(text.slice(0, 4 * limit).replaceAll(/\s+/g, ' ').trim(), limit);
}

function cut(text: string, limit: number): string {
  const mark = ` …[${text.length - limit} more characters]… `;
  const room = limit - mark.length;
  if (room < 40) return `${text.slice(0, Math.max(0, limit - 1))}…`;
  const head = Math.ceil(room * 0.6);
  return text.slice(0, head) + mark + text.slice(text.length - (room - head));
}

function writtenOut(character: string): string {
  const code = character.codePointAt(0) ?? 0;
  if (code <= 0xff) return `\\x${code.toString(16).padStart(2, '0')}`;
  if (code <= 0xffff) return `\\u${code.toString(16).padStart(4, '0')}`;
  return `\\U${code.toString(16).padStart(8, '0')}`;
}
