// Text from models, tests and programs made safe to look at: bounded, and nothing in it invisible or reordering.

/** Control, format (also direction and zero width), lone surrogates, separators, and letters that draw nothing. */
const UNSEEN = /(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]|\u034f|\u115f|\u1160|\u17b4|\u17b5|\u3164|\uffa0/gu;

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
  return visible(
    text
      .slice(0, 4 * limit)
      .replaceAll(/\s+/g, ' ')
      .trim(),
    limit,
  );
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
