// What crosses with the gateway's `POST /v1/scores`: the request as it is sent, and its answer with a parser.

import type { ScoreRequest, Scores } from '../repair/loop.ts';
import { shownTests, type Problem } from '../repair/problem.ts';
import { fields, list, number, text } from './shape.ts';

/**
 * The body of a request. Of the problem only what its prompt shows: no private test, path or other file leaves. `hide` takes
 * secrets out of every text.
 */
export function scoresBody(request: ScoreRequest, hide: (text: string) => string): object {
  const { problem, task, baseline, programs } = request;
  return {
    problem: shownProblem(problem, hide),
    task,
    baseline: baseline === null ? null : { feedback: hide(baseline.feedback) },
    programs: programs.map(hide),
  };
}

/** Throws TypeError for anything else than one number and one probability for each of `count` programs. */
export function parseScores(value: unknown, count: number): Scores {
  const found = fields(value, 'answer');
  const scores = list(found['scores'], 'scores', number);
  const probabilities = list(found['probabilities'], 'probabilities', probability);
  for (const [name, { length }] of Object.entries({ scores, probabilities })) {
    if (length !== count) throw new TypeError(`${name} should be ${count} numbers, not ${length}`);
  }
  return { scores, probabilities, revision: text(found['revision'], 'revision') };
}

function probability(value: unknown, place: string): number {
  const found = number(value, place);
  if (found >= 0 && found <= 1) return found;
  throw new TypeError(`${place} should be between 0 and 1, not ${found}`);
}

function shownProblem(problem: Problem, hide: (text: string) => string): object {
  const { language, kind, instruction, code } = problem;
  const shared = { id: 'problem', language, kind, instruction: hide(instruction), code: hide(code) };
  if (problem.kind === 'stdio') {
    const cases = problem.public_tests.map(({ input, outputs }, i) => ({
      id: `t${i + 1}`,
      input: hide(input),
      outputs: outputs.map(hide),
    }));
    return { ...shared, public_tests: cases, private_tests: [] };
  }
  const { entry_point, context } = problem;
  const tests = shownTests(problem).map(({ source }, i) => ({ id: `t${i + 1}`, source: hide(source) }));
  return { ...shared, entry_point, context: hide(context), public_tests: tests, private_tests: [] };
}
