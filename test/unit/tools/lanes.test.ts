// Steps of `npm test` that run side by side: what failed gets a second chance alone, and a signal loses no output.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { runLanes } from '../../../tools/test/lanes.js';
import { everyDay } from '../../../tools/test/steps.js';

const lanes = join(import.meta.dirname, '../../../tools/test/lanes.js');
const named = (name: string, again?: readonly string[]) => ({
  name,
  command: name,
  args: [],
  minutes: 1,
  ...(again === undefined ? {} : { again }),
});

describe('steps side by side', () => {
  it('run a failed one once more, after the others have ended', async () => {
    const said: string[] = [];
    const other = Promise.withResolvers<void>();
    const runStep = async ({ name }: { name: string }): Promise<{ failed: number }> => {
      // The lane ends long before the loud step.
      if (name === 'loud') await other.promise;
      else setImmediate(other.resolve);
      said.push(`${name} ended`);
      return { failed: name === 'loud' ? 0 : 1 };
    };
    const runAgain = async ({ name }: { name: string }, again: readonly string[]): Promise<{ failed: number }> => {
      said.push(`${name} again ${again.join(' ')}`);
      return { failed: 0 };
    };
    const steps = [named('loud', ['x']), named('lane', ['failed']), named('last')] as const;
    const results = await runLanes([...steps], () => {}, runStep, runAgain);
    assert.deepEqual(said, ['lane ended', 'last ended', 'loud ended', 'lane again failed']);
    assert.deepEqual(results, [{ failed: 0 }, { failed: 0 }, { failed: 1 }]);
  });

  it('have a second chance where they are tests in Python beside others', () => {
    const beside = everyDay({}, '/reports').flatMap(([, ...others]) => others);
    assert.equal(beside.length, 2);
    for (const step of beside) assert.ok(step.again?.includes('--last-failed'), step.name);
  });

  it('print the last 2 MiB of what a quiet one said', async () => {
    const out: string[] = [];
    const runStep = async ({ name }: { name: string }, print: (text: string) => void): Promise<{ failed: number }> => {
      if (name === 'lane') for (const word of ['FIRST', 'x'.repeat(2 * 1024 * 1024 - 4), 'LAST']) print(word);
      return { failed: 0 };
    };
    await runLanes(
      [named('loud'), named('lane')],
      (text) => out.push(text),
      runStep,
      () => assert.fail('nothing failed'),
    );
    const [, kept = ''] = out;
    assert.deepEqual([kept.length, kept.slice(-5), kept.includes('FIRST')], [2 * 1024 * 1024, 'xLAST', false]);
  });

  it('print what a quiet one said when a signal ends them', async () => {
    const program = `
      import { runLanes } from ${JSON.stringify(lanes)};
      setInterval(() => {}, 1000);
      const runStep = (step, print) => new Promise(() => print(step.name === 'lane' ? 'KEPT' : 'READY'));
      const write = (text) => void process.stdout.write(text);
      const [loud, lane] = ['loud', 'lane'].map((name) => ({ name, command: '', args: [], minutes: 1 }));
      setImmediate(() => write('WAITING'));
      await runLanes([loud, lane], write, runStep, runStep);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', program]);
    let said = '';
    for await (const part of child.stdout.setEncoding('utf8')) {
      said += part;
      if (String(part).includes('WAITING')) {
        assert.ok(!said.includes('KEPT'));
        child.kill('SIGINT');
      }
    }
    if (child.exitCode === null) await once(child, 'exit');
    assert.equal(child.exitCode, 130);
    assert.match(said, /WAITINGKEPT$/);
  });
});
