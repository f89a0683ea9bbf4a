// What a connection test says about a gateway, any other server, and none.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { apiUrl, rootUrl } from '../../../src/models/connection.ts';
import { checkConnection } from '../../../src/models/health.ts';
import { FakeModel } from '../../fakes/model.ts';
import { rejectsWith } from '../../fakes/rejection.ts';

const never = new AbortController().signal;
const STATE = {
  state: 'ready',
  message: 'Ready.',
  engine: 'sglang',
  device: 'cpu',
  model: 'm',
  context_length: 4096,
  log: ['one', 'last words'],
  verifier: null,
  started_s: 3.5,
};

describe('addresses', () => {
  it('get their /v1 where there is no path, and keep any other', () => {
    assert.equal(apiUrl('http://h:1'), 'http://h:1/v1');
    assert.equal(apiUrl('http://h:1/'), 'http://h:1/v1');
    assert.equal(apiUrl('http://h:1/v1/'), 'http://h:1/v1');
    assert.equal(apiUrl('https://h/api/openai'), 'https://h/api/openai');
    assert.equal(rootUrl('http://h:1/v1'), 'http://h:1');
    assert.equal(rootUrl('https://h/api/v2'), 'https://h/api');
  });

  it('that are none are refused in the user’s words', () => {
    for (const url of ['', 'h:1', 'ftp://h/', 'not a url']) assert.throws(() => apiUrl(url), /is not the address/);
  });
});

describe('checkConnection', () => {
  const stops: (() => Promise<unknown>)[] = [];
  afterEach(async () => {
    await Promise.all(stops.splice(0).map((stop) => stop()));
  });

  async function gateway(state: object, seen: string[] = []): Promise<string> {
    const server: Server = createServer((request, response) => {
      seen.push(`${request.url} ${request.headers.authorization ?? 'no key'}`);
      const open = request.url === '/healthz';
      if (!open && request.headers.authorization !== 'Bearer k') response.writeHead(401);
      const models = { data: [{ id: 'm' }] };
      const bodies: Readonly<Record<string, object>> = {
        '/healthz': { status: 'ok', state: 'ready' },
        '/v1/state': state,
        '/v1/models': models,
      };
      response.end(JSON.stringify(bodies[request.url ?? ''] ?? {}));
    });
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    stops.push(() => new Promise((resolve) => void server.close(resolve)));
    const address = server.address();
    return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
  }

  async function other(models: readonly string[], key?: string): Promise<FakeModel> {
    const script = () => ({ kind: 'answers', texts: [] }) as const;
    const server = await FakeModel.start({ script, models, ...(key !== undefined && { key }) });
    stops.push(() => server.stop());
    return server;
  }

  it('knows a gateway that is ready, and shows its key only to it', async () => {
    const seen: string[] = [];
    const health = await checkConnection({ url: await gateway(STATE, seen), key: 'k', model: null }, never);
    assert.equal(health.ok, true);
    assert.equal(health.gateway?.context_length, 4096);
    assert.equal(health.verifier, false);
    assert.match(health.message, /Ready: m .*tests only/);
    assert.equal(seen[0], '/healthz no key');
  });

  it('knows a verifier', async () => {
    const url = await gateway({ ...STATE, verifier: 'v1' });
    const health = await checkConnection({ url, key: 'k', model: null }, never);
    assert.equal(health.verifier, true);
    assert.match(health.message, /\(with a verifier\)/);
  });

  it('says that a verifier is not ready, and why, while the generator is', async () => {
    const away = { verifier: 'v1', verifier_state: 'failed', verifier_message: 'Out of memory.', verifier_log: [] };
    const url = await gateway({ ...STATE, ...away });
    const health = await checkConnection({ url, key: 'k', model: null }, never);
    assert.equal(health.ok, true);
    assert.match(health.message, /\(its verifier is failed: tests only. Out of memory\)/);
  });

  it('passes on what a gateway says that is starting or has failed', async () => {
    const starting = await gateway({ ...STATE, state: 'starting', message: 'Loading the model.' });
    const health = await checkConnection({ url: starting, key: 'k', model: null }, never);
    assert.equal(health.ok, false);
    assert.match(health.message, /starting: Loading the model/);
    const failed = await gateway({ ...STATE, state: 'failed', message: 'No memory.' });
    assert.match(
      (await checkConnection({ url: failed, key: 'k', model: null }, never)).message,
      /No memory[\s\S]*last words/,
    );
  });

  it('says that the key is wrong', async () => {
    const health = await checkConnection({ url: await gateway(STATE), key: 'wrong', model: null }, never);
    assert.equal(health.ok, false);
    assert.match(health.message, /401.*Set the key/);
  });

  it('works with any other server', async () => {
    const server = await other(['a', 'b']);
    const health = await checkConnection({ url: server.url, key: null, model: 'b' }, never);
    assert.deepEqual([health.ok, health.gateway, health.models], [true, null, ['a', 'b']]);
  });

  it('says which models there are when the wanted one is missing, and when there is none', async () => {
    const wanted = await checkConnection({ url: (await other(['a', 'b'])).url, key: null, model: 'c' }, never);
    assert.match(wanted.message, /does not list the model "c".*a, b/);
    assert.equal(wanted.ok, false);
    const empty = await checkConnection({ url: (await other([])).url, key: null, model: null }, never);
    assert.match(empty.message, /lists no model/);
  });

  it('says that nobody answers', async () => {
    const server = await other(['a']);
    const { url } = server;
    await server.stop();
    stops.length = 0;
    const health = await checkConnection({ url, key: null, model: null }, never);
    assert.match(health.message, /ECONNREFUSED.*Is the server running/);
    const bad = await checkConnection({ url: 'nonsense', key: null, model: null }, never);
    assert.match(bad.message, /is not the address/);
  });

  it('says that something else lives there', async () => {
    const server = createServer((_, response) => response.end('<html>Hello</html>'));
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
    stops.push(() => new Promise((resolve) => void server.close(resolve)));
    const address = server.address();
    const url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`;
    assert.match((await checkConnection({ url, key: null, model: null }, never)).message, /Check the URL/);
  });

  it('stops when it is told to', async () => {
    await rejectsWith(
      'stopped',
      checkConnection({ url: 'http://127.0.0.1:1', key: null, model: null }, AbortSignal.abort()),
      /Stopped/,
    );
  });
});
