// Components in the cache: built once, mended when damaged, never seen half-built, one builder at a time.

import assert from 'node:assert/strict';
import { spawn, spawnSync } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { once } from 'node:events';
import { join } from 'node:path';
import { component } from '../../../tools/setup/component.js';
import { createContext } from '../../../tools/setup/context.js';
import { withCacheLock } from '../../../tools/setup/cache_lock.js';

const BIG = 2 * 1024 * 1024;

describe('a component of the cache', () => {
  let cache = '';
  let said: string[] = [];
  let builds = 0;
  beforeEach(() => {
    cache = mkdtempSync(join(tmpdir(), 'mucode-cache-'));
    said = [];
    builds = 0;
  });
  afterEach(() => rmSync(cache, { recursive: true, force: true }));

  const context = () => ({ ...createContext({ yes: false, log: (text: string) => void said.push(text) }), cache });
  const build = (folder: string) => {
    builds += 1;
    mkdirSync(join(folder, 'deep/er'), { recursive: true });
    writeFileSync(join(folder, 'deep/er/small'), 'x');
    writeFileSync(join(folder, 'big'), Buffer.alloc(BIG));
    return Promise.resolve();
  };
  const made = () => component(context(), { name: 'thing', key: 'k1', about: 'tiny', build });

  it('is built once', async () => {
    const folder = await made();
    assert.equal(await made(), folder);
    assert.equal(builds, 1);
    assert.ok(existsSync(join(folder, 'deep/er/small')));
    assert.deepEqual(readdirSync(cache), ['thing-k1']);
  });

  it('is built again when a file deep inside is deleted', async () => {
    rmSync(join(await made(), 'deep/er/small'));
    const folder = await made();
    assert.equal(builds, 2);
    assert.ok(existsSync(join(folder, 'deep/er/small')));
    assert.ok(said.some((line) => line.includes('damaged')));
  });

  it('is built again when a big file is cut short', async () => {
    truncateSync(join(await made(), 'big'), BIG - 1);
    await made();
    assert.equal(builds, 2);
  });

  it('is built again when its manifest is missing or unreadable', async () => {
    writeFileSync(join(await made(), 'mucode-manifest.json'), '{"names":');
    await made();
    assert.equal(builds, 2);
  });

  it('leaves nothing that looks finished when building fails, and is built by the next try', async () => {
    const fails = component(context(), {
      name: 'thing',
      key: 'k1',
      about: 'tiny',
      build: async (folder: string) => {
        await build(folder);
        throw new Error('no space left');
      },
    });
    await assert.rejects(fails, /no space left/);
    assert.ok(!existsSync(join(cache, 'thing-k1')));
    await made();
    assert.deepEqual(readdirSync(cache), ['thing-k1']);
  });

  it('is built by one of several that ask at the same time', async () => {
    const folders = await Promise.all([made(), made()]);
    assert.equal(folders[0], folders[1]);
    assert.equal(builds, 1);
  });
});

describe('the lock of the cache', () => {
  let cache = '';
  beforeEach(() => (cache = mkdtempSync(join(tmpdir(), 'mucode-cache-'))));
  afterEach(() => rmSync(cache, { recursive: true, force: true }));
  const silent = () => undefined;

  it('is taken over from a dead process', async () => {
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    writeFileSync(join(cache, 'lock'), JSON.stringify({ host: hostname(), pid: dead, started: '1' }));
    assert.equal(await withCacheLock(cache, silent, () => Promise.resolve('done')), 'done');
    assert.deepEqual(readdirSync(cache), []);
  });

  it('is taken over when its number belongs to a younger process now', async () => {
    writeFileSync(join(cache, 'lock'), JSON.stringify({ host: hostname(), pid: process.pid, started: 'long ago' }));
    assert.equal(await withCacheLock(cache, silent, () => Promise.resolve('done')), 'done');
  });

  it('is taken over from a zombie', async () => {
    // The shell turns into `sleep`, which never collects its ended child.
    const shell = spawn('/bin/sh', ['-c', 'sleep 60 & echo $!; exec sleep 60'], {
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const pid = Number(String((await once(shell.stdout, 'data'))[0]));
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
    writeFileSync(join(cache, 'lock'), JSON.stringify({ host: hostname(), pid, started: fields[19] }));
    process.kill(pid, 'SIGKILL');
    assert.equal(await withCacheLock(cache, silent, () => Promise.resolve('done')), 'done');
    shell.kill('SIGKILL');
  });

  it('is waited for, with a message, while its owner lives', async () => {
    const module = new URL('../../../tools/setup/cache_lock.js', import.meta.url).href;
    const holds = `import { withCacheLock } from '${module}'; import { writeFileSync } from 'node:fs';
      await withCacheLock(process.argv[1], console.log, async () => {
        process.stdout.write('held'); await new Promise((r) => process.stdin.once('data', r));
        writeFileSync(process.argv[1] + '/order', 'first'); process.exit(0); });`;
    const other = spawn(process.execPath, ['--input-type=module', '-e', holds, cache], { stdio: 'pipe' });
    await new Promise((resolve) => other.stdout.once('data', resolve));
    const said: string[] = [];
    const told = (text: string) => {
      said.push(text);
      other.stdin.write('go on\n');
    };
    const seen = await withCacheLock(cache, told, () => Promise.resolve(readFileSync(join(cache, 'order'), 'utf8')));
    assert.equal(seen, 'first');
    assert.equal(said.length, 1);
    assert.match(said[0] ?? '', /waiting for another set-up/);
  });
});
