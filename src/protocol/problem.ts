// Reads a Problem from JSON, as problem files and data sets hold it (DESIGN section 5).

import { RepairError } from '../repair/errors.ts';
import type { Problem, Test } from '../repair/problem.ts';
import { fields, list, number, oneOf, optional, text } from './shape.ts';

const DEFAULT_TIME_LIMIT_S = 5;

/** A test given as a plain string is known as `t1`, `t2` … by its place. Throws RepairError `bad-problem`. */
export function parseProblem(value: unknown): Problem {
  try {
    const found = fields(value, 'problem');
    const python = optional(found['python'], 'python', text);
    const problem: Problem = {
      id: text(found['id'], 'id'),
      language: oneOf(['python'] as const)(found['language'] ?? 'python', 'language'),
      kind: oneOf(['function'] as const)(found['kind'] ?? 'function', 'kind'),
      instruction: text(found['instruction'], 'instruction'),
      context: optional(found['context'], 'context', text) ?? '',
      entry_point: text(found['entry_point'], 'entry_point'),
      code: text(found['code'], 'code'),
      public_tests: testsOf(found['public_tests'], 'public_tests'),
      private_tests: testsOf(found['private_tests'] ?? [], 'private_tests'),
      time_limit_s: optional(found['time_limit_s'], 'time_limit_s', number) ?? DEFAULT_TIME_LIMIT_S,
      ...(python !== null && { python }),
    };
    checkSense(problem);
    return problem;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    throw new RepairError('bad-problem', `The problem cannot be read: ${error.message}.`, { cause: error });
  }
}

function testsOf(value: unknown, place: string): readonly Test[] {
  return list(value, place, (one, at) => ({ one, at })).map(({ one, at }, i) => testOf(one, at, i));
}

function testOf(value: unknown, place: string, index: number): Test {
  if (typeof value === 'string') return { id: `t${index + 1}`, source: value };
  const found = fields(value, place);
  return { id: text(found['id'], `${place}.id`), source: text(found['source'], `${place}.source`) };
}

function checkSense(problem: Problem): void {
  if (!/^[\p{ID_Start}_]\p{ID_Continue}*(\.[\p{ID_Start}_]\p{ID_Continue}*)?$/u.test(problem.entry_point)) {
    throw new TypeError(`entry_point should be a name such as f or Class.m, not "${problem.entry_point}"`);
  }
  if (problem.time_limit_s <= 0) throw new TypeError(`time_limit_s should be positive, not ${problem.time_limit_s}`);
  for (const tests of [problem.public_tests, problem.private_tests]) {
    const ids = tests.map((test) => test.id);
    const twice = ids.find((id, i) => ids.indexOf(id) !== i);
    if (twice !== undefined) throw new TypeError(`test ids should be unique, but "${twice}" occurs twice`);
  }
}
