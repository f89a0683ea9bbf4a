// The embedded server's life, with a stand-in for the gateway that fails and resists on request.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findPython } from '../../../src/judge/python.ts';
import { Embedded, readEmbeddedPaths, type EmbeddedState } from '../../../src/models/embedded.ts';
import { rejectsWith, settled } from '../../fakes/rejection.ts';

const GATEWAY = join(import.meta.dirname, '../../fakes/gateway');
const never = new AbortController().signal;

describe('Embedded', function () {
  this.timeout(60_000);
  let python = '';
  let embedded: Embedded | null = null;
  let states: EmbeddedState[] = [];
  let log: string[] = [];

  before(async () => {
    python = await findPython(null);
  });

  beforeEach(() => {
    states = [];
    log = [];
  });

  afterEach(async () => {
    await embedded?.stop();
    embedded = null;
  });

  function serverOf(mode: string): Embedded {
    embedded = new Embedded({
      serverPy: GATEWAY,
      paths: { serverPython: python, sglangPython: 'unused', model: 'tiny' },
      onState: (state) => states.push(state),
      onLog: (line) => log.push(line),
      env: { ...process.env, FAKE_GATEWAY: mode },
    });
    return embedded;
  }

  /** The process that the stand-in started: it says so while it loads. */
  function childPid(): number {
    const said = states.flatMap((state) => (state.state === 'starting' ? [state.message] : [])).join(' ');
    return Number(/child (\d+)/.exec(said)?.[1]);
  }

  it('gives the connection with its token once the server is ready, and says what it waits for', async () => {
    const server = serverOf('ready');
    const progress: string[] = [];
    const connection = await server.start(never, (message) => progress.push(message));
    assert.deepEqual(connection, { url: 'http://127.0.0.1:9/v1', key: 'a-token-of-sixteen', model: null });
    assert.match(progress.at(-1) ?? '', /Loading tiny/);
    assert.deepEqual(log, ['a line of its log', 'not an announcement']);
    assert.deepEqual(await server.start(never), connection);
  });

  it('ends within a second and leaves no process and no file', async () => {
    const temporary = await mkdtemp(join(tmpdir(), 'mucode-test-'));
    const kept = process.env['TMPDIR'];
    process.env['TMPDIR'] = temporary;
    const server = serverOf('ready');
    await server.start(never);
    if (kept === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = kept;
    assert.equal((await readdir(temporary)).length, 1);
    const { pid } = server;
    const began = performance.now();
    await server.stop();
    assert.ok(performance.now() - began < 1500);
    assert.deepEqual(await readdir(temporary), []);
    await rm(temporary, { recursive: true });
    assert.equal(server.state.state, 'stopped');
    assert.ok(pid !== null && isGone(pid));
    await settled(() => isGone(childPid()));
  });

  it('ends a server that resists, within a second', async () => {
    const server = serverOf('stubborn');
    await server.start(never);
    const { pid } = server;
    const began = performance.now();
    await server.stop();
    assert.ok(performance.now() - began < 1500);
    assert.ok(pid !== null && isGone(pid));
    await settled(() => isGone(childPid()));
  });

  it('passes on why the engine failed, and can be started again', async () => {
    const server = serverOf('failed');
    await rejectsWith('server-failed', server.start(never), /No memory left[\s\S]*last words/);
    assert.equal(server.pid, null);
    await rejectsWith('server-failed', server.start(never), /No memory left/);
  });

  it('passes on the last words of a server that does not start', async () => {
    await rejectsWith('server-failed', serverOf('dies').start(never), /status 1[\s\S]*the port is taken/);
    assert.equal(states.at(-1)?.state, 'failed');
  });

  it('says that its Python is missing', async () => {
    const paths = { serverPython: '/nowhere/python', sglangPython: '', model: '' };
    await rejectsWith('server-failed', new Embedded({ serverPy: GATEWAY, paths }).start(never), /could not be started/);
  });

  it('stops when it is told to while it starts', async () => {
    const server = serverOf('loading');
    const stopping = new AbortController();
    const starting = server.start(stopping.signal, (message) => {
      if (message.includes('child')) stopping.abort();
    });
    await rejectsWith('stopped', starting, /Stopped/);
    assert.equal(server.pid, null);
    await settled(() => isGone(childPid()));
  });

  it('says so when the server dies later', async () => {
    const server = serverOf('ready');
    await server.start(never);
    process.kill(server.pid ?? 0, 'SIGKILL');
    await settled(() => server.state.state === 'failed');
    await settled(() => isGone(childPid()));
  });
});

describe('readEmbeddedPaths', () => {
  it('reads what the set-up wrote, and names the set-up where that is missing', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'mucode-paths-'));
    const file = join(folder, 'paths.json');
    try {
      await rejectsWith('server-failed', readEmbeddedPaths(file), /npm run setup/);
      await writeFile(file, JSON.stringify({ serverPython: 'a', sglangPython: 'b' }));
      await rejectsWith('server-failed', readEmbeddedPaths(file), /model should be a string/);
      await writeFile(file, JSON.stringify({ serverPython: 'a', sglangPython: 'b', model: 'c', more: 1 }));
      assert.deepEqual(await readEmbeddedPaths(file), { serverPython: 'a', sglangPython: 'b', model: 'c' });
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});

function isGone(pid: number): boolean {
  return !existsSync(`/proc/${pid}`);
}
