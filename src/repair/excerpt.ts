// What a prompt shows of a long class when one of its methods is repaired: the method alone. Python does the same in
// mucode/prompts/excerpt.py.

/** A class above this many characters would fill the prompt, and its answer the model's tokens. */
const MAX_CLASS_CHARS = 4000;
/** Above this the `__init__` is left out. */
const MAX_INIT_CHARS = 1500;

export type Excerpt = {
  /** The method with its decorators, at column 0; models answer in the same form, which the judge takes. */
  readonly code: string;
  /** The head of its class, and how its objects are made. */
  readonly around: string;
};

/** null where the whole code is shown: it is short, no method, or not plainly laid out. */
export function excerptOf(code: string, entryPoint: string): Excerpt | null {
  const [, method] = entryPoint.split('.');
  if (method === undefined || code.length <= MAX_CLASS_CHARS) return null;
  const lines = code.split('\n');
  const found = methodIn(lines, method);
  const start = lines.findIndex((line) => line.startsWith('class '));
  const end = lines.findIndex((line, i) => i >= start && line.trimEnd().endsWith(':'));
  if (found === null || start < 0 || end < 0) return null;
  const made = method === '__init__' ? null : methodIn(lines, '__init__');
  const init = made !== null && made.join('\n').length <= MAX_INIT_CHARS ? made : ['    ...'];
  return { code: dedented(found).join('\n'), around: [...lines.slice(start, end + 1), ...init].join('\n') };
}

/** The lines of the only method of that name, or null. Found by indentation, since nothing here parses Python. */
function methodIn(lines: readonly string[], name: string): readonly string[] | null {
  const heads = [...lines.keys()].filter((i) => isHead(lines[i] ?? '', name));
  const least = Math.min(...heads.map((i) => indentOf(lines[i] ?? '').length));
  const [head, ...others] = heads.filter((i) => indentOf(lines[i] ?? '').length === least);
  if (head === undefined || others.length > 0) return null;
  const indent = indentOf(lines[head] ?? '');
  let start = head;
  while (start > 0 && (lines[start - 1] ?? '').startsWith(`${indent}@`)) start -= 1;
  let end = head + 1;
  while (end < lines.length && !isNext(lines[end] ?? '', indent)) end += 1;
  const found = lines.slice(start, end).join('\n').trimEnd();
  // A string with lines further left would have ended it too early.
  const whole = ['"""', "'''"].every((quote) => found.split(quote).length % 2 === 1);
  return whole ? found.split('\n') : null;
}

/** At column 0, but for the lines of strings, which would change with it; only a docstring's may move. */
function dedented(lines: readonly string[]): readonly string[] {
  const indent = indentOf(lines[0] ?? '');
  let quote: string | null = null;
  let kept = false;
  return lines.map((line) => {
    const stays = quote !== null && kept;
    for (const [mark] of line.matchAll(/"""|'''/g)) {
      if (quote === mark) quote = null;
      else if (quote === null) {
        quote = mark;
        kept = !/^[ \t]*[rRuU]?("""|''')/.test(line);
      }
    }
    return stays || !line.startsWith(indent) ? line : line.slice(indent.length);
  });
}

function isHead(line: string, name: string): boolean {
  const rest = line.replace(/^[ \t]+(?:async[ \t]+)?def[ \t]+/, '');
  return rest !== line && rest.startsWith(name) && /^[ \t]*\(/.test(rest.slice(name.length));
}

/** Whether the line begins what comes after the method; the bracket of a long signature does not. */
function isNext(line: string, indent: string): boolean {
  return line.trim() !== '' && indentOf(line).length <= indent.length && !/^[ \t]*[)\]}]/.test(line);
}

function indentOf(line: string): string {
  return /^[ \t]*/.exec(line)?.[0] ?? '';
}
