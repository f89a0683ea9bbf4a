// Composes conversations from the shared template files. Python does the same in mucode/prompts; test/contract holds both to it.

import type { Message } from './events.ts';
import { excerptOf } from './excerpt.ts';
import type { FunctionProblem, Problem, StdioProblem, Verdict, WorkspaceProblem } from './problem.ts';

/** The files of server-py/mucode/prompts, without their ending. */
export const TEMPLATE_NAMES = [
  'repair',
  'repair_example',
  'repair_example_answer',
  'write',
  'write_example',
  'write_example_answer',
  'context',
  'baseline',
  'feedback',
  'note',
  'stdio_repair',
  'stdio_repair_example',
  'stdio_repair_example_answer',
  'stdio_write',
  'stdio_write_example',
  'stdio_write_example_answer',
  'stdio_case',
] as const;

export type Templates = Readonly<Record<(typeof TEMPLATE_NAMES)[number], string>>;

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
/** Of a program's cases so many are shown, each text of them up to so many characters. */
const MAX_CASES = 3;
const MAX_CASE_CHARS = 400;
/** Of a project's tests so much text is shown; the first one, which fails, always. */
const MAX_TESTS_CHARS = 4000;

/**
 * Replaces each `{{name}}` once; a name without a value is a bug in a template or its caller. An empty value that stands
 * alone takes its line, and the empty line after it, along.
 */
export function render(template: string, values: Readonly<Record<string, string>>): string {
  const valueOf = (name: string): string => {
    const value = values[name];
    if (value === undefined) throw new Error(`template names {{${name}}}, which has no value`);
    return value;
  };
  const filled = template.replace(/^\{\{(\w+)\}\}\n\n?/gm, (line, name: string) => (valueOf(name) === '' ? '' : line));
  return filled.replace(/\{\{(\w+)\}\}/g, (_, name: string) => valueOf(name));
}

/** A fenced Python block, the form in which programs appear in every prompt. */
export function fence(code: string): string {
  return `\`\`\`python\n${code.trim()}\n\`\`\``;
}

/** A program as prompts show it and as the verifier reads it: what stands between the fences. */
export function shownProgram(problem: Problem, imports: readonly string[], code: string): string {
  return [...imports, codeOf(problem, code)].join('\n').trim();
}

/**
 * The chat messages for the next turn: one worked example, the problem, then each exchange as the assistant's program and
 * the judge's feedback. The example halves the length of a small model's answers and makes more of them right
 * (docs/RESULTS.md). The message with the problem is also the verifier's view of it. Beyond MAX_CHARS the oldest exchanges
 * are left out.
 */
export function conversation(
  templates: Templates,
  problem: Problem,
  task: 'repair' | 'write',
  baseline: Verdict | null,
  exchanges: readonly Exchange[],
): readonly Message[] {
  const name = problem.kind === 'stdio' ? (`stdio_${task}` as const) : task;
  const start: readonly Message[] = [
    { role: 'user', content: templates[`${name}_example`].trim() },
    { role: 'assistant', content: templates[`${name}_example_answer`].trim() },
    { role: 'user', content: opening(templates, problem, task, baseline) },
  ];
  let kept = exchanges.map((exchange) => pair(templates, problem, exchange));
  while (kept.length > 1 && length([...start, ...kept.flat()]) > MAX_CHARS) kept = kept.slice(1);
  return [...start, ...kept.flat()];
}

/** Room for the answer, in tokens: the code again with some to spare; a stub says little about its length. */
export function maxTokens(problem: Problem, task: 'repair' | 'write'): number {
  const codeTokens = Math.ceil(codeOf(problem, problem.code).length / 3);
  const unwritten = problem.kind === 'stdio' ? 1024 : 512;
  return Math.min(2048, Math.ceil(codeTokens * 1.5) + (task === 'write' ? unwritten : 96));
}

function opening(templates: Templates, problem: Problem, task: 'repair' | 'write', baseline: Verdict | null): string {
  const feedback = baseline?.feedback ?? '';
  const shown = feedback === '' || task === 'write' ? '' : render(templates.baseline, { feedback }).trim();
  const values = { instruction: problem.instruction.trim(), baseline: shown };
  if (problem.kind === 'stdio') {
    return render(templates[`stdio_${task}`], { ...values, ...programOf(templates, problem) }).trim();
  }
  return render(templates[task], {
    ...values,
    entry_point: problem.entry_point,
    context: contextOf(templates, problem),
    code: codeOf(problem, problem.code).trim(),
    tests: testTexts(problem).join(problem.kind === 'function' ? '\n' : '\n\n'),
  }).trim();
}

/**
 * The texts of tests that the prompt shows. In a project many ids may share one text, such as those of a parametrized test;
 * each text is shown once, up to a bound.
 */
export function testTexts(problem: FunctionProblem | WorkspaceProblem): readonly string[] {
  const texts = problem.public_tests.map((test) => test.source.trim());
  if (problem.kind === 'function') return texts;
  const shown: string[] = [];
  for (const text of new Set(texts)) {
    if (shown.length > 0 && shown.join('\n\n').length + text.length > MAX_TESTS_CHARS) break;
    if (text !== '') shown.push(text);
  }
  return shown;
}

/** The code as the prompt shows it: of a long class only the method under repair. */
export function codeOf(problem: Problem, code: string): string {
  return problem.kind === 'stdio' ? code : (excerptOf(code, problem.entry_point)?.code ?? code);
}

/** What is shown of a whole program: itself, if there is one, and the first of its cases. */
function programOf(templates: Templates, problem: StdioProblem): { program: string; cases: string } {
  const shown = shownCases(problem).map((one) => render(templates.stdio_case, one).trim());
  return { program: problem.code.trim() === '' ? '' : fence(problem.code), cases: shown.join('\n\n') };
}

/** The cases that the prompt shows, as it shows them: what is read, and the first of the outputs that are accepted. */
export function shownCases(problem: StdioProblem): readonly { readonly input: string; readonly output: string }[] {
  return problem.public_tests
    .slice(0, MAX_CASES)
    .map(({ input, outputs }) => ({ input: startOf(input), output: startOf(outputs[0] ?? '') }));
}

/** The beginning of a long text. Cutting what was cut changes nothing. */
function startOf(text: string): string {
  const trimmed = text.trimEnd();
  return trimmed.length <= MAX_CASE_CHARS ? trimmed : `${trimmed.slice(0, MAX_CASE_CHARS)}\n…`;
}

/** What the prompt shows around the code: the problem's context and, of a long class, its head. */
export function surroundings(problem: FunctionProblem | WorkspaceProblem): string {
  const around = excerptOf(problem.code, problem.entry_point)?.around ?? '';
  return [problem.context.trim(), around].filter((one) => one !== '').join('\n\n\n');
}

function contextOf(templates: Templates, problem: FunctionProblem | WorkspaceProblem): string {
  const context = surroundings(problem);
  return context === '' ? '' : render(templates.context, { context, entry_point: problem.entry_point }).trim();
}

function pair(templates: Templates, problem: Problem, exchange: Exchange): readonly Message[] {
  const { code, imports, answer, feedback, note } = exchange;
  const own = code === null ? answer.trim().slice(0, MAX_ANSWER_CHARS) : fence(shownProgram(problem, imports, code));
  const added = note === null || note.trim() === '' ? '' : render(templates.note, { note: note.trim() }).trim();
  return [
    { role: 'assistant', content: own },
    { role: 'user', content: render(templates.feedback, { feedback, note: added }).trim() },
  ];
}

function length(messages: readonly Message[]): number {
  return messages.reduce((sum, message) => sum + message.content.length, 0);
}
