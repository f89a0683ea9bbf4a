// The judge's client against a stand-in that dies, babbles and hangs on request.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Judge, type JudgeOptions } from '../../../src/judge/client.ts';
import type { RunEvent } from '../../../src/judge/runs.ts';
import { PROBLEM } from '../../fakes/recorded.ts';
import { rejectsWith } from '../../fakes/rejection.ts';

const FAKE = join(import.meta.dirname, '../../fakes/judge.py');
const problem = { ...PROBLEM, code: 'def f(x):\n    return x', context: '' };
const signal = new AbortController().signal;

describe('Judge', function () {
  this.timeout(60_000);
  let folder = '';
  let log = '';
  const judges: Judge[] = [];

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mucode-judge-'));
    log = join(folder, 'log');
  });

  afterEach(async () => {
    await Promise.all(judges.splice(0).map((judge) => judge.dispose()));
    await rm(folder, { recursive: true });
  });

  function judgeWith(mode: string, options: Partial<JudgeOptions> & { tier?: string } = {}): Judge {
    const { tier = 'T3', ...rest } = options;
    const env = { ...process.env, FAKE_JUDGE: mode, FAKE_JUDGE_LOG: log, FAKE_JUDGE_TIER: tier };
    const judge = new Judge({ python: null, judgeDir: FAKE, env, ...rest });
    judges.push(judge);
    return judge;
  }

  const program = { id: 't1c1', program: problem.code };
  const verdictOf = (judge: Judge, within = signal) => judge.judge(problem, 'public', program, () => {}, within);

  it('starts nothing before it is asked, and one process for many requests', async () => {
    const judge = judgeWith('');
    assert.equal(judge.pid, null);
    const answers = await Promise.all(Array.from({ length: 20 }, () => verdictOf(judge)));
    assert.ok(answers.every((verdict) => verdict.verdict === 'pass'));
    assert.equal(await starts(), 1);
    assert.notEqual(judge.pid, null);
  });

  it('tells of each test as it ends, and whoever watches of every run', async () => {
    const runs: RunEvent[] = [];
    const judge = judgeWith('', { onRun: (event) => runs.push(event) });
    const seen: string[] = [];
    await judge.judge(
      problem,
      'public',
      program,
      (event) => seen.push(event.type === 'test' ? event.test : ''),
      signal,
    );
    assert.deepEqual(seen, ['t1', 't2', 't3']);
    assert.deepEqual(
      runs.map((event) => event.type),
      ['started', 'judge', 'test', 'test', 'test', 'verdict'],
    );
  });

  it('gives inspection, region and extraction', async () => {
    const judge = judgeWith('');
    const text = 'def g(x):\n    return x\n\nassert g(1) == 1\n';
    assert.equal((await judge.inspect(text, signal)).functions[0]?.name, 'g');
    assert.deepEqual((await judge.region(text, 'g', signal)).lines, [1, 2]);
    const extraction = await judge.extract(problem, 'I cannot.', signal);
    assert.equal(extraction.ok, false);
  });

  it('passes characters on that other line readers would cut at', async () => {
    const text = 'def g(x):\n    return "\u2028\u0085ü😀"\n';
    assert.equal((await judgeWith('').region(text, 'g', signal)).code, text.trimEnd());
  });

  it('takes the judge’s refusal of a region as a missing function', async () => {
    await rejectsWith('no-function', judgeWith('').region('x = 1', 'g', signal), /no such function/);
  });

  it('starts the judge again after its death and asks once more', async () => {
    const judge = judgeWith('dies-once');
    assert.equal((await verdictOf(judge)).verdict, 'pass');
    assert.equal(await starts(), 2);
  });

  it('gives up after the second death, with the judge’s last words and the next step', async () => {
    const judge = judgeWith('dies');
    await rejectsWith('judge-unavailable', verdictOf(judge), /ended with status 7[\s\S]*about to die[\s\S]*doctor/);
    assert.equal(await starts(), 2);
    // The next request begins anew.
    assert.equal((await judge.inspect('x = 1', signal)).functions.length, 0);
  });

  it('says what a judge said that does not even start', async () => {
    await rejectsWith('judge-unavailable', verdictOf(judgeWith('dead')), /out of order/);
  });

  it('does not trust a line that it cannot read', async () => {
    await rejectsWith('judge-unavailable', verdictOf(judgeWith('babbles')), /candidate should be a string/);
  });

  it('refuses to run without isolation, unless that was agreed to', async () => {
    await rejectsWith('no-isolation', verdictOf(judgeWith('no-isolation')), /Install bubblewrap/);
    await rejectsWith('no-isolation', verdictOf(judgeWith('', { tier: 'T0' })), /isolate/);
    const verdict = await verdictOf(judgeWith('', { tier: 'T0', allowT0: true }));
    assert.equal(verdict.tier, 'T0');
  });

  it('leaves no process when it refuses', async () => {
    const judge = judgeWith('', { tier: 'T0' });
    await assert.rejects(verdictOf(judge));
    assert.equal(judge.pid, null);
  });

  it('cancels a running request at once and goes on with others', async () => {
    const judge = judgeWith('silent');
    await judge.hello(signal);
    const stopping = new AbortController();
    const verdict = verdictOf(judge, stopping.signal);
    setImmediate(() => stopping.abort());
    await rejectsWith('stopped', verdict, /Stopped/);
    assert.equal((await judge.inspect('x = 1', signal)).error, null);
    assert.match(await readFile(log, 'utf8'), /cancel r1/);
  });

  it('asks nothing once the signal is aborted', async () => {
    await rejectsWith('stopped', verdictOf(judgeWith(''), AbortSignal.abort()), /Stopped/);
    await assert.rejects(readFile(log));
  });

  it('ends the process and every request when it is disposed, and can be used again', async () => {
    const judge = judgeWith('silent');
    const verdict = verdictOf(judge);
    verdict.catch(() => {});
    await judge.hello(signal);
    const { pid } = judge;
    assert.ok(pid !== null);
    await judge.dispose();
    await rejectsWith('stopped', verdict, /Stopped/);
    assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
    assert.equal((await judge.inspect('x = 1', signal)).error, null);
  });

  it('disposed while it starts leaves no process', async () => {
    const judge = judgeWith('');
    const verdict = verdictOf(judge);
    verdict.catch(() => {});
    await judge.dispose();
    await rejectsWith('stopped', verdict, /Stopped/);
    assert.equal(judge.pid, null);
  });

  it('refuses a file that is too large for one line', async () => {
    await rejectsWith('unsupported', judgeWith('').inspect('#'.repeat(5_000_000), signal), /4 MB/);
  });

  it('says which Python it looked for', async () => {
    await rejectsWith(
      'judge-unavailable',
      verdictOf(judgeWith('', { python: '/nowhere/python3' })),
      /\/nowhere\/python3/,
    );
  });

  async function starts(): Promise<number> {
    return (await readFile(log, 'utf8')).split('\n').filter((line) => line === 'start').length;
  }
});
