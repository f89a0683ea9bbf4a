// Reads a Problem of any kind from JSON, as problem files, session files and data sets hold it (DESIGN section 5).

import { RepairError } from '../repair/errors.ts';
import type {
  Adapter,
  Case,
  FunctionProblem,
  Problem,
  StdioProblem,
  Test,
  WorkspaceProblem,
} from '../repair/problem.ts';
import { boolean, fields, list, number, oneOf, optional, pair, text, texts, type Fields } from './shape.ts';

const DEFAULT_TIME_LIMIT_S = 5;

const kindOf = oneOf<Problem['kind']>(['function', 'workspace', 'stdio']);
export const adapterOf = oneOf<Adapter>(['pytest', 'unittest', 'doctest', 'asserts']);

/** A test given as a plain string is known as `t1`, `t2` … by its place. Throws RepairError `bad-problem`. */
export function parseProblem(value: unknown): Problem {
  try {
    const problem = problemOf(fields(value, 'problem'));
    checkSense(problem);
    return problem;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new RepairError('bad-problem', `The problem cannot be read: ${error.message}.`, { cause: error });
  }
}

function problemOf(found: Fields): Problem {
  switch (kindOf(found['kind'] ?? 'function', 'kind')) {
    case 'function':
      return { kind: 'function', ...sharedOf(found), ...inModuleOf(found) };
    case 'workspace':
      return workspaceOf(found);
    case 'stdio':
      return stdioOf(found);
  }
}

type Common = Omit<FunctionProblem, 'kind'>;
type InModule = Pick<Common, 'entry_point' | 'context' | 'public_tests' | 'private_tests'>;

function sharedOf(found: Fields): Omit<Common, keyof InModule> {
  const python = optional(found['python'], 'python', text);
  return {
    id: text(found['id'], 'id'),
    language: oneOf(['python'] as const)(found['language'] ?? 'python', 'language'),
    instruction: text(found['instruction'], 'instruction'),
    code: text(found['code'], 'code'),
    time_limit_s: optional(found['time_limit_s'], 'time_limit_s', number) ?? DEFAULT_TIME_LIMIT_S,
    ...(python !== null && { python }),
  };
}

function inModuleOf(found: Fields): InModule {
  return {
    context: optional(found['context'], 'context', text) ?? '',
    entry_point: text(found['entry_point'], 'entry_point'),
    public_tests: inOrder(found['public_tests'], 'public_tests', testOf),
    private_tests: inOrder(found['private_tests'] ?? [], 'private_tests', testOf),
  };
}

function workspaceOf(found: Fields): WorkspaceProblem {
  const limit = optional(found['suite_limit_s'], 'suite_limit_s', number);
  const writable = optional(found['writable'], 'writable', boolean);
  const rewritten = optional(found['rewritten'], 'rewritten', texts);
  const buffers = fields(found['buffers'] ?? {}, 'buffers');
  return {
    kind: 'workspace',
    ...sharedOf(found),
    ...inModuleOf(found),
    root: text(found['root'], 'root'),
    file: text(found['file'], 'file'),
    text: text(found['text'], 'text'),
    lines: pair(found['lines'], 'lines'),
    buffers: Object.fromEntries(Object.entries(buffers).map(([path, one]) => [path, text(one, `buffers.${path}`)])),
    adapter: adapterOf(found['adapter'] ?? 'pytest', 'adapter'),
    ...(limit !== null && { suite_limit_s: limit }),
    ...(writable !== null && { writable }),
    ...(rewritten !== null && { rewritten }),
  };
}

function stdioOf(found: Fields): StdioProblem {
  const memory = optional(found['memory_mb'], 'memory_mb', number);
  const compare = optional(found['compare'], 'compare', oneOf(['tokens', 'lines'] as const));
  const tolerance = optional(found['tolerance'], 'tolerance', number);
  return {
    kind: 'stdio',
    ...sharedOf({ ...found, code: found['code'] ?? '' }),
    public_tests: inOrder(found['public_tests'], 'public_tests', caseOf),
    private_tests: inOrder(found['private_tests'] ?? [], 'private_tests', caseOf),
    ...(memory !== null && { memory_mb: memory }),
    ...(compare !== null && { compare }),
    ...(tolerance !== null && { tolerance }),
  };
}

function inOrder<T>(
  value: unknown,
  place: string,
  one: (value: unknown, place: string, index: number) => T,
): readonly T[] {
  return list(value, place, (item, at) => ({ item, at })).map(({ item, at }, i) => one(item, at, i));
}

function testOf(value: unknown, place: string, index: number): Test {
  if (typeof value === 'string') return { id: `t${index + 1}`, source: value };
  const found = fields(value, place);
  return { id: text(found['id'], `${place}.id`), source: text(found['source'], `${place}.source`) };
}

function caseOf(value: unknown, place: string): Case {
  const found = fields(value, place);
  return {
    id: text(found['id'], `${place}.id`),
    input: text(found['input'], `${place}.input`),
    outputs: texts(found['outputs'], `${place}.outputs`),
  };
}

function checkSense(problem: Problem): void {
  if (problem.kind !== 'stdio' && !isEntryPoint(problem.entry_point)) {
    throw new TypeError(`entry_point should be a name such as f or Class.m, not "${problem.entry_point}"`);
  }
  if (problem.kind === 'workspace') checkPlace(problem);
  if (problem.time_limit_s <= 0) throw new TypeError(`time_limit_s should be positive, not ${problem.time_limit_s}`);
  for (const tests of [problem.public_tests, problem.private_tests]) {
    const ids = tests.map((test) => test.id);
    const twice = ids.find((id, i) => ids.indexOf(id) !== i);
    if (twice !== undefined) throw new TypeError(`test ids should be unique, but "${twice}" occurs twice`);
  }
}

function isEntryPoint(name: string): boolean {
  return /^[\p{ID_Start}_]\p{ID_Continue}*(\.[\p{ID_Start}_]\p{ID_Continue}*)?$/u.test(name);
}

/** What a session file says is taken back to the disk by Apply: the file must be inside of the project. */
function checkPlace({ root, file, text: whole, lines, suite_limit_s: limit }: WorkspaceProblem): void {
  if (!/^(\/|[A-Za-z]:[\\/]|\\\\)/.test(root)) throw new TypeError(`root should be an absolute path, not "${root}"`);
  if (file === '' || /^([\\/]|[A-Za-z]:)/.test(file) || file.split(/[\\/]/).includes('..')) {
    throw new TypeError(`file should be a path below root, not "${file}"`);
  }
  const [first, last] = lines;
  if (first < 1 || last < first || last > whole.split('\n').length) {
    throw new TypeError(`lines should be lines of text, not ${first} to ${last}`);
  }
  if (limit !== undefined && limit <= 0) throw new TypeError(`suite_limit_s should be positive, not ${limit}`);
}
