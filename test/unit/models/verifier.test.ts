// The verifier's client against a real server on loopback: the recorded answers of the gateway's route, and its mishaps.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Verifier } from '../../../src/models/verifier.ts';
import { fields, list, number, optional, text } from '../../../src/protocol/shape.ts';
import type { ScoreRequest } from '../../../src/repair/loop.ts';
import { PROBLEM } from '../../fakes/recorded.ts';
import { HEALTHZ, STATE } from '../../fakes/model.ts';
import { rejectsWith, settled } from '../../fakes/rejection.ts';

const never = new AbortController().signal;
const recorded = fields(
  JSON.parse(readFileSync(join(import.meta.dirname, '../../contract/scores.json'), 'utf8')),
  'scores.json',
);

function request(count = 2): ScoreRequest {
  const programs = Array.from({ length: count }, (_, i) => `def f(x): return ${i}`);
  return { problem: PROBLEM, task: 'repair', baseline: null, programs };
}

type Answer = (response: ServerResponse, request: IncomingMessage) => void;

describe('Verifier', () => {
  let server: Server;
  let url = '';
  let answer: Answer;
  /** What was asked besides whether there is a verifier, which `states` answers. */
  let asked: string[] = [];
  let states: Readonly<Record<string, unknown>> = {};
  let gone = 0;

  const say =
    (status: number, body: string, headers: Record<string, string> = {}): Answer =>
    (response) =>
      void response.writeHead(status, headers).end(body);

  beforeEach(async () => {
    asked = [];
    states = { '/healthz': HEALTHZ, '/v1/state': STATE };
    gone = 0;
    server = createServer((incoming, response) => {
      const state = states[incoming.url ?? ''];
      if (state !== undefined) return void response.end(JSON.stringify(state));
      asked.push(`${incoming.method} ${incoming.url} ${incoming.headers.authorization ?? ''}`.trim());
      response.on('close', () => (gone += 1));
      incoming.resume().on('end', () => answer(response, incoming));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`;
  });

  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const verifier = (patienceMs?: number): Verifier => new Verifier({ url, key: 'k', model: null }, patienceMs);

  for (const one of list(recorded['answers'], 'answers', fields)) {
    it(`reads the gateway’s answer: ${text(one['name'], 'name')}`, async () => {
      answer = say(number(one['status'], 'status'), JSON.stringify(one['body']));
      const failure = optional(one['failure'], 'failure', text);
      const scoring = verifier().scores(request(), never);
      if (failure === null) assert.deepEqual(await scoring, one['body']);
      else await assert.rejects(scoring, { name: 'RepairError', message: failure.replace('HOST', new URL(url).host) });
      assert.deepEqual(asked, ['POST /v1/scores Bearer k']);
    });
  }

  it('sends neither code nor key to a server that is no gateway, and asks it once in a session', async () => {
    states = {};
    answer = say(404, 'Not Found');
    const one = verifier();
    for (let turn = 0; turn < 2; turn += 1)
      await rejectsWith('server-refused', one.scores(request(), never), /has no verifier/);
    assert.deepEqual(asked, ['GET /healthz']);
  });

  it('sends no code to a gateway that names no verifier', async () => {
    states = { ...states, '/v1/state': { ...STATE, verifier: null } };
    const one = verifier();
    for (let turn = 0; turn < 2; turn += 1)
      await rejectsWith('server-refused', one.scores(request(), never), /has no verifier/);
    assert.deepEqual(asked, []);
  });

  it('reads no more than 1 MiB of an answer, and shows little of what it says', async () => {
    const scores = { scores: [1, 2], probabilities: [0.7, 0.8] };
    answer = say(200, JSON.stringify({ ...scores, revision: 'r'.repeat(1024 * 1024) }));
    await rejectsWith('server-failed', verifier().scores(request(), never), /answers with more than 1 MiB/);
    answer = say(200, JSON.stringify({ ...scores, revision: 'r'.repeat(5000) }));
    assert.equal((await verifier().scores(request(), never)).revision.length, 100);
    answer = say(502, JSON.stringify({ error: { message: 'w'.repeat(5000), code: 'verifier' } }));
    await rejectsWith('server-failed', verifier().scores(request(), never), /^w{300}$/);
    // An answer without end.
    answer = (response) => {
      const more = (): void => void (response.destroyed || response.write('x'.repeat(65_536), more));
      more();
    };
    await rejectsWith('server-failed', verifier().scores(request(), never), /answers with more than 1 MiB/);
  });

  it('asks a server without a verifier once in a session', async () => {
    answer = say(404, 'Not Found');
    const one = verifier();
    await rejectsWith('server-refused', one.scores(request(), never), /^127\.0\.0\.1:\d+ has no verifier\.$/);
    await rejectsWith('server-refused', one.scores(request(), never), /has no verifier/);
    assert.equal(asked.length, 1);
  });

  it('asks again after trouble that may pass', async () => {
    answer = say(502, '');
    const one = verifier();
    await rejectsWith('server-failed', one.scores(request(), never), /failed \(502\)/);
    answer = say(200, '{"scores": [1, 2], "probabilities": [0.7, 0.8], "revision": "r2"}');
    assert.equal((await one.scores(request(), never)).revision, 'r2');
  });

  it('takes nothing for scores that is none', async () => {
    const bodies = [
      '<html>Sign in</html>',
      '{"error": "Unexpected endpoint. Returning 200 anyway"}',
      '{"scores": [1], "probabilities": [0.5], "revision": "r"}',
      '{"scores": [1, 2], "probabilities": [0.5], "revision": "r"}',
      '{"scores": [1, null], "probabilities": [0.5, 0.5], "revision": "r"}',
      '{"scores": [1, 2], "probabilities": [0.5, 1.5], "revision": "r"}',
      '{"scores": [1, 2], "probabilities": [0.5, 0.5]}',
      'null',
    ];
    for (const body of bodies) {
      answer = say(200, body);
      await rejectsWith('server-failed', verifier().scores(request(), never), /does not answer like a verifier/);
    }
  });

  it('never follows a redirect with code in its hands', async () => {
    answer = say(307, '', { location: '/elsewhere' });
    await rejectsWith('server-refused', verifier().scores(request(), never), /points to another address/);
    assert.equal(asked.length, 1);
  });

  it('says what is wrong where nobody answers, and where the answer breaks off', async () => {
    answer = (response) => void response.destroy();
    await rejectsWith('server-unreachable', verifier().scores(request(), never), /cannot be reached|Nothing answers/);
    answer = (response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{"scores"');
      setImmediate(() => response.destroy());
    };
    await rejectsWith('server-unreachable', verifier().scores(request(), never), /cannot be reached/);
    server.close();
    server.closeAllConnections();
    await rejectsWith('server-unreachable', verifier().scores(request(), never), /Nothing answers/);
  });

  it('waits for a slow one within its patience, which shrinks with what it waited for nothing', async () => {
    answer = () => {};
    const one = verifier(600);
    const began = performance.now();
    await rejectsWith('server-failed', one.scores(request(), never), /gave no answer within 600 ms/);
    await rejectsWith('server-failed', one.scores(request(), never), /gave no answer within 40 ms/);
    assert.ok(performance.now() - began < 10_000);
    // The server sees both requests end.
    await settled(() => gone === 2);
  });

  it('ends its request when the user stops', async () => {
    const stop = new AbortController();
    answer = () => stop.abort();
    await rejectsWith('stopped', verifier().scores(request(), stop.signal), /Stopped/);
    await settled(() => gone === 1);
  });
});
