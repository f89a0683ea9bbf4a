// The loop's ports: secrets stay here and come back, chance is the same on every machine.

import assert from 'node:assert/strict';
import { Judge } from '../../src/judge/client.ts';
import { Generator } from '../../src/models/generator.ts';
import { Verifier } from '../../src/models/verifier.ts';
import { portsOf, seededRandom } from '../../src/ports.ts';
import type { GenerateRequest, Piece, ScoreRequest, Scores } from '../../src/repair/loop.ts';
import { scoresBody } from '../../src/protocol/scores.ts';
import type { Extraction, Problem } from '../../src/repair/problem.ts';
import { PROBLEM, TEMPLATES } from '../fakes/recorded.ts';

const signal = new AbortController().signal;

/** A generator that says what it was asked, and a judge that gives back what it was given. */
class Echo extends Generator {
  asked = '';

  constructor() {
    super({ url: 'http://127.0.0.1:1', key: null, model: 'm' });
  }

  override async *generate(request: GenerateRequest): AsyncGenerator<Piece> {
    await Promise.resolve();
    this.asked = request.messages.map((message) => message.content).join('');
    yield { type: 'done', index: 0, tokens: 1, truncated: false };
  }
}

class Mirror extends Judge {
  override async extract(_: Problem, answer: string): Promise<Extraction> {
    await Promise.resolve();
    return { ok: false, reason: 'no_code', message: answer };
  }
}

/** A verifier that keeps what it would send. */
class Listener extends Verifier {
  asked = '';

  override async scores(request: ScoreRequest, _: AbortSignal, hide = (text: string): string => text): Promise<Scores> {
    await Promise.resolve();
    this.asked = JSON.stringify(scoresBody(request, hide));
    return { scores: [], probabilities: [], revision: 'r1' };
  }
}

const SECRET = 'db_password = "hunter2222"';

async function scored(url: string): Promise<string> {
  const verifier = new Listener({ url, key: null, model: null });
  const judge = new Mirror({ python: null, judgeDir: 'unused' });
  const ports = portsOf({ judge, generator: new Echo(), verifier, templates: TEMPLATES, url, seed: 1 });
  const problem = { ...PROBLEM, context: SECRET };
  await ports.score({ problem, task: 'repair', baseline: null, programs: [SECRET] }, signal);
  return verifier.asked;
}

async function roundTrip(url: string): Promise<{ readonly asked: string; readonly judged: string }> {
  const generator = new Echo();
  const judge = new Mirror({ python: null, judgeDir: 'unused' });
  const verifier = new Listener({ url, key: null, model: null });
  const ports = portsOf({ judge, generator, verifier, templates: TEMPLATES, url, seed: 1 });
  const messages = [{ role: 'user', content: 'db_password = "hunter2222"' }] as const;
  const request = { messages, n: 1, temperature: 0, seed: 1, maxTokens: 10 };
  for await (const piece of ports.generate(request, signal)) assert.equal(piece.type, 'done');
  const extraction = await ports.extract(PROBLEM, generator.asked, signal);
  return { asked: generator.asked, judged: extraction.ok ? '' : extraction.message };
}

describe('portsOf', () => {
  it('keeps secrets from another machine, and judges the user’s own line', async () => {
    const { asked, judged } = await roundTrip('https://example.org/v1');
    assert.ok(!asked.includes('hunter2222'));
    assert.equal(judged, 'db_password = "hunter2222"');
  });

  it('changes nothing for a server on this machine', async () => {
    assert.equal((await roundTrip('http://127.0.0.1:8600/v1')).asked, 'db_password = "hunter2222"');
  });
});

describe('what the verifier is sent', () => {
  it('has no secret where it leaves this machine, and is unchanged where it stays', async () => {
    assert.ok(!(await scored('https://example.org/v1')).includes('hunter2222'));
    assert.equal((await scored('http://127.0.0.1:8600/v1')).split('hunter2222').length, 3);
  });
});

describe('seededRandom', () => {
  it('gives the same numbers for a seed, others for another, all within [0, 1)', () => {
    const take = (seed: number): readonly number[] => Array.from({ length: 500 }, seededRandom(seed));
    assert.deepEqual(take(1), take(1));
    assert.notDeepEqual(take(1), take(2));
    assert.ok(take(3).every((one) => one >= 0 && one < 1));
    const mean = take(4).reduce((sum, one) => sum + one, 0) / 500;
    assert.ok(mean > 0.45 && mean < 0.55);
  });
});
