// What is sent to be scored, by the recorded conversations; Python reads the same file and makes the verifier's text of it.
// UPDATE_CONTRACT=1 writes the bodies anew.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseVerdict } from '../../../src/protocol/judge.ts';
import { parseProblem } from '../../../src/protocol/problem.ts';
import { scoresBody } from '../../../src/protocol/scores.ts';
import { fields, list, oneOf, optional, text, texts, type Fields } from '../../../src/protocol/shape.ts';
import { shownProgram } from '../../../src/repair/prompt.ts';
import { PROBLEM, verdict } from '../../fakes/sessions.ts';

const folder = join(import.meta.dirname, '../../contract');
const path = join(folder, 'scores.json');
const plain = (one: string): string => one;
const read = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));
const conversations = list(read(join(folder, 'conversations.json')), 'conversations.json', fields);

/** The programs of the conversation: the user's own, and those of its answers. */
function bodyOf(found: Fields): object {
  const problem = parseProblem(found['problem']);
  const exchanges = list(found['exchanges'], 'exchanges', fields).flatMap((one) => {
    const code = optional(one['code'], 'code', text);
    return code === null ? [] : [shownProgram(problem, texts(one['imports'], 'imports'), code)];
  });
  const programs = [shownProgram(problem, [], problem.code), ...exchanges];
  const task = oneOf(['repair', 'write'] as const)(found['task'], 'task');
  const baseline = optional(found['baseline'], 'baseline', parseVerdict);
  return scoresBody({ problem, task, baseline, programs }, plain);
}

describe('what is sent to be scored', () => {
  if (process.env['UPDATE_CONTRACT'] === '1') {
    const requests = conversations.map((one) => ({ name: one['name'], body: bodyOf(one) }));
    const { answers } = fields(read(path), path);
    writeFileSync(path, `${JSON.stringify({ requests, answers }, null, 1)}\n`);
  }
  const requests = list(fields(read(path), path)['requests'], 'requests', fields);
  for (const found of conversations) {
    const name = text(found['name'], 'name');
    it(`is what is recorded: ${name}`, () => {
      const body: unknown = JSON.parse(JSON.stringify(bodyOf(found)));
      assert.deepEqual(body, requests.find((one) => one['name'] === name)?.['body']);
    });
  }

  it('holds no private test, path or other file', () => {
    const problem = {
      ...PROBLEM,
      kind: 'workspace' as const,
      private_tests: [{ id: 'tests/test_secret.py::test_a', source: 'assert private' }],
      python: '/home/ada/.venv/bin/python',
      root: '/home/ada/project',
      file: 'stats.py',
      text: 'whole file',
      lines: [1, 2] as const,
      buffers: { 'other.py': 'other buffer' },
      adapter: 'pytest' as const,
    };
    const sent = JSON.stringify(scoresBody({ problem, task: 'repair', baseline: null, programs: ['x'] }, plain));
    for (const kept of ['private', 'test_secret', 'ada', 'whole file', 'other'])
      assert.ok(!sent.replace('"private_tests":[]', '').includes(kept), kept);
  });

  it('has every text without its secrets', () => {
    const secret = 'hunter2222';
    const holding = (problem: object): object =>
      scoresBody(
        {
          problem: parseProblem(JSON.parse(JSON.stringify(problem))),
          task: 'repair',
          baseline: verdict('baseline', 'f', { feedback: secret }),
          programs: [secret],
        },
        (one) => one.replaceAll(secret, '[hidden]'),
      );
    const shared = { ...PROBLEM, instruction: secret, code: secret };
    const tests = [{ id: 't1', source: secret }];
    const cases = [{ id: 't1', input: secret, outputs: [secret] }];
    const stdio = { ...shared, kind: 'stdio', public_tests: cases };
    for (const problem of [{ ...shared, context: secret, public_tests: tests }, stdio])
      assert.ok(!JSON.stringify(holding(problem)).includes(secret));
  });
});
