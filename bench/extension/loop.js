// The loop's own time: the share of a session in which neither the model nor the judge was at work.
import { join } from 'node:path';
import { repair } from '../../src/repair/loop.ts';
import { begin } from '../../src/repair/session.ts';
import { readTemplates } from '../../src/templates.ts';

const TURNS = 3;
const CANDIDATES = 5;
/** A fast server and the judge as measured: what the loop adds weighs most where both are quick. */
const PIECES = 150;
const PIECE_MS = 3;
const JUDGE_MS = 4;
const TEMPLATES = await readTemplates(join(import.meta.dirname, '../../server-py/mucode/prompts'));
const TESTS = Array.from({ length: 8 }, (_, i) => ({ id: `t${i}`, source: `assert f(${i}) == ${i}` }));

/** @returns {Promise<number>} per cent */
export async function loopOverhead() {
  const work = new Work();
  const began = performance.now();
  const session = await repair(begin(sessionEvent()), ports(work), () => {}, new AbortController().signal);
  const total = performance.now() - began;
  if (session.outcome !== 'exhausted' || session.turns.length !== TURNS)
    throw new Error(`unexpected: ${session.message}`);
  return (100 * (total - work.ms)) / total;
}

/** Wall time during which at least one outside call was waiting for its answer. */
class Work {
  ms = 0;
  #open = 0;
  #since = 0;

  async during(wait) {
    if (this.#open === 0) this.#since = performance.now();
    this.#open += 1;
    try {
      return await wait();
    } finally {
      this.#open -= 1;
      if (this.#open === 0) this.ms += performance.now() - this.#since;
    }
  }
}

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

function ports(work) {
  let programs = 0;
  return {
    templates: TEMPLATES,
    score: () => Promise.reject(new Error('nothing is scored here')),
    random: Math.random,
    now: () => performance.now(),
    async *generate({ n }) {
      for (let piece = 0; piece < PIECES; piece += 1) {
        await work.during(() => pause(PIECE_MS));
        for (let index = 0; index < n; index += 1) yield { type: 'text', index, text: `x${index} = ${piece}\n` };
      }
      for (let index = 0; index < n; index += 1) yield { type: 'done', index, tokens: PIECES, truncated: false };
    },
    async extract(problem, answer) {
      programs += 1;
      return { ok: true, form: 'fenced', program: answer, code: answer, imports: [], fingerprint: `p${programs}` };
    },
    async judge(problem, which, submission, onEvent) {
      await work.during(() => pause(JUDGE_MS));
      const tests = TESTS.map(({ id }) => ({ test: id, result: 'fail', expected: '1', got: '2', error: null, ms: 1 }));
      for (const { test, result, ms } of tests) onEvent({ type: 'test', test, result, ms });
      const verdict = { candidate: submission.id, verdict: 'fail', judged: 'outside', tests, feedback: 'f(1) gave 2' };
      return { ...verdict, fingerprint: `v${submission.id}`, ms: JUDGE_MS, tier: 'T3' };
    },
  };
}

function sessionEvent() {
  const code = 'def f(x):\n    return x\n';
  const problem = {
    id: 'p',
    language: 'python',
    kind: 'function',
    instruction: '',
    context: '',
    entry_point: 'f',
    code,
  };
  return {
    type: 'session',
    v: 1,
    id: 's',
    at: new Date(0).toISOString(),
    problem: { ...problem, public_tests: TESTS, private_tests: [], time_limit_s: 5 },
    options: { candidates: CANDIDATES, turns: TURNS, temperature: 0.7, selector: 'pt', seed: 1 },
    origin: { task: 'repair', file: 'f.py', label: 'f', lines: [1, 2] },
    server: { url: 'http://127.0.0.1', model: 'm' },
  };
}
