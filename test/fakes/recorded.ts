// The loop's ports with recorded answers: programs say themselves how many tests they pass, so that a test can count.

import { RepairError } from '../../src/repair/errors.ts';
import type { Options, SessionEvent } from '../../src/repair/events.ts';
import { repair, type Continuation, type GenerateRequest, type Piece, type Ports } from '../../src/repair/loop.ts';
import type { Extraction, FunctionProblem, Judged, Problem, Tier, Verdict } from '../../src/repair/problem.ts';
import { begin, type Session } from '../../src/repair/session.ts';

export const TEMPLATES = {
  repair: '{{instruction}}\n{{context}}\n{{code}}\n{{baseline}}\n{{tests}}\nAnswer with {{entry_point}}.',
  write: 'Write. {{instruction}}\n{{context}}\n{{code}}\n{{baseline}}\n{{tests}}\nAnswer with {{entry_point}}.',
  repair_example: 'Repair, for example.',
  repair_example_answer: 'Repaired.',
  write_example: 'Write, for example.',
  write_example_answer: 'Written.',
  context: 'Context: {{context}}',
  baseline: 'Now: {{feedback}}',
  feedback: 'Wrong. {{feedback}}\n{{note}}\nAgain.',
  note: 'Remark: {{note}}',
  stdio_repair: '{{instruction}}\n{{program}}\n{{cases}}\n{{baseline}}',
  stdio_repair_example: 'Repair a program, for example.',
  stdio_repair_example_answer: 'Program repaired.',
  stdio_write: 'Write. {{instruction}}\n{{program}}\n{{cases}}',
  stdio_write_example: 'Write a program, for example.',
  stdio_write_example_answer: 'Program written.',
  stdio_case: '{{input}} gives {{output}}.',
};

export const OPTIONS: Options = { candidates: 3, turns: 3, temperature: 0.7, selector: 'pt', seed: 7 };

export const PROBLEM: FunctionProblem = {
  id: 'p1',
  language: 'python',
  kind: 'function',
  instruction: 'f has a bug.',
  context: 'import math',
  entry_point: 'f',
  code: program('broken', 0),
  public_tests: [1, 2, 3].map((i) => ({ id: `t${i}`, source: `assert f(${i}) == ${i}` })),
  private_tests: [],
  time_limit_s: 5,
};

/** Code that passes the first `passes` tests, and the private ones unless it says otherwise. */
export function program(name: string, passes: number, remark = ''): string {
  return `def f(x):\n    return "${name}"  # passes ${passes} ${remark}`;
}

export function answer(name: string, passes: number, remark = ''): string {
  return `Here it is.\n\`\`\`python\n${program(name, passes, remark)}\n\`\`\``;
}

export type Script = {
  /** The answers of each turn. */
  readonly turns: readonly (readonly string[])[];
  readonly judged?: Judged;
  readonly tier?: Tier;
  readonly problem?: Partial<FunctionProblem>;
  /** A problem of another kind, in place of the usual one. */
  readonly instead?: Problem;
  readonly options?: Partial<Options>;
  readonly task?: 'repair' | 'write';
  /** Scores are read from `score X` in the code; absent without a verifier. */
  readonly score?: Ports['score'];
  /** Called before each piece: throwing is a server that dies, waiting is a slow one. */
  readonly beforePiece?: (turn: number, index: number, signal: AbortSignal) => Promise<void>;
  /** `count` is 1 for the first answer. */
  readonly beforeExtraction?: (count: number) => Promise<void>;
  readonly beforeJudging?: (id: string, signal: AbortSignal) => Promise<void>;
};

/** One session with recorded answers, and everything that was asked on its way. */
export class Recorded {
  readonly events: SessionEvent[] = [];
  readonly requests: GenerateRequest[] = [];
  /** `public t1c1`, in the order of judging. */
  readonly judged: string[] = [];
  /** What was judged, in the same order: programs, or answers where there was none. */
  readonly programs: string[] = [];
  /** Calls that have begun and not ended. */
  active = 0;
  readonly stopping = new AbortController();
  onEvent: (event: SessionEvent) => void = () => {};
  session: Session;
  readonly #script: Script;
  #clock = 0;
  #extractions = 0;

  constructor(script: Script) {
    this.#script = script;
    const first: Extract<SessionEvent, { type: 'session' }> = {
      type: 'session',
      v: 1,
      id: 's1',
      at: '2025-01-01T00:00:00Z',
      problem: script.instead ?? { ...PROBLEM, ...script.problem },
      options: { ...OPTIONS, ...script.options },
      origin: { task: script.task ?? 'repair', file: 'a.py', label: 'f', lines: [1, 2] },
      server: { url: 'http://127.0.0.1:1/v1', model: 'recorded' },
    };
    this.events.push(first);
    this.session = begin(first);
  }

  async run(continuation: Continuation | null = null): Promise<Session> {
    const emit = (event: SessionEvent): void => {
      this.events.push(event);
      this.onEvent(event);
    };
    this.session = await repair(this.session, this.#ports(), emit, this.stopping.signal, continuation);
    return this.session;
  }

  of<T extends SessionEvent['type']>(type: T): readonly Extract<SessionEvent, { type: T }>[] {
    return this.events.filter((event): event is Extract<SessionEvent, { type: T }> => event.type === type);
  }

  #ports(): Ports {
    return {
      templates: TEMPLATES,
      generate: (request, signal) => this.#generate(request, signal),
      extract: async (_, text) => {
        this.#extractions += 1;
        await this.#script.beforeExtraction?.(this.#extractions);
        await Promise.resolve();
        return extraction(text);
      },
      judge: (problem, which, submission, onEvent, signal) =>
        this.#counted(async () => {
          this.judged.push(`${which} ${submission.id}`);
          await this.#script.beforeJudging?.(submission.id, signal);
          if (signal.aborted) throw new RepairError('stopped', 'Stopped.');
          const text = 'program' in submission ? submission.program : submission.answer;
          this.programs.push(text);
          const verdict = this.#verdict(problem, which, submission.id, text);
          for (const { test, result, ms } of verdict.tests) onEvent({ type: 'test', test, result, ms });
          return verdict;
        }),
      score: (request, signal) => (this.#script.score ?? unscored)(request, signal),
      random: () => 0,
      now: () => (this.#clock += 1),
    };
  }

  async #counted<T>(work: () => Promise<T>): Promise<T> {
    this.active += 1;
    try {
      return await work();
    } finally {
      this.active -= 1;
    }
  }

  async *#generate(request: GenerateRequest, signal: AbortSignal): AsyncGenerator<Piece> {
    this.requests.push(request);
    const turn = this.requests.length;
    const answers = this.#script.turns[turn - 1] ?? [];
    this.active += 1;
    try {
      for (const [index, text] of answers.entries()) {
        await this.#script.beforePiece?.(turn, index, signal);
        if (signal.aborted) throw new RepairError('stopped', 'Stopped.');
        const half = Math.ceil(text.length / 2);
        yield { type: 'text', index, text: text.slice(0, half) };
        yield { type: 'text', index, text: text.slice(half) };
        yield { type: 'done', index, tokens: 10, truncated: false };
      }
    } finally {
      this.active -= 1;
    }
  }

  #verdict(problem: Problem, which: 'public' | 'private', id: string, text: string): Verdict {
    const { judged = 'outside', tier = 'T3' } = this.#script;
    const tests = which === 'public' ? problem.public_tests : problem.private_tests;
    const passes = Number(/# passes (\d+)/.exec(text)?.[1] ?? -1);
    const holds = which === 'public' ? passes : /not private/.test(text) ? 0 : tests.length;
    const missing = passes < 0 ? ('error' as const) : ('fail' as const);
    const results = tests.map(({ id: test }, i) => {
      const result = i < holds ? ('pass' as const) : missing;
      return { test, result, expected: null, got: null, error: null, ms: 1 };
    });
    const verdict = holds >= tests.length ? 'pass' : missing;
    const feedback = verdict === 'pass' ? '' : `${Math.max(0, holds)} of ${tests.length} pass.`;
    const fingerprint = passes < 0 ? '' : fingerprintOf(text);
    return { candidate: id, verdict, judged, tests: results, feedback, fingerprint, ms: 3, tier, why: null };
  }
}

function extraction(text: string): Extraction {
  const code = /```python\n([\s\S]*?)\n```/.exec(text)?.[1];
  if (code === undefined) return { ok: false, reason: 'no_code', message: 'The answer holds no code.' };
  const fingerprint = fingerprintOf(code);
  return { ok: true, form: 'fenced', program: `import math\n\n${code}`, code, imports: [], fingerprint };
}

function fingerprintOf(text: string): string {
  return (
    /def f[\s\S]*/
      .exec(text)?.[0]
      .replace(/\n```[\s\S]*/, '')
      .trim() ?? ''
  );
}

/** A verifier that reads `score X` in the programs. */
export const scoring: Ports['score'] = async ({ programs }) => {
  await Promise.resolve();
  const scores = programs.map((text) => Number(/score (-?[\d.]+)/.exec(text)?.[1] ?? 0));
  return { scores, probabilities: scores.map((score) => 1 / (1 + Math.exp(-score))), revision: 'r1' };
};

const unscored: Ports['score'] = () => Promise.reject(new RepairError('server-refused', 'recorded has no verifier.'));
