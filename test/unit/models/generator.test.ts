// The generator against a server with recorded answers and the mishaps of real ones.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Connection } from '../../../src/models/connection.ts';
import { Generator, type GeneratorOptions } from '../../../src/models/generator.ts';
import { RepairError, type RepairErrorKind } from '../../../src/repair/errors.ts';
import type { GenerateRequest, Piece } from '../../../src/repair/loop.ts';
import { FakeModel, type FakeModelOptions, type Reply } from '../../fakes/model.ts';

const REQUEST: GenerateRequest = {
  messages: [{ role: 'user', content: 'Correct f.' }],
  n: 3,
  temperature: 0.7,
  seed: 5,
  maxTokens: 200,
};
const texts = ['first answer, long enough for several pieces of text', 'second', 'third'];
const answers: Reply = { kind: 'answers', texts };
const never = new AbortController().signal;

type Read = { readonly text: string; readonly tokens: number; readonly truncated: boolean };

async function read(pieces: AsyncIterable<Piece>): Promise<readonly (Read | undefined)[]> {
  const texts: string[] = [];
  const ended: Read[] = [];
  for await (const piece of pieces) {
    if (piece.type === 'text') texts[piece.index] = (texts[piece.index] ?? '') + piece.text;
    else ended[piece.index] = { text: texts[piece.index] ?? '', tokens: piece.tokens, truncated: piece.truncated };
  }
  return ended;
}

describe('Generator', () => {
  const servers: FakeModel[] = [];
  let waits: number[] = [];

  beforeEach(() => {
    waits = [];
  });

  afterEach(async () => {
    await Promise.all(servers.splice(0).map((server) => server.stop()));
  });

  async function serve(options: FakeModelOptions | Reply): Promise<FakeModel> {
    const server = await FakeModel.start('script' in options ? options : { script: () => options });
    servers.push(server);
    return server;
  }

  function generatorOf(server: FakeModel, over: Partial<Connection> = {}, options: GeneratorOptions = {}): Generator {
    const pause = async (ms: number): Promise<void> => {
      waits.push(ms);
      await Promise.resolve();
    };
    return new Generator({ url: server.url, key: null, model: null, ...over }, { pause, ...options });
  }

  it('streams all answers of one request', async () => {
    const server = await serve(answers);
    const found = await read(generatorOf(server).generate(REQUEST, never));
    assert.deepEqual(
      found.map((one) => one?.text),
      texts,
    );
    assert.equal(server.requests.length, 1);
    assert.equal(server.requests[0]?.n, 3);
    assert.equal(server.open, 0);
  });

  it('sends the key where there is one, and nothing about this machine', async () => {
    const server = await serve({ script: () => answers, key: 'k' });
    await read(generatorOf(server, { key: 'k' }).generate(REQUEST, never));
    const headers = server.requests[0]?.headers ?? [];
    assert.ok(headers.includes('authorization'));
    assert.deepEqual(
      headers.filter((name) => name.startsWith('x-') || name.startsWith('openai')),
      [],
    );
    const open = await serve(answers);
    await read(generatorOf(open).generate(REQUEST, never));
    assert.ok(!open.requests[0]?.headers.includes('authorization'));
  });

  it('finds out that a server ignores n, makes up for it, and remembers', async () => {
    const server = await serve({ script: () => answers, honoursN: false });
    const generator = generatorOf(server);
    const found = await read(generator.generate(REQUEST, never));
    assert.deepEqual(found.map((one) => one?.text).toSorted(), texts.toSorted());
    assert.equal(server.requests.length, 3);
    await read(generator.generate(REQUEST, never));
    assert.equal(server.requests.length, 6);
    assert.ok(server.requests.slice(1).every((request) => request.n === 1));
    assert.equal(new Set(server.requests.slice(3).map((request) => request.seed)).size, 3);
  });

  it('sends at most four requests at a time to such a server', async () => {
    const server = await serve({ script: (_, count) => (count <= 3 ? answers : { kind: 'silent' }), honoursN: false });
    const generator = generatorOf(server);
    await read(generator.generate(REQUEST, never));
    const stopping = new AbortController();
    const reading = read(generator.generate({ ...REQUEST, n: 12 }, stopping.signal));
    reading.catch(() => {});
    await settled(() => server.open === 4);
    // Another one would have been sent together with the four.
    await generator.model(never);
    assert.equal(server.requests.length, 3 + 4);
    stopping.abort();
    await assert.rejects(reading);
  });

  for (const field of ['n', 'stream_options', 'seed', 'temperature']) {
    it(`does without ${field} where the server refuses it`, async () => {
      const server = await serve({ script: () => answers, refuses: [field] });
      const generator = generatorOf(server);
      assert.equal((await read(generator.generate(REQUEST, never))).length, 3);
      const before = server.requests.length;
      await read(generator.generate(REQUEST, never));
      assert.ok(server.requests.slice(before).every((request) => !request.fields.includes(field)));
    });
  }

  it('does without all of them', async () => {
    const server = await serve({ script: () => answers, refuses: ['n', 'stream_options', 'seed', 'temperature'] });
    assert.equal((await read(generatorOf(server).generate(REQUEST, never))).length, 3);
  });

  it('asks for max_completion_tokens where the server wants that', async () => {
    const message = "Unsupported parameter: 'max_tokens'. Use 'max_completion_tokens' instead.";
    const server = await serve({
      script: ({ fields }) => (fields.includes('max_tokens') ? { kind: 'status', status: 400, message } : answers),
    });
    assert.equal((await read(generatorOf(server).generate(REQUEST, never))).length, 3);
    assert.ok(server.requests.at(-1)?.fields.includes('max_completion_tokens'));
  });

  it('takes the tokens from the server’s usage, and counts pieces where there is none', async () => {
    const one = { ...REQUEST, n: 1 };
    const told = await read(generatorOf(await serve(answers)).generate(one, never));
    assert.equal(told[0]?.tokens, Math.ceil((texts[0]?.length ?? 0) / 4));
    const server = await serve({ script: () => answers, usage: false });
    const counted = await read(generatorOf(server).generate(one, never));
    assert.ok((counted[0]?.tokens ?? 0) > 1);
  });

  it('tries again after 429 and 5xx, waiting as long as the server asks', async () => {
    const replies: Reply[] = [
      { kind: 'status', status: 429, message: 'busy', headers: { 'retry-after': '3' } },
      { kind: 'status', status: 500, message: 'oops' },
      { kind: 'reset' },
      answers,
    ];
    const server = await serve({ script: (_, count) => replies[count - 1] ?? answers });
    assert.equal((await read(generatorOf(server).generate(REQUEST, never))).length, 3);
    assert.deepEqual(waits, [3000, 1000, 2000]);
  });

  it('waits for an engine that is starting and says so', async () => {
    const starting: Reply = {
      kind: 'status',
      status: 503,
      message: 'The engine is loading.',
      headers: { 'retry-after': '2' },
    };
    const said: string[] = [];
    const server = await serve({ script: (_, count) => (count < 9 ? starting : answers) });
    const generator = generatorOf(server, {}, { onWait: (message) => said.push(message) });
    assert.equal((await read(generator.generate(REQUEST, never))).length, 3);
    assert.equal(waits.length, 8);
    assert.match(said[0] ?? '', /The engine is loading\..*2 s/);
  });

  it('gives up after four tries', async () => {
    const server = await serve({ kind: 'status', status: 500, message: 'Out of memory.' });
    await rejectsWith('server-failed', read(generatorOf(server).generate(REQUEST, never)), /500.*Out of memory.*log/);
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
      const server = await serve({ kind: 'status', status, message });
      await rejectsWith(kind, read(generatorOf(server).generate(REQUEST, never)), pattern);
      await rejectsWith(kind, read(generatorOf(server).generate(REQUEST, never)), new RegExp(server.url));
      assert.equal(server.requests.length, 2);
    });
  }

  it('says that nobody answers where no server runs', async () => {
    const server = await FakeModel.start({ script: () => answers });
    const generator = generatorOf(server);
    await server.stop();
    await rejectsWith(
      'server-unreachable',
      read(generator.generate(REQUEST, never)),
      /ECONNREFUSED.*Is the server running/,
    );
    assert.deepEqual(waits, []);
  });

  it('says so when the server lists no model, or talks of something else', async () => {
    const server = await serve({ script: () => answers, models: [] });
    await rejectsWith('server-refused', generatorOf(server).model(never), /lists no model/);
    const other = createServer((socket) => {
      socket.on('error', () => {});
      socket.end('HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 13\r\n\r\n<p>Hello.</p>');
    });
    other.listen(0, '127.0.0.1');
    await once(other, 'listening');
    const address = other.address();
    const port = typeof address === 'object' && address ? address.port : 0;
    const generator = new Generator({ url: `http://127.0.0.1:${port}`, key: null, model: null });
    await rejectsWith('server-refused', generator.model(never), /OpenAI-compatible.*Check the URL/);
    other.close();
  });

  it('says that the server broke off, with what came before', async () => {
    for (const reply of [
      { kind: 'cut', text: 'half' },
      { kind: 'unfinished', text: 'half' },
    ] as const) {
      const server = await serve(reply);
      const seen: string[] = [];
      const reading = async (): Promise<void> => {
        for await (const piece of generatorOf(server).generate(REQUEST, never)) {
          if (piece.type === 'text') seen.push(piece.text);
        }
      };
      await rejectsWith('server-failed', reading(), /broke off/);
      assert.ok(seen.includes('half'), reply.kind);
    }
  });

  it('passes on what the server says inside a stream', async () => {
    const server = await serve({ kind: 'error', text: 'half', message: 'CUDA is out of memory' });
    await rejectsWith('server-failed', read(generatorOf(server).generate(REQUEST, never)), /CUDA is out of memory/);
  });

  it('cuts off an endless answer and ends the request', async () => {
    const server = await serve({ kind: 'endless', line: 'again\n' });
    const found = await read(generatorOf(server).generate({ ...REQUEST, maxTokens: 20 }, never));
    assert.deepEqual(
      found.map((one) => one?.truncated),
      [true, true, true],
    );
    await settled(() => server.open === 0);
  });

  it('ends its request when the signal is aborted', async () => {
    const server = await serve({ kind: 'endless', line: 'again\n' });
    const stopping = new AbortController();
    const reading = async (): Promise<void> => {
      for await (const piece of generatorOf(server).generate({ ...REQUEST, maxTokens: 1e6 }, stopping.signal)) {
        if (piece.index === 2) stopping.abort();
      }
    };
    await rejectsWith('stopped', reading(), /Stopped/);
    await settled(() => server.open === 0);
  });

  it('ends every one of its requests when the signal is aborted, also before an answer', async () => {
    const server = await serve({ script: () => ({ kind: 'silent' }), refuses: ['n'] });
    const stopping = new AbortController();
    const reading = read(generatorOf(server).generate(REQUEST, stopping.signal));
    reading.catch(() => {});
    await settled(() => server.open > 0);
    stopping.abort();
    await rejectsWith('stopped', reading, /Stopped/);
    await settled(() => server.open === 0);
  });

  it('ends its request when the reader leaves', async () => {
    const server = await serve({ kind: 'endless', line: 'again\n' });
    for await (const piece of generatorOf(server).generate({ ...REQUEST, maxTokens: 1e6 }, never)) {
      if (piece.type === 'text') break;
    }
    await settled(() => server.open === 0);
  });

  it('gives up on a server that has fallen silent', async () => {
    const server = await serve({ kind: 'silent' });
    const generator = generatorOf(server, { model: 'm' }, { silenceMs: 60 });
    await rejectsWith('server-failed', read(generator.generate(REQUEST, never)), /has sent nothing/);
    await settled(() => server.open === 0);
  });

  it('stops while it waits for another try', async () => {
    const server = await serve({ kind: 'status', status: 503, message: 'loading', headers: { 'retry-after': '20' } });
    const stopping = new AbortController();
    const connection = { url: server.url, key: null, model: null };
    const generator = new Generator(connection, { onWait: () => stopping.abort() });
    await rejectsWith('stopped', read(generator.generate(REQUEST, stopping.signal)), /Stopped/);
  });
});

/** Waits for something that the other side does soon; fails when it does not. */
async function settled(done: () => boolean): Promise<void> {
  for (let i = 0; i < 400 && !done(); i += 1) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.ok(done());
}

async function rejectsWith(kind: RepairErrorKind, promise: Promise<unknown>, message: RegExp): Promise<void> {
  await assert.rejects(promise, (error: unknown) => {
    assert.ok(error instanceof RepairError, String(error));
    assert.equal(error.kind, kind, error.message);
    assert.match(error.message, message);
    return true;
  });
}
