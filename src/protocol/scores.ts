// What crosses with the gateway's `POST /v1/scores`: the request as it is sent, and its answer with a parser.

import type { ScoreRequest, Scores } from '../repair/loop.ts';
import type { Problem } from '../repair/problem.ts';
import { codeOf, shownCases, surroundings, testTexts } from '../repair/prompt.ts';
import { fields, list, number, text } from './shape.ts';

/** Of a revision so much is kept: every session holds it. */
const REVISION_CHARS = 100;

/**
 * The body of a request: the programs, and what the first message of a prompt shows of the problem, cut as it is there. From
 * that the other side makes the same message again. `hide` takes secrets out of every text.
 */
export function scoresBody(request: ScoreRequest, hide: (text: string) => string): object {
  const { problem, task, baseline, programs } = request;
  return {
    problem: shownProblem(problem, hide),
    task,
    // A prompt to write something shows no feedback.
    baseline: baseline === null || task === 'write' ? null : { feedback: hide(baseline.feedback) },
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
  return { scores, probabilities, revision: text(found['revision'], 'revision').slice(0, REVISION_CHARS) };
}

function probability(value: unknown, place: string): number {
  const found = number(value, place);
  if (found >= 0 && found <= 1) return found;
  throw new TypeError(`${place} should be between 0 and 1, not ${found}`);
}

function shownProblem(problem: Problem, hide: (text: string) => string): object {
  const { language, kind, instruction, code } = problem;
  const shared = { id: 'problem', language, kind, instruction: hide(instruction), code: hide(codeOf(problem, code)) };
  if (problem.kind === 'stdio') {
    const cases = shownCases(problem).map(({ input, output }, i) => ({
      id: `t${i + 1}`,
      input: hide(input),
      outputs: [hide(output)],
    }));
    return { ...shared, public_tests: cases, private_tests: [] };
  }
  const tests = testTexts(problem).map((source, i) => ({ id: `t${i + 1}`, source: hide(source) }));
  const { entry_point } = problem;
  return { ...shared, entry_point, context: hide(surroundings(problem)), public_tests: tests, private_tests: [] };
}
