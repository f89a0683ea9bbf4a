// The real judge killed at any moment: nothing of it lives on, and whoever waits for verdicts gets them from a new one.

import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { Judge } from '../../../src/judge/client.ts';
import { PROBLEM } from '../../fakes/recorded.ts';

const JUDGE = join(import.meta.dirname, '../../../server-py/mucode/judge');
const ROUNDS = 4;
const AT_ONCE = 6;
const signal = new AbortController().signal;
const problem = {
  ...PROBLEM,
  context: '',
  code: 'def f(x):\n    return None',
  public_tests: [1, 2, 3].map((n) => ({ id: `t${n}`, source: `assert f(${n}) == ${n}` })),
};
// A process of its own per call, so that there is something that could live on.
const program = [
  'import os, time',
  'def f(x):',
  '    if os.fork() == 0:',
  '        os.setsid()',
  '        time.sleep(600)',
  '    time.sleep(0.1)',
  '    return x',
].join('\n');

describe('The real judge, killed', function () {
  this.timeout(180_000);

  it('leaves no process, and its unfinished jobs are done by the next one', async function () {
    if (process.platform !== 'linux') this.skip();
    const judge = new Judge({ python: null, judgeDir: JUDGE });
    try {
      await judge.hello(signal);
      for (let round = 0; round < ROUNDS; round++) {
        const running = Promise.all(
          Array.from({ length: AT_ONCE }, (_, n) =>
            judge.judge(problem, 'public', { id: `c${round}-${n}`, program }, () => {}, signal),
          ),
        );
        // Any moment will do: before the first child, between two, while several run.
        await pause(Math.random() * 500);
        const { pid } = judge;
        assert.ok(pid !== null);
        const below = await descendants(pid);
        process.kill(pid, 'SIGKILL');
        const verdicts = await running;
        assert.deepEqual(
          verdicts.map(({ verdict }) => verdict),
          Array.from({ length: AT_ONCE }, () => 'pass'),
        );
        assert.notEqual(judge.pid, pid);
        await gone([pid, ...below]);
      }
    } finally {
      const { pid } = judge;
      const below = pid === null ? [] : await descendants(pid);
      await judge.dispose();
      await gone(below);
    }
  });
});

async function descendants(pid: number): Promise<number[]> {
  const tasks = await readdir(`/proc/${pid}/task`).catch(() => []);
  const lists = await Promise.all(
    tasks.map((task) => readFile(`/proc/${pid}/task/${task}/children`, 'utf8').catch(() => '')),
  );
  const children = lists.flatMap((list) => list.split(' ').filter(Boolean).map(Number));
  const below = await Promise.all(children.map(descendants));
  return [...children, ...below.flat()];
}

/** Waits until none of the processes is left; a process that ended and was not waited for counts as gone. */
async function gone(pids: readonly number[]): Promise<void> {
  const deadline = performance.now() + 10_000;
  for (const pid of pids) {
    while (existsSync(`/proc/${pid}`) && !(await isZombie(pid))) {
      assert.ok(performance.now() < deadline, `process ${pid} lives on`);
      await pause(20);
    }
  }
}

async function isZombie(pid: number): Promise<boolean> {
  const status = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') Z');
  return status.slice(status.lastIndexOf(')')).startsWith(') Z');
}
