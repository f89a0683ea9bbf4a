// What is sent to be scored, by the recorded conversations; Python reads the same file and makes the verifier's text of it.
// UPDATE_CONTRACT=1 writes the bodies anew.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseVerdict } from '../../../src/protocol/judge.ts';
import { parseProblem } from '../../../src/protocol/problem.ts';
import { scoresBody } from '../../../src/protocol/scores.ts';
import { fields, list, oneOf, optional, text, texts, type Fields } from '../../../src/protocol/shape.ts';
import { conversation, shownProgram, TEMPLATE_NAMES, type Templates } from '../../../src/repair/prompt.ts';
import { PROBLEM, verdict } from '../../fakes/sessions.ts';

const folder = join(import.meta.dirname, '../../contract');
const path = join(folder, 'scores.json');
const plain = (one: string): string => one;
const read = (file: string): unknown => JSON.parse(readFileSync(file, 'utf8'));
const conversations = list(read(join(folder, 'conversations.json')), 'conversations.json', fields);

const prompts = join(import.meta.dirname, '../../../server-py/mucode/prompts');
const templates = Object.fromEntries(
  TEMPLATE_NAMES.map((name) => [name, readFileSync(join(prompts, `${name}.txt`), 'utf8')]),
) as Templates;
/** What says nothing of the user's code, and the name, which stands in a sentence. */
const NAMES = ['id', 'language', 'kind', 'entry_point'];
const taskOf = (found: Fields): 'repair' | 'write' => oneOf(['repair', 'write'] as const)(found['task'], 'task');
const without = (all: Fields, name: string): Fields =>
  Object.fromEntries(Object.entries(all).filter(([each]) => each !== name));

/** Lines without the space around them, which prompts and fences trim. */
function linesOf(whole: string): readonly string[] {
  return whole
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');
}

/** Every text in a body; those of a test or case without its id. */
function textsIn(value: unknown): readonly string[] {
  if (typeof value === 'string') return [value];
  return typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, one]) => (key === 'id' ? [] : textsIn(one)))
    : [];
}

function sent(problem: object, task: 'repair' | 'write'): object {
  const baseline = verdict('baseline', 'f', { feedback: 'FEEDBACK' });
  return scoresBody({ problem: parseProblem(problem), task, baseline, programs: ['x'] }, plain);
}

/** The programs of the conversation: the user's own, and those of its answers. */
function bodyOf(found: Fields): object {
  const problem = parseProblem(found['problem']);
  const exchanges = list(found['exchanges'], 'exchanges', fields).flatMap((one) => {
    const code = optional(one['code'], 'code', text);
    return code === null ? [] : [shownProgram(problem, texts(one['imports'], 'imports'), code)];
  });
  const programs = [shownProgram(problem, [], problem.code), ...exchanges];
  const baseline = optional(found['baseline'], 'baseline', parseVerdict);
  return scoresBody({ problem, task: taskOf(found), baseline, programs }, plain);
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

  for (const found of conversations) {
    it(`holds no line that its prompt does not show: ${text(found['name'], 'name')}`, () => {
      const problem = parseProblem(found['problem']);
      const baseline = optional(found['baseline'], 'baseline', parseVerdict);
      const prompt = conversation(templates, problem, taskOf(found), baseline, []);
      const shown = new Set(linesOf(prompt.map((one) => one.content).join('\n')));
      const body = fields(JSON.parse(JSON.stringify(bodyOf(found))), 'body');
      const sent = textsIn([body['baseline'], NAMES.reduce(without, fields(body['problem'], 'problem'))]);
      assert.deepEqual(
        linesOf(sent.join('\n')).filter((line) => !shown.has(line)),
        [],
      );
    });
  }

  it('is cut as the prompt is: cases, their outputs, tests of a project, the rest of a long class', () => {
    const cases = Array.from({ length: 6 }, (_, i) => ({
      id: `t${i + 1}`,
      input: `IN${i} ${'x'.repeat(500)}TAIL${i}`,
      outputs: [`OUT${i}`, `OTHER${i}`],
    }));
    const stdio = JSON.stringify(sent({ ...PROBLEM, kind: 'stdio', public_tests: cases, private_tests: [] }, 'repair'));
    for (const word of ['IN0', 'IN2', 'OUT2', '…']) assert.ok(stdio.includes(word), word);
    for (const word of ['IN3', 'OUT3', 'TAIL0', 'OTHER0']) assert.ok(!stdio.includes(word), word);
    const others = Array.from({ length: 200 }, (_, i) => `    def other${i}(self):\n        return "OTHER${i}"\n`);
    const code = `class C:\n${others.join('')}    def m(self):\n        return 1\n`;
    const project = JSON.stringify(sent({ ...PROBLEM, code, entry_point: 'C.m' }, 'repair'));
    assert.ok(project.includes('def m(self)') && project.includes('class C:') && !project.includes('OTHER7'));
  });

  it('has no feedback where something is to be written', () => {
    const has = (task: 'repair' | 'write'): boolean => JSON.stringify(sent(PROBLEM, task)).includes('FEEDBACK');
    assert.deepEqual([has('repair'), has('write')], [true, false]);
  });

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
