// The recorded cases in test/contract, which Python's tests read as well. UPDATE_CONTRACT=1 writes the messages anew.

import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseJudgeLine, parseVerdict } from '../../src/protocol/judge.ts';
import { parseProblem } from '../../src/protocol/problem.ts';
import { boolean, fields, list, oneOf, optional, text, texts, type Fields } from '../../src/protocol/shape.ts';
import { conversation, type Exchange } from '../../src/repair/prompt.ts';
import { readTemplates } from '../../src/templates.ts';

const root = join(import.meta.dirname, '../..');
const templates = await readTemplates(join(root, 'server-py/mucode/prompts'));
const update = process.env['UPDATE_CONTRACT'] === '1';

function casesOf(file: string): readonly Fields[] {
  const path = join(root, 'test/contract', file);
  return list(JSON.parse(readFileSync(path, 'utf8')), file, fields);
}

function exchangeOf(value: unknown, place: string): Exchange {
  const found = fields(value, place);
  return {
    code: optional(found['code'], `${place}.code`, text),
    imports: texts(found['imports'], `${place}.imports`),
    answer: text(found['answer'], `${place}.answer`),
    feedback: text(found['feedback'], `${place}.feedback`),
    note: optional(found['note'], `${place}.note`, text),
  };
}

function messagesOf(found: Fields): ReturnType<typeof conversation> {
  const task = oneOf(['repair', 'write'] as const)(found['task'], 'task');
  const baseline = optional(found['baseline'], 'baseline', parseVerdict);
  const exchanges = list(found['exchanges'], 'exchanges', exchangeOf);
  return conversation(templates, parseProblem(found['problem']), task, baseline, exchanges);
}

describe('conversations', () => {
  const cases = casesOf('conversations.json');
  if (update) {
    const written = cases.map((one) => ({ ...one, messages: messagesOf(one) }));
    writeFileSync(join(root, 'test/contract/conversations.json'), `${JSON.stringify(written, null, 1)}\n`);
  }
  for (const found of update ? casesOf('conversations.json') : cases) {
    it(text(found['name'], 'name'), () => assert.deepEqual(messagesOf(found), found['messages']));
  }

  it('cover both tasks, remarks, answers without code, and one that is too long', () => {
    assert.ok(cases.length >= 6);
    assert.deepEqual(new Set(cases.map((one) => one['task'])), new Set(['repair', 'write']));
    const lengths = cases.map((one) => [list(one['exchanges'], 'exchanges', fields).length, messagesOf(one).length]);
    assert.ok(lengths.some(([exchanges = 0, messages = 0]) => messages < 1 + 2 * exchanges));
  });
});

describe('the judge’s lines', () => {
  for (const found of casesOf('judge-lines.json')) {
    const line = text(found['line'], 'line');
    const complaint = optional(found['complaint'], 'complaint', text);
    const good = boolean(found['good'], 'good');
    it(text(found['name'], 'name'), () => {
      if (good) assert.equal(parseJudgeLine(line).event, fields(JSON.parse(line), 'line')['event']);
      else assert.throws(() => parseJudgeLine(line), new RegExp(complaint ?? ''));
    });
  }
});
