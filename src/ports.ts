// Joins the judge, the generator and the verifier to what the loop asks for.

import type { Judge } from './judge/client.ts';
import { isLoopback, Redactor } from './models/privacy.ts';
import type { Generator } from './models/generator.ts';
import type { Verifier } from './models/verifier.ts';
import type { Ports } from './repair/loop.ts';
import type { Templates } from './repair/prompt.ts';

export type Parts = {
  readonly judge: Judge;
  readonly generator: Generator;
  readonly verifier: Verifier;
  readonly templates: Templates;
  /** Where both models are. Messages that leave the machine go without secrets. */
  readonly url: string;
  readonly seed: number;
};

export function portsOf({ judge, generator, verifier, templates, url, seed }: Parts): Ports {
  const stays = isLoopback(url);
  const redactor = new Redactor();
  return {
    templates,
    generate: (request, signal) =>
      generator.generate(stays ? request : { ...request, messages: redactor.hideIn(request.messages) }, signal),
    extract: (problem, answer, signal) => judge.extract(problem, redactor.restore(answer), signal),
    judge: (problem, which, submission, onEvent, signal) => {
      const whole =
        'answer' in submission ? { ...submission, answer: redactor.restore(submission.answer) } : submission;
      return judge.judge(problem, which, whole, onEvent, signal);
    },
    score: (request, signal) => verifier.scores(request, signal, (text) => (stays ? text : redactor.hide(text))),
    random: seededRandom(seed),
    now: () => performance.now(),
  };
}

/** mulberry32: small, even enough for picking a candidate, the same on every machine. */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
