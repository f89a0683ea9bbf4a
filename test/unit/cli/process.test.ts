// The command line tool as a process, with the real judge: Ctrl+C, exit status, output for a program.

import assert from 'node:assert/strict';
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fields, text } from '../../../src/protocol/shape.ts';
import { noIsolation } from '../../fakes/isolation.ts';
import { FakeModel, type Reply } from '../../fakes/model.ts';
import { settled } from '../../fakes/rejection.ts';

const CLI = join(import.meta.dirname, '../../../src/cli.ts');
const GOOD = '```python\ndef half(x):\n    return x / 2\n```';
const SOURCE = 'def half(x):\n    return x / 3\n\n\nassert half(4) == 2\nassert half(0) == 0\n';

describe('mucode-repair as a process', function () {
  this.timeout(60_000);
  let folder = '';
  let path = '';
  let server: FakeModel;
  let reply: Reply = { kind: 'answers', texts: [GOOD] };

  before(async function () {
    const reason = await noIsolation();
    if (reason === null) return;
    process.stderr.write(`SKIPPED: the command line tool with the real judge. ${reason}\n`);
    this.skip();
  });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mucode-process-'));
    path = join(folder, 'halves.py');
    await writeFile(path, SOURCE);
    server = await FakeModel.start({ script: () => reply });
  });

  afterEach(async () => {
    await server.stop();
    await rm(folder, { recursive: true });
  });

  function start(...argv: readonly string[]): { child: ChildProcess; output: () => string; errors: () => string } {
    const child = spawn(process.execPath, [CLI, ...argv], { env: { ...process.env, NO_COLOR: '1' } });
    let output = '';
    let errors = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (errors += chunk));
    return { child, output: () => output, errors: () => errors };
  }

  async function statusOf(child: ChildProcess): Promise<unknown> {
    const [status] = (await once(child, 'close')) as unknown[];
    return status;
  }

  it('solves with the real judge and writes the file', async () => {
    reply = { kind: 'answers', texts: [GOOD] };
    const { child, output } = start(`${path}::half`, '--url', server.url, '--apply', '-n', '2');
    assert.equal(await statusOf(child), 0);
    assert.match(output(), /t1c1: 2\/2 pass, outside/);
    assert.equal(await readFile(path, 'utf8'), SOURCE.replace('/ 3', '/ 2'));
  });

  it('prints one event per line with --json', async () => {
    reply = { kind: 'answers', texts: [GOOD] };
    const { child, output } = start(`${path}::half`, '--url', server.url, '--json', '-n', '2');
    assert.equal(await statusOf(child), 0);
    const events = output().trimEnd().split('\n');
    const types = events.map((one) => text(fields(JSON.parse(one), 'event')['type'], 'type'));
    assert.equal(types[0], 'session');
    assert.equal(types.at(-1), 'end');
  });

  it('ends at Ctrl+C within a second, with 130 and nothing left running', async () => {
    reply = { kind: 'endless', line: 'x' };
    const { child } = start(`${path}::half`, '--url', server.url);
    await settled(() => server.open > 0);
    const children = childrenOf(child.pid ?? 0);
    assert.ok(children.length > 0);
    const began = performance.now();
    child.kill('SIGINT');
    assert.equal(await statusOf(child), 130);
    assert.ok(performance.now() - began < 2000);
    await settled(() => server.open === 0 && children.every(isGone));
  });

  it('ends quietly when its reader goes away', async () => {
    reply = { kind: 'endless', line: 'x' };
    const { child, output, errors } = start(`${path}::half`, '--url', server.url, '--json', '-t', '1');
    await settled(() => output() !== '');
    child.stdout?.destroy();
    assert.equal(await statusOf(child), 130);
    assert.equal(errors(), '');
    await settled(() => server.open === 0);
  });

  it('says what is wrong on standard error, with status 2 or 3', async () => {
    const usage = start();
    assert.equal(await statusOf(usage.child), 2);
    assert.match(usage.errors(), /^mucode-repair: Give either/);
    const gone = await FakeModel.start({ script: () => reply });
    const { url } = gone;
    await gone.stop();
    const refused = start(`${path}::half`, '--url', url);
    assert.equal(await statusOf(refused.child), 3);
    assert.match(refused.errors(), /ECONNREFUSED/);
  });
});

function childrenOf(pid: number): readonly number[] {
  const listed = execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' });
  return listed.trim().split(/\s+/).map(Number);
}

function isGone(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return false;
  } catch {
    return true;
  }
}
