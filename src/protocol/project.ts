// How the tests of a project are run, as a session keeps it and as the panel and the tree tell it. Reads and words, no layout.

import type { ProjectRun } from '../repair/events.ts';
import type { Problem, WorkspaceProblem } from '../repair/problem.ts';
import { testName } from './names.ts';
import { fields, list, number, optional, text, texts } from './shape.ts';
import { visible, visibleLine } from './visible.ts';
import { partOf } from './workspace.ts';

/** One line of the "Run" section: a name, a value, and the whole of it where the value is a summary. */
export type RunFact = { readonly name: string; readonly value: string; readonly whole: string | null };

const MAX_VALUE_CHARS = 200;
const MAX_WHOLE_CHARS = 1000;
/** Names listed in a value; the others are in its tooltip. */
const MAX_LISTED = 3;

/** Throws TypeError. */
export function projectRunOf(value: unknown, place: string): ProjectRun {
  const found = fields(value, place);
  const python = fields(found['python'], `${place}.python`);
  const neighbours = fields(found['neighbours'], `${place}.neighbours`);
  return {
    python: {
      path: text(python['path'], `${place}.python.path`),
      version: text(python['version'], `${place}.python.version`),
      origin: text(python['origin'], `${place}.python.origin`),
    },
    neighbours: {
      files: texts(neighbours['files'], `${place}.neighbours.files`),
      trouble: optional(neighbours['trouble'], `${place}.neighbours.trouble`, text),
    },
    hidden: texts(found['hidden'], `${place}.hidden`),
    warnings: texts(found['warnings'], `${place}.warnings`),
    flaky: texts(found['flaky'], `${place}.flaky`),
    alsoFailing: texts(found['alsoFailing'] ?? [], `${place}.alsoFailing`),
    context: list(found['context'], `${place}.context`, partOf),
    tokens: number(found['tokens'] ?? 0, `${place}.tokens`),
    budget: number(found['budget'], `${place}.budget`),
  };
}

/** The facts of a workspace problem; none for other kinds. */
export function runFacts(problem: Problem, run: ProjectRun | null): readonly RunFact[] {
  if (problem.kind !== 'workspace') return [];
  const tests = problem.public_tests.map((test) => test.id);
  const facts: (RunFact | null)[] = [
    fact('Adapter', problem.adapter),
    run && fact('Python', `${run.python.version} from ${run.python.origin}`, run.python.path),
    fact('Project', problem.root),
    fact('File', problem.file),
    listed('Tests', tests, 'test', 'tests', tests.map(testName)),
    run && neighboursFact(run, problem.private_tests.length),
    run && contextFact(run),
    Object.keys(problem.buffers).length > 0
      ? listed('Unsaved files', Object.keys(problem.buffers), 'file', 'files')
      : null,
    run && run.alsoFailing.length > 0 ? alsoFailingFact(run.alsoFailing) : null,
    treeFact(problem),
    run && run.flaky.length > 0 ? listed('Flaky, left out', run.flaky, 'test', 'tests') : null,
    run && run.hidden.length > 0 ? listed('Hidden as secrets', run.hidden, 'path', 'paths') : null,
    ...(run?.warnings ?? []).map((warning) => fact('Warning', warning)),
  ];
  return facts.filter((one) => one !== null);
}

function neighboursFact(run: ProjectRun, passing: number): RunFact {
  const { files, trouble } = run.neighbours;
  if (trouble !== null) return fact('Neighbours', `not run: ${trouble}`);
  if (files.length === 0 && passing === 0) return fact('Neighbours', 'no other test file imports this module');
  const where = files.length === 1 ? '1 file' : `${files.length} files`;
  const tests = passing === 1 ? '1 passing test' : `${passing} passing tests`;
  return fact('Neighbours', `${tests} in ${where} and beside the failing ones, run on the pick`, files.join('\n'));
}

/** The whole has all ids: one of them may be what the user means to repair next. */
function alsoFailingFact(ids: readonly string[]): RunFact {
  const count = ids.length === 1 ? '1 other test' : `${ids.length} other tests`;
  return fact('Also failing', `${count}, not repaired for: ${brief(ids.map(testName))}`, ids.join('\n'));
}

function treeFact({ writable, rewritten = [] }: WorkspaceProblem): RunFact | null {
  if (rewritten.length > 0)
    return listed(
      'Tree',
      rewritten,
      'file that the suite changes, in a copy',
      'files that the suite changes, in copies',
    );
  return writable === true ? fact('Tree', 'the suite adds files to it, which last as long as one run') : null;
}

function contextFact(run: ProjectRun): RunFact {
  const parts = run.context.map(({ kind, name, lines }) => `${kind} ${name}, lines ${lines[0]}–${lines[1]}`);
  const names = run.context.map(({ name }) => name);
  const what = names.length === 0 ? 'nothing' : brief(names);
  return fact('Context', `${what} (about ${run.tokens} of ${run.budget} tokens)`, parts.join('\n'));
}

function listed(
  name: string,
  items: readonly string[],
  one: string,
  several: string,
  shown: readonly string[] = items,
): RunFact {
  const count = items.length === 1 ? `1 ${one}` : `${items.length} ${several}`;
  return fact(name, `${count}: ${brief(shown)}`, items.join('\n'));
}

function brief(items: readonly string[]): string {
  const more = items.length - MAX_LISTED;
  return items.slice(0, MAX_LISTED).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

function fact(name: string, value: string, whole: string | null = null): RunFact {
  const shown = visibleLine(value, MAX_VALUE_CHARS);
  const more = whole !== null && whole !== '' ? whole : shown === value ? null : value;
  return { name, value: shown, whole: more === null ? null : visible(more, MAX_WHOLE_CHARS) };
}
