// Where new import lines go into a Python file. Pure: lines in, places out. server-py's splicing.py does the same, and
// test/contract/splices.json holds both to it.

/** Lines [start, end) of one logical line: a statement with all that its brackets, strings and backslashes carry on. */
type Statement = { readonly start: number; readonly end: number };

/** What is open at the end of a line: a string by its quote, and brackets. */
type Open = { readonly quote: string; readonly depth: number; readonly goesOn: boolean };

const IMPORT = /^(import|from)\s/;
const FUTURE = /^from\s+__future__\s/;
const DOCSTRING = /^[rRuU]?["']/;

/** New import lines, top to bottom, each group with the line index before which it goes. */
export function importGroups(
  file: readonly string[],
  regionStart: number,
  imports: readonly string[],
): readonly { readonly at: number; readonly lines: readonly string[] }[] {
  const known = new Set(statements(file, file.length).map(({ start }) => file[start]));
  const missing = [...new Set(imports)].filter((line) => !known.has(line));
  const top = headerEnd(file, regionStart);
  const last = importLine(file, regionStart);
  const first = missing.filter((line) => FUTURE.test(line));
  const rest = missing.filter((line) => !FUTURE.test(line));
  // `__future__` imports must stand first; the others go after the last import.
  const groups =
    top === last
      ? [{ at: top, lines: [...first, ...rest] }]
      : [
          { at: top, lines: first },
          { at: last, lines: rest },
        ];
  return groups.filter(({ lines }) => lines.length > 0);
}

/**
 * The line index at which new import lines go: after the last top-level import above the line `last`, else after the
 * module docstring or the comments at the top. `last` is the first line of the region: imports never go below it.
 */
export function importLine(lines: readonly string[], last: number): number {
  const found = statements(lines, last).findLast(({ start }) => IMPORT.test(lines[start] ?? ''));
  return found === undefined ? headerEnd(lines, last) : Math.min(found.end, last);
}

/** Whether the line is an import, as far as one line can tell. */
export function isImport(line: string): boolean {
  return IMPORT.test(line);
}

function headerEnd(lines: readonly string[], last: number): number {
  const first = statements(lines, last)[0];
  if (first !== undefined && DOCSTRING.test(lines[first.start] ?? '')) return Math.min(first.end, last);
  let end = 0;
  while (end < last && (lines[end] ?? '').trim() === '') end += 1;
  const from = end;
  while (end < last && lines[end]?.startsWith('#')) end += 1;
  if (end > from && lines[end]?.trim() === '') return end;
  // A comment right above a statement belongs to it, except the lines that must stay on top.
  let fixed = 0;
  while (fixed < Math.min(2, last) && /^#(!|.*coding[:=])/.test(lines[fixed] ?? '')) fixed += 1;
  return fixed;
}

/** The statements that begin above the line `last`, blank lines and comments left out. */
function statements(lines: readonly string[], last: number): readonly Statement[] {
  const found: Statement[] = [];
  let at = 0;
  while (at < last) {
    const start = at;
    let open: Open = { quote: '', depth: 0, goesOn: false };
    do {
      open = scanned(lines[at] ?? '', open);
      at += 1;
    } while (open.goesOn && at < lines.length);
    if (!/^\s*(#|$)/.test(lines[start] ?? '')) found.push({ start, end: at });
  }
  return found;
}

function scanned(line: string, before: Open): Open {
  let { quote, depth } = before;
  let at = 0;
  let escaped = false;
  while (at < line.length) {
    const char = line.charAt(at);
    escaped = char === '\\' && at === line.length - 1;
    if (char === '\\') at += 2;
    else if (quote !== '') {
      const closes = line.startsWith(quote, at);
      at += closes ? quote.length : 1;
      if (closes) quote = '';
    } else if (char === '#') break;
    else if (char === '"' || char === "'") {
      quote = line.startsWith(char.repeat(3), at) ? char.repeat(3) : char;
      at += quote.length;
    } else {
      if ('([{'.includes(char)) depth += 1;
      if (')]}'.includes(char)) depth = Math.max(0, depth - 1);
      at += 1;
    }
  }
  // A string in single quotes ends with its line, whether it was closed or not.
  if (quote.length === 1 && !escaped) quote = '';
  return { quote, depth, goesOn: escaped || quote !== '' || depth > 0 };
}
