// Text for a terminal: styles, widths, and nothing that could steer the terminal from a model's answer.

import { visible } from '../protocol/visible.ts';

export type Style = 'plain' | 'bold' | 'dim' | 'good' | 'bad' | 'warn';
export type Span = readonly [text: string, style?: Style];

const CODES: Readonly<Record<Style, string>> = { plain: '', bold: '1', dim: '2', good: '32', bad: '31', warn: '33' };

/** One line with control and reordering characters written out; tabs become spaces. */
function safe(text: string): string {
  return visible(text.replaceAll('\t', '    ').replace(/\r?\n/g, ' '), Number.POSITIVE_INFINITY);
}

/** One line of spans, cut to the width and styled. */
export function line(spans: readonly Span[], width: number, color: boolean): string {
  let left = width;
  let result = '';
  for (const [text, style = 'plain'] of spans) {
    const shown = cut(safe(text), left);
    left -= widthOf(shown);
    result += color && CODES[style] !== '' && shown !== '' ? `\u001b[${CODES[style]}m${shown}\u001b[0m` : shown;
  }
  return result;
}

/** The text in at most `width` columns, with an ellipsis where it was longer. */
export function cut(text: string, width: number): string {
  if (widthOf(text) <= width) return text;
  let result = '';
  let used = 0;
  for (const character of text) {
    used += charWidth(character);
    if (used > width - 1) break;
    result += character;
  }
  return width > 0 ? `${result}…` : '';
}

export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += charWidth(character);
  return width;
}

export function padded(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}

/** Two columns for East Asian wide characters and emoji, none for combining marks. */
function charWidth(character: string): number {
  if (/\p{Mn}|\p{Me}/u.test(character)) return 0;
  return /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]|\p{Extended_Pictographic}/u.test(
    character,
  )
    ? 2
    : 1;
}
