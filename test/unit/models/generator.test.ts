// The generator against a server with recorded answers: what it asks, what it does without, when it tries again.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { Generator } from '../../../src/models/generator.ts';
import type { RepairErrorKind } from '../../../src/repair/errors.ts';
import { ANSWERS, Generating, NEVER, read, REQUEST, TEXTS } from '../../fakes/generating.ts';
import { FakeModel, type Reply } from '../../fakes/model.ts';
import { rejectsWith, settled } from '../../fakes/rejection.ts';

describe('Generator', () => {
  let generating = new Generating();

  beforeEach(() => {
    generating = new Generating();
  });

  afterEach(() => generating.stop());

  it('streams all answers of one request', async () => {
    const server = await generating.serve(ANSWERS);
    const found = await read(generating.generator(server).generate(REQUEST, NEVER));
    assert.deepEqual(
      found.map((one) => one?.text),
      TEXTS,
    );
    assert.equal(server.requests.length, 1);
    assert.equal(server.requests[0]?.n, 3);
    assert.equal(server.open, 0);
  });

  it('sends the key where there is one, and nothing about this machine', async () => {
    const server = await generating.serve({ script: () => ANSWERS, key: 'k' });
    await read(generating.generator(server, { key: 'k' }).generate(REQUEST, NEVER));
    const headers = server.requests[0]?.headers ?? [];
    assert.ok(headers.includes('authorization'));
    assert.deepEqual(
      headers.filter((name) => name.startsWith('x-') || name.startsWith('openai')),
      [],
    );
    const open = await generating.serve(ANSWERS);
    await read(generating.generator(open).generate(REQUEST, NEVER));
    assert.ok(!open.requests[0]?.headers.includes('authorization'));
  });

  it('finds out that a server ignores n, makes up for it, and remembers', async () => {
    const server = await generating.serve({ script: () => ANSWERS, honoursN: false });
    const generator = generating.generator(server);
    const found = await read(generator.generate(REQUEST, NEVER));
    assert.deepEqual(new Set(found.map((one) => one?.text)), new Set(TEXTS));
    assert.equal(server.requests.length, 3);
    await read(generator.generate(REQUEST, NEVER));
    assert.equal(server.requests.length, 6);
    assert.ok(server.requests.slice(1).every((request) => request.n === 1));
    assert.equal(new Set(server.requests.slice(3).map((request) => request.seed)).size, 3);
  });

  it('sends at most four requests at a time to such a server', async () => {
    const server = await generating.serve({
      script: (_, count) => (count <= 3 ? ANSWERS : { kind: 'silent' }),
      honoursN: false,
    });
    const generator = generating.generator(server);
    await read(generator.generate(REQUEST, NEVER));
    const stopping = new AbortController();
    const reading = read(generator.generate({ ...REQUEST, n: 12 }, stopping.signal));
    reading.catch(() => {});
    await settled(() => server.open === 4);
    // Another one would have been sent together with the four.
    await generator.model(NEVER);
    assert.equal(server.requests.length, 3 + 4);
    stopping.abort();
    await assert.rejects(reading);
  });

  for (const field of ['n', 'stream_options', 'seed', 'temperature']) {
    it(`does without ${field} where the server refuses it`, async () => {
      const server = await generating.serve({ script: () => ANSWERS, refuses: [field] });
      const generator = generating.generator(server);
      assert.equal((await read(generator.generate(REQUEST, NEVER))).length, 3);
      const before = server.requests.length;
      await read(generator.generate(REQUEST, NEVER));
      assert.ok(server.requests.slice(before).every((request) => !request.fields.includes(field)));
    });
  }

  it('does without all of them', async () => {
    const server = await generating.serve({
      script: () => ANSWERS,
      refuses: ['n', 'stream_options', 'seed', 'temperature'],
    });
    assert.equal((await read(generating.generator(server).generate(REQUEST, NEVER))).length, 3);
  });

  it('asks for max_completion_tokens where the server wants that', async () => {
    const message = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.";
    const server = await generating.serve({
      script: ({ fields }) => (fields.includes('max_tokens') ? { kind: 'status', status: 400, message } : ANSWERS),
    });
    assert.equal((await read(generating.generator(server).generate(REQUEST, NEVER))).length, 3);
    assert.ok(server.requests.at(-1)?.fields.includes('max_completion_tokens'));
  });

  it('takes the tokens from the server’s usage, and counts pieces where there is none', async () => {
    const one = { ...REQUEST, n: 1 };
    const told = await read(generating.generator(await generating.serve(ANSWERS)).generate(one, NEVER));
    assert.equal(told[0]?.tokens, Math.ceil((TEXTS[0]?.length ?? 0) / 4));
    const server = await generating.serve({ script: () => ANSWERS, usage: false });
    const counted = await read(generating.generator(server).generate(one, NEVER));
    assert.ok((counted[0]?.tokens ?? 0) > 1);
  });

  it('tries again after 429 and 5xx, waiting as long as the server asks', async () => {
    const replies: Reply[] = [
      { kind: 'status', status: 429, message: 'busy', headers: { 'retry-after': '3' } },
      { kind: 'status', status: 500, message: 'oops' },
      { kind: 'reset' },
      ANSWERS,
    ];
    const server = await generating.serve({ script: (_, count) => replies[count - 1] ?? ANSWERS });
    assert.equal((await read(generating.generator(server).generate(REQUEST, NEVER))).length, 3);
    assert.deepEqual(generating.waits, [3000, 1000, 2000]);
  });

  it('waits for an engine that is starting and says so', async () => {
    const starting: Reply = {
      kind: 'status',
      status: 503,
      message: 'The engine is loading.',
      headers: { 'retry-after': '2' },
    };
    const said: string[] = [];
    const server = await generating.serve({ script: (_, count) => (count < 9 ? starting : ANSWERS) });
    const generator = generating.generator(server, {}, { onWait: (message) => said.push(message) });
    assert.equal((await read(generator.generate(REQUEST, NEVER))).length, 3);
    assert.equal(generating.waits.length, 8);
    assert.match(said[0] ?? '', /The engine is loading\..*2 s/);
  });

  it('gives up after four tries', async () => {
    const server = await generating.serve({ kind: 'status', status: 500, message: 'Out of memory.' });
    await rejectsWith(
      'server-failed',
      read(generating.generator(server).generate(REQUEST, NEVER)),
      /500.*Out of memory.*log/,
    );
    assert.equal(server.requests.length, 4);
  });

  const refusals: readonly (readonly [number, string, RepairErrorKind, RegExp])[] = [
    [401, 'Bad key.', 'server-refused', /refused the key \(401\): Bad key\. Set the key/],
    [403, 'Not yours.', 'server-refused', /refused the key \(403\)/],
    [404, 'No such model.', 'server-refused', /does not know the model "recorded".*name of the model/],
    [400, 'This model has a context length of 4096.', 'server-refused', /\(400\): This model has a context length/],
  ];
  for (const [status, message, kind, pattern] of refusals) {
    it(`does not try again after ${status}, and names the URL and the next step`, async () => {
      const server = await generating.serve({ kind: 'status', status, message });
      await rejectsWith(kind, read(generating.generator(server).generate(REQUEST, NEVER)), pattern);
      await rejectsWith(kind, read(generating.generator(server).generate(REQUEST, NEVER)), new RegExp(server.url));
      assert.equal(server.requests.length, 2);
    });
  }

  it('says that nobody answers where no server runs', async () => {
    const server = await FakeModel.start({ script: () => ANSWERS });
    const generator = generating.generator(server);
    await server.stop();
    await rejectsWith(
      'server-unreachable',
      read(generator.generate(REQUEST, NEVER)),
      /ECONNREFUSED.*Is the server running/,
    );
    assert.deepEqual(generating.waits, []);
  });

  it('says so when the server lists no model, or talks of something else', async () => {
    const server = await generating.serve({ script: () => ANSWERS, models: [] });
    await rejectsWith('server-refused', generating.generator(server).model(NEVER), /lists no model/);
    const other = createServer((socket) => {
      socket.on('error', () => {});
      socket.end('HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 13\r\n\r\n<p>Hello.</p>');
    });
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const generator = new Generator({ url: `http://127.0.0.1:${port}`, key: null, model: null });
    await rejectsWith('server-refused', generator.model(NEVER), /OpenAI-compatible.*Check the URL/);
    other.close();
  });
});
