// The generator when answers break off, do not end, or are no longer wanted.

import assert from 'node:assert/strict';
import { Generator } from '../../../src/models/generator.ts';
import { ANSWERS, Generating, NEVER, read, REQUEST, TEXTS } from '../../fakes/generating.ts';
import { rejectsWith, settled } from '../../fakes/rejection.ts';

describe('Generator, with answers that do not end well', () => {
  let generating = new Generating();

  beforeEach(() => {
    generating = new Generating();
  });

  afterEach(() => generating.stop());

  it('says that the server broke off, with what came before', async () => {
    for (const reply of [
      { kind: 'cut', text: 'half' },
      { kind: 'unfinished', text: 'half' },
    ] as const) {
      const server = await generating.serve(reply);
      const seen: string[] = [];
      const reading = async (): Promise<void> => {
        for await (const piece of generating.generator(server).generate(REQUEST, NEVER)) {
          if (piece.type === 'text') seen.push(piece.text);
        }
      };
      await rejectsWith('server-failed', reading(), /broke off/);
      assert.ok(seen.includes('half'), reply.kind);
    }
  });

  it('tries again when the connection breaks after the headers, before anything came', async () => {
    const server = await generating.serve({
      script: (_, count) => (count === 1 ? { kind: 'reset', afterHeaders: true } : ANSWERS),
    });
    const found = await read(generating.generator(server).generate(REQUEST, NEVER));
    assert.deepEqual(
      found.map((one) => one?.text),
      TEXTS,
    );
    assert.equal(server.requests.length, 2);
  });

  it('gives every try the whole time before it calls the server silent', async () => {
    const silenceMs = 300;
    const server = await generating.serve({
      script: (_, count) =>
        count < 4 ? { kind: 'status', status: 503, message: 'loading', headers: { 'retry-after': '1' } } : ANSWERS,
    });
    const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, silenceMs * 0.6));
    const generator = generating.generator(server, { model: 'm' }, { silenceMs, pause });
    assert.equal((await read(generator.generate(REQUEST, NEVER))).length, 3);
  });

  it('does not follow a redirect, which could lead code to a host that nobody agreed to', async () => {
    const elsewhere = await generating.serve(ANSWERS);
    const headers = { location: `${elsewhere.url}/chat/completions` };
    const server = await generating.serve({ kind: 'status', status: 307, message: 'moved', headers });
    const generator = generating.generator(server, { model: 'm' });
    await rejectsWith('server-refused', read(generator.generate(REQUEST, NEVER)), /another address \(307\)/);
    assert.equal(elsewhere.requests.length, 0);
  });

  it('passes on what the server says inside a stream', async () => {
    const server = await generating.serve({ kind: 'error', text: 'half', message: 'CUDA is out of memory' });
    await rejectsWith(
      'server-failed',
      read(generating.generator(server).generate(REQUEST, NEVER)),
      /CUDA is out of memory/,
    );
  });

  it('cuts off an endless answer and ends the request', async () => {
    const server = await generating.serve({ kind: 'endless', line: 'again\n' });
    const found = await read(generating.generator(server).generate({ ...REQUEST, maxTokens: 20 }, NEVER));
    assert.deepEqual(
      found.map((one) => one?.truncated),
      [true, true, true],
    );
    await settled(() => server.open === 0);
  });

  it('ends its request when the signal is aborted', async () => {
    const server = await generating.serve({ kind: 'endless', line: 'again\n' });
    const stopping = new AbortController();
    const reading = async (): Promise<void> => {
      for await (const piece of generating
        .generator(server)
        .generate({ ...REQUEST, maxTokens: 1e6 }, stopping.signal)) {
        if (piece.index === 2) stopping.abort();
      }
    };
    await rejectsWith('stopped', reading(), /Stopped/);
    await settled(() => server.open === 0);
  });

  it('ends every one of its requests when the signal is aborted, also before an answer', async () => {
    const server = await generating.serve({ script: () => ({ kind: 'silent' }), refuses: ['n'] });
    const stopping = new AbortController();
    const reading = read(generating.generator(server).generate(REQUEST, stopping.signal));
    reading.catch(() => {});
    await settled(() => server.open > 0);
    stopping.abort();
    await rejectsWith('stopped', reading, /Stopped/);
    await settled(() => server.open === 0);
  });

  it('ends its request when the reader leaves', async () => {
    const server = await generating.serve({ kind: 'endless', line: 'again\n' });
    for await (const piece of generating.generator(server).generate({ ...REQUEST, maxTokens: 1e6 }, NEVER)) {
      if (piece.type === 'text') break;
    }
    await settled(() => server.open === 0);
  });

  it('gives up on a server that has fallen silent', async () => {
    const server = await generating.serve({ kind: 'silent' });
    const generator = generating.generator(server, { model: 'm' }, { silenceMs: 60 });
    await rejectsWith('server-failed', read(generator.generate(REQUEST, NEVER)), /has sent nothing/);
    await settled(() => server.open === 0);
  });

  it('stops while it waits for another try', async () => {
    const server = await generating.serve({
      kind: 'status',
      status: 503,
      message: 'loading',
      headers: { 'retry-after': '20' },
    });
    const stopping = new AbortController();
    const connection = { url: server.url, key: null, model: null };
    const generator = new Generator(connection, { onWait: () => stopping.abort() });
    await rejectsWith('stopped', read(generator.generate(REQUEST, stopping.signal)), /Stopped/);
  });
});
