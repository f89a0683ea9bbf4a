// A cheap look at a Python file, by lines and patterns, for the CodeLens: no process is started for it, and it may be wrong.
// Whatever is repaired later is found by the judge's inspection, not by this.

import { calling } from './asserts.ts';

export type Glimpse = {
  /** 0-based line of the `def`. */
  readonly line: number;
  /** `f` or `Class.m`. */
  readonly name: string;
  readonly stub: boolean;
  /** Doctest examples in it and asserts in the file that call it. */
  readonly tests: number;
};

type Definition = { readonly name: string; readonly indent: number; readonly line: number };

/** Above this size the file gets no lenses. */
const MAX_CHARS = 500_000;

/** The functions and methods of the file that have tests in it, or that are stubs with tests. */
export function glance(text: string): readonly Glimpse[] {
  if (text.length > MAX_CHARS) return [];
  const lines = text.split(/\r\n|\r|\n/);
  const asserts = lines
    .filter((line) => /^\s*assert\b/.test(line))
    .map((source) => ({ source, calls: callsIn(source) }));
  return definitions(lines).flatMap(({ name, line, indent }) => {
    const body = bodyOf(lines, line, indent);
    const examples = body.filter((one) => /^\s*>>> /.test(one)).length;
    const called = calling(
      asserts.map((one) => ({ ...one, lines: [0, 0], in: 'module' })),
      name,
    );
    const tests = examples + called.length;
    return tests === 0 ? [] : [{ line, name, stub: isStub(body), tests }];
  });
}

/** Top-level functions and the methods of top-level classes; what is nested belongs to the function around it. */
function definitions(lines: readonly string[]): readonly Definition[] {
  const found: Definition[] = [];
  let owner = '';
  /** The indentation of the class's own statements, once the first method is seen. */
  let inside = 0;
  for (const [line, text] of lines.entries()) {
    const [, space = '', word, name = ''] = /^([ \t]*)(class|def|async\s+def)\s+(\w+)/u.exec(text) ?? [];
    if (space === '' && /^[^\s#)\]}'"@]/.test(text)) {
      owner = word === 'class' ? name : '';
      inside = 0;
    }
    if (word === undefined || word === 'class') continue;
    if (space === '') found.push({ name, indent: 0, line });
    else if (owner !== '' && (inside === 0 || inside === space.length)) {
      inside = space.length;
      found.push({ name: `${owner}.${name}`, indent: inside, line });
    }
  }
  return found;
}

function bodyOf(lines: readonly string[], line: number, indent: number): readonly string[] {
  const rest = lines.slice(line + 1);
  const end = rest.findIndex(
    (one) => one.trim() !== '' && one.length - one.trimStart().length <= indent && !/^\s*[)#]/.test(one),
  );
  return end < 0 ? rest : rest.slice(0, end);
}

function isStub(body: readonly string[]): boolean {
  const code = body
    .join('\n')
    .replace(/^\s*[rRuU]?("""|''')[\s\S]*?\1/, '')
    .trim();
  return /^(\.\.\.|pass|raise\s+NotImplementedError(\(.*\))?)$/.test(code);
}

function callsIn(source: string): readonly string[] {
  return [...source.matchAll(/(?<![\w.])(\w+)\s*\(/gu)].map((match) => match[1] ?? '');
}
