// Composes conversations from the shared template files. Python does the same in mucode/prompts; test/contract holds both to it.

import type { Message } from './events.ts';
import type { Problem, Verdict } from './problem.ts';

/** The files of server-py/mucode/prompts by name, read at build time. */
export type Templates = {
  readonly repair: string;
  readonly write: string;
  readonly context: string;
  readonly baseline: string;
  readonly feedback: string;
  readonly note: string;
};

/** One earlier answer with what came back for it. `code` is null when the answer held none. */
export type Exchange = {
  readonly code: string | null;
  readonly imports: readonly string[];
  readonly answer: string;
  readonly feedback: string;
  readonly note: string | null;
};

/** Characters that all messages together may have; older exchanges go first. About 4,000 tokens of code. */
const MAX_CHARS = 12_000;
const MAX_ANSWER_CHARS = 2_000;

/** Replaces each `{{name}}` once; a name without a value is a bug in a template or its caller. */
export function render(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(/\{\{(\w+)\}\}/g, (_, name: string) => {
    const value = values[name];
    if (value === undefined) throw new Error(`template names {{${name}}}, which has no value`);
    return value;
  });
}

/** A fenced Python block, the form in which programs appear in every prompt. */
export function fence(code: string): string {
  return `\`\`\`python\n${code.trim()}\n\`\`\``;
}

/**
 * The chat messages for the next turn: the problem, then each exchange as the assistant's program and the judge's feedback.
 * The first message is also the verifier's view of the problem. Beyond MAX_CHARS the oldest exchanges are left out.
 */
export function conversation(
  templates: Templates,
  problem: Problem,
  task: 'repair' | 'write',
  baseline: Verdict | null,
  exchanges: readonly Exchange[],
): readonly Message[] {
  const first: Message = { role: 'user', content: opening(templates, problem, task, baseline) };
  const pairs = exchanges.map((exchange) => pair(templates, exchange));
  let kept = pairs;
  while (kept.length > 1 && length([first, ...kept.flat()]) > MAX_CHARS) kept = kept.slice(1);
  return [first, ...kept.flat()];
}

/** Room for the answer, in tokens: the function again with some to spare. A loose bound keeps a babbling model cheap. */
export function maxTokens(problem: Problem): number {
  const codeTokens = Math.ceil(problem.code.length / 3);
  return Math.min(2048, Math.max(192, Math.ceil(codeTokens * 1.5) + 96));
}

function opening(templates: Templates, problem: Problem, task: 'repair' | 'write', baseline: Verdict | null): string {
  const context = problem.context.trim() === '' ? '' : render(templates.context, { context: problem.context.trim() });
  const feedback = baseline?.feedback ?? '';
  return render(templates[task], {
    instruction: problem.instruction.trim(),
    entry_point: problem.entry_point,
    context,
    code: problem.code.trim(),
    tests: problem.public_tests.map((test) => test.source.trim()).join('\n'),
    baseline: feedback === '' || task === 'write' ? '' : render(templates.baseline, { feedback }),
  }).trim();
}

function pair(templates: Templates, exchange: Exchange): readonly Message[] {
  const { code, imports, answer, feedback, note } = exchange;
  const own = code === null ? answer.trim().slice(0, MAX_ANSWER_CHARS) : fence([...imports, code].join('\n'));
  const added = note === null || note.trim() === '' ? '' : render(templates.note, { note: note.trim() });
  return [
    { role: 'assistant', content: own },
    { role: 'user', content: render(templates.feedback, { feedback, note: added }).trim() },
  ];
}

function length(messages: readonly Message[]): number {
  return messages.reduce((sum, message) => sum + message.content.length, 0);
}
