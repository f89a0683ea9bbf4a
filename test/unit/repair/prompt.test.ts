// Conversations: what the model is shown, in which order, and what is left out when it grows too long.

import assert from 'node:assert/strict';
import type { Verdict } from '../../../src/repair/problem.ts';
import { conversation, fence, maxTokens, render, type Exchange } from '../../../src/repair/prompt.ts';
import { PROBLEM, TEMPLATES } from '../../fakes/recorded.ts';

const verdict: Verdict = {
  candidate: 'baseline',
  verdict: 'fail',
  judged: 'outside',
  tests: [],
  feedback: 'f(1) gave 2.',
  fingerprint: '',
  ms: 1,
  tier: 'T3',
  why: null,
};

function exchange(over: Partial<Exchange> = {}): Exchange {
  return { code: 'def f(x):\n    return x', imports: [], answer: 'prose', feedback: 'Not yet.', note: null, ...over };
}

describe('render', () => {
  it('replaces each name, also twice', () => {
    assert.equal(render('{{a}} {{b}} {{a}}', { a: '1', b: '2' }), '1 2 1');
  });

  it('does not look into what it put in', () => {
    assert.equal(render('{{a}}{{b}}', { a: '{{b}}', b: '$& $1' }), '{{b}}$& $1');
  });

  it('takes the line of an empty value along, and the empty line after it', () => {
    const template = 'one\n\n{{a}}\n\ntwo {{b}}\n{{b}}\nthree';
    assert.equal(render(template, { a: '', b: '' }), 'one\n\ntwo \nthree');
    assert.equal(render(template, { a: 'x', b: 'y' }), 'one\n\nx\n\ntwo y\ny\nthree');
  });

  it('throws for a name without a value', () => {
    assert.throws(() => render('{{missing}}', {}), /missing/);
  });
});

describe('conversation', () => {
  it('begins with one worked example of the same task', () => {
    const roles = conversation(TEMPLATES, PROBLEM, 'write', null, []).map(({ role, content }) => `${role}: ${content}`);
    assert.deepEqual(roles.slice(0, 2), ['user: Write, for example.', 'assistant: Written.']);
  });

  /** Without the worked example. */
  const of = (exchanges: readonly Exchange[]) =>
    conversation(TEMPLATES, PROBLEM, 'repair', verdict, exchanges).slice(2);

  it('opens with instruction, context, code, failing tests and all tests', () => {
    const [first, ...rest] = of([]);
    assert.equal(rest.length, 0);
    assert.equal(first?.role, 'user');
    for (const part of ['f has a bug.', 'Context: import math', '"broken"', 'Now: f(1) gave 2.', 'assert f(3) == 3']) {
      assert.ok(first?.content.includes(part), part);
    }
  });

  it('leaves out an empty context and the baseline of a function to write', () => {
    const write = conversation(TEMPLATES, { ...PROBLEM, context: '  \n' }, 'write', verdict, []).slice(2);
    assert.ok(!write[0]?.content.includes('Context:'));
    assert.ok(!write[0]?.content.includes('Now:'));
  });

  it('gives each exchange as the program in a fence and the feedback', () => {
    const [, own, back] = of([exchange({ imports: ['import re'] })]);
    assert.equal(own?.role, 'assistant');
    assert.equal(own?.content, fence('import re\ndef f(x):\n    return x'));
    assert.equal(back?.role, 'user');
    assert.match(back?.content ?? '', /Wrong\. Not yet\./);
  });

  it('gives an answer without code as it was, bounded', () => {
    const [, own] = of([exchange({ code: null, answer: `  ${'x'.repeat(5000)}` })]);
    assert.equal(own?.content.length, 2000);
  });

  it('adds the programmer’s remark only where there is one', () => {
    assert.match(of([exchange({ note: ' mind zero ' })])[2]?.content ?? '', /Remark: mind zero\n/);
    assert.ok(!of([exchange({ note: '  ' })])[2]?.content.includes('Remark'));
  });

  it('leaves out the oldest exchanges when it grows too long, never the first message nor the last exchange', () => {
    const long = (i: number): Exchange => exchange({ feedback: `${i}:${'y'.repeat(5000)}` });
    const messages = of([long(1), long(2), long(3)]);
    assert.equal(messages[0]?.role, 'user');
    const feedback = messages.map((message) => /(\d):y/.exec(message.content)?.[1]).filter(Boolean);
    assert.deepEqual(feedback, ['2', '3']);
    const single = of([exchange({ feedback: 'z'.repeat(50_000) })]);
    assert.equal(single.length, 3);
  });
});

describe('maxTokens', () => {
  const of = (chars: number, task: 'repair' | 'write' = 'repair'): number =>
    maxTokens({ ...PROBLEM, code: 'x'.repeat(chars) }, task);

  it('grows with the code up to its bound', () => {
    assert.ok(of(10) >= 96);
    assert.ok(of(1500) > of(600));
    assert.equal(of(1_000_000), 2048);
  });

  it('gives a stub more room than its length asks for', () => {
    assert.ok(of(10, 'write') >= 512);
  });
});
