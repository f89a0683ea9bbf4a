// Asserts in the project's test files that call a function of a module, rewritten so that they run in that module.
// Imports are read loosely, by text: a test that would not run is left out and said so.

import type { AssertInfo, Inspected } from '../protocol/judge.ts';
import type { Test } from '../repair/problem.ts';
import { escaped, topName, touches } from './asserts.ts';

/** Where the project's tests are looked for, and where not. */
export const TEST_FILES = '**/{test_*.py,*_test.py}';
export const NO_TEST_FILES = '**/{node_modules,.venv,venv,.git,.tox,site-packages,__pycache__}/**';

/** Modules of the standard library whose import is put in front of a test that needs it. */
const NAMES =
  'math re json itertools functools collections datetime decimal fractions ' +
  'string operator copy statistics textwrap typing enum dataclasses heapq bisect';
const STANDARD = new RegExp(`^(${NAMES.replaceAll(' ', '|')})(\\.|$)`);

export type ProjectTests = {
  readonly tests: readonly Test[];
  /** One sentence for each assert that calls the function and cannot be used. */
  readonly left: readonly string[];
};

type Import = { readonly line: string; readonly module: string; readonly name: string | null; readonly local: string };

/** Whether the file's text is worth an inspection: it names the module's last part and the function. */
export function mayTest(text: string, module: string, entryPoint: string): boolean {
  return wordIn(text, module) && wordIn(text, topName(entryPoint));
}

/** `label` is the test file's name; `module` the last part of the module's name (`shapes` for pkg/shapes.py). */
export function projectTests(
  label: string,
  text: string,
  inspected: Inspected,
  module: string,
  entryPoint: string,
): ProjectTests {
  const imports = importsIn(text);
  const [top, method] = entryPoint.split('.');
  const spellings = spellingsOf(imports, module, top ?? entryPoint);
  const tests: Test[] = [];
  const left: string[] = [];
  for (const one of inspected.asserts) {
    const spelling = spellings.find((each) => new RegExp(`${before(each)}(?=\\s*\\()`, 'u').test(one.source));
    if (spelling === undefined) continue;
    if (method !== undefined && !method.startsWith('__') && !touches(one.source, method)) continue;
    const place = `${label}:${one.lines[1]}`;
    const needs = needsOf(one, text, imports, module, spelling);
    if (typeof needs === 'string') left.push(`${place} was left out: it needs ${needs}.`);
    else
      tests.push({
        id: place,
        source: [...needs, rewritten(one.source, spelling, top ?? entryPoint, module)].join('\n'),
      });
  }
  return { tests, left };
}

/** How the test file may write the name: `f`, an alias, `module.f`. */
function spellingsOf(imports: readonly Import[], module: string, top: string): readonly string[] {
  return imports.flatMap((one) => {
    if (one.name === null) return lastPart(one.module) === module ? [`${one.local}.${top}`] : [];
    if (lastPart(one.module) === module && one.name === top) return [one.local];
    if (lastPart(one.module) === module && one.name === '*') return [top];
    return one.name === module ? [`${one.local}.${top}`] : [];
  });
}

/** The assert with the function's name as its own module knows it, and without imports of that module in the test. */
function rewritten(source: string, spelling: string, top: string, module: string): string {
  const lines = source.split('\n').filter((line) => {
    const imports = importsIn(line);
    return imports.length === 0 || !imports.every((one) => isOwn(one, module));
  });
  return renamed(lines.join('\n'), spelling, top);
}

function renamed(source: string, spelling: string, top: string): string {
  return spelling === top ? source : source.replaceAll(new RegExp(before(spelling) + '(?!\\w)', 'gu'), top);
}

/** The import lines that the assert needs besides the module's own, or the name that it cannot have. */
function needsOf(
  one: AssertInfo,
  text: string,
  imports: readonly Import[],
  module: string,
  spelling: string,
): readonly string[] | string {
  const used = (name: string): boolean => new RegExp(`${before(name)}(?!\\w)`, 'u').test(one.source);
  const lines: string[] = [];
  for (const each of imports) {
    if (isOwn(each, module) || !used(each.local) || spelling.startsWith(`${each.local}.`)) continue;
    if (!STANDARD.test(each.module)) return each.local;
    lines.push(each.line);
  }
  const defined = [...text.matchAll(/^(?:async\s+def|def|class)\s+(\w+)|^(\w+)\s*(?::[^=\n]+)?=(?!=)/gmu)];
  const missing = defined.map((match) => match[1] ?? match[2] ?? '').find((name) => name !== spelling && used(name));
  return missing ?? [...new Set(lines)];
}

function importsIn(text: string): readonly Import[] {
  const found: Import[] = [];
  for (const [, module = '', names = ''] of text.matchAll(/^[ \t]*from\s+([\w.]+)\s+import\s+(\([^)]*\)|[^\n#]*)/gmu)) {
    for (const { name, local } of namesIn(names.replaceAll(/#[^\n]*/g, ''))) {
      const as = local === name ? '' : ` as ${local}`;
      found.push({ line: `from ${module} import ${name}${as}`, module, name, local });
    }
  }
  for (const [, names = ''] of text.matchAll(/^[ \t]*import\s+([^\n#]+)/gmu)) {
    for (const { name, local } of namesIn(names)) {
      const as = local === name ? '' : ` as ${local}`;
      found.push({ line: `import ${name}${as}`, module: name, name: null, local });
    }
  }
  return found;
}

function namesIn(list: string): readonly { readonly name: string; readonly local: string }[] {
  return list
    .replaceAll(/[()\\]/g, ' ')
    .split(',')
    .map((part) => part.trim().split(/\s+as\s+/))
    .flatMap(([name, alias]) => (name === undefined || name === '' ? [] : [{ name, local: alias ?? name }]));
}

function isOwn(one: Import, module: string): boolean {
  return lastPart(one.module) === module || one.name === module;
}

/** The pattern of a name that is not part of a longer name or path. */
function before(name: string): string {
  return `(?<![\\w.])${escaped(name)}`;
}

function lastPart(module: string): string {
  return module.slice(module.lastIndexOf('.') + 1);
}

function wordIn(text: string, word: string): boolean {
  return new RegExp(`(?<!\\w)${escaped(word)}(?!\\w)`, 'u').test(text);
}
