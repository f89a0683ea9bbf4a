// The judge's client in a project: discovery with its progress, neighbours, context, and how a discovery is stopped.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Judge } from '../../../src/judge/client.ts';
import { rejectsWith, settled } from '../../fakes/rejection.ts';

const FAKE = join(import.meta.dirname, '../../fakes/judge.py');

describe('Judge in a project', function () {
  this.timeout(60_000);
  let root = '';
  let judge: Judge;
  const signal = new AbortController().signal;

  function start(mode: string): void {
    const env = { ...process.env, FAKE_JUDGE: mode, FAKE_JUDGE_LOG: join(root, 'log') };
    judge = new Judge({ python: null, judgeDir: FAKE, env });
  }

  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), 'mucode-project-'));
    await mkdir(join(root, 'tests'));
    await writeFile(join(root, 'm.py'), 'def f():\n    return 1\n');
    await writeFile(join(root, 'tests/test_m.py'), 'from m import f\n\n\ndef test_f():\n    assert f() == 2\n');
    start('');
  });

  afterEach(async () => {
    await judge.dispose();
    await rm(root, { recursive: true });
  });

  it('tells what it does while it discovers, then what it found', async () => {
    const said: string[] = [];
    const selection = ['tests/test_m.py::test_f'];
    const found = await judge.discover({ root, selection, python: '/py' }, (message) => said.push(message), signal);
    assert.deepEqual(said, ['running the tests']);
    assert.deepEqual(
      found.tests.map((one) => [one.id, one.result]),
      [['tests/test_m.py::test_f', 'fail']],
    );
    assert.equal(found.python.path, '/py');
    assert.deepEqual(found.suspects[0], { file: 'm.py', entry_point: 'f', line: 1, why: 'called' });
  });

  it('finds neighbours and context', async () => {
    assert.deepEqual((await judge.neighbours({ root, file: 'm.py' }, signal)).files, ['tests/test_m.py']);
    const { context, parts } = await judge.context('import os\n', 'f', 1000, signal);
    assert.equal(context, 'import os');
    assert.deepEqual(parts, [{ kind: 'import', name: 'os', lines: [1, 1] }]);
  });

  it('gives the reason for a discovery that found nothing as it is', async () => {
    const none = judge.discover({ root, selection: ['tests/test_m.py::test_g'] }, () => {}, signal);
    await rejectsWith('no-tests', none, /test_g holds no test\. Check its name\./);
  });

  it('ends a discovery in the judge as well when it is stopped', async () => {
    await judge.dispose();
    start('endless');
    const stopping = new AbortController();
    const running = judge.discover({ root, selection: ['tests/test_m.py'] }, () => stopping.abort(), stopping.signal);
    await rejectsWith('stopped', running, /Stopped/);
    await settled(() => readFileSync(join(root, 'log'), 'utf8').includes('cancel'));
  });
});
