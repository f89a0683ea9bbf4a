// What the way from TypeScript to the judge adds to a verdict: the same candidate judged by the client, and by the judge's
// own clock around the same work. Prints medians and the difference; exit 1 when it is 1 ms or more.
// Also the time to the first verdict of a new judge, and 200 candidates asked for at once.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { loadavg } from 'node:os';
import { join, resolve } from 'node:path';
import { Judge } from '../src/judge/client.ts';

const ROOT = resolve(import.meta.dirname, '..');
const ROUNDS = 300;
const TURNS = 5;
const AT_ONCE = 200;
const BAR_MS = 1;
const signal = new AbortController().signal;
const problem = {
  id: 'hop',
  language: 'python',
  kind: 'function',
  instruction: '',
  context: '',
  entry_point: 'add',
  code: 'def add(a, b):\n    return a - b',
  public_tests: [{ id: 't0', source: 'assert add(1, 2) == 3' }],
  private_tests: [],
  time_limit_s: 20,
};
const program = 'def add(a, b):\n    return a + b\n';
const python = JSON.parse(readFileSync(join(ROOT, '.mucode/paths.json'), 'utf8')).serverPython;

const judge = new Judge({ python, judgeDir: join(ROOT, 'server-py/mucode/judge') });
try {
  const first = await timed(() => verdict(0));
  for (let n = 0; n < 50; n++) await verdict(n);
  const [mine, theirs] = [[], []];
  // In turns, so that what else the machine does weighs on both alike.
  for (let turn = 0; turn < TURNS; turn++) {
    for (let n = 0; n < ROUNDS / TURNS; n++) mine.push(await timed(() => verdict(n)));
    theirs.push(...inPython());
  }
  const hop = median(mine) - median(theirs);
  const all = await timed(() => Promise.all(Array.from({ length: AT_ONCE }, (_, n) => verdict(n))));
  console.log(`first verdict of a new judge   ${first.toFixed(0)} ms`);
  console.log(`verdict through TypeScript     ${median(mine).toFixed(2)} ms`);
  console.log(`verdict within Python          ${median(theirs).toFixed(2)} ms`);
  console.log(
    `added by the hop               ${hop.toFixed(2)} ms   bar ${BAR_MS} ms   ${hop < BAR_MS ? 'held' : 'MISSED'}`,
  );
  console.log(
    `${AT_ONCE} candidates at once         ${(all / 1000).toFixed(2)} s, ${Math.round((AT_ONCE * 1000) / all)} a second`,
  );
  console.log(`load while measuring: ${loadavg()[0].toFixed(1)}`);
  process.exitCode = hop < BAR_MS ? 0 : 1;
} finally {
  await judge.dispose();
}

async function verdict(n) {
  const answer = await judge.judge(problem, 'public', { id: `c${n}`, program }, () => {}, signal);
  if (answer.verdict !== 'pass') throw new Error(`The judge is wrong: ${JSON.stringify(answer)}`);
}

async function timed(work) {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** Milliseconds of the same verdicts, judged in the process that asks. */
function inPython() {
  const script = join(ROOT, 'bench/hop/python.py');
  if (!existsSync(script)) throw new Error(`${script} is missing`);
  const done = spawnSync(python, [script, String(ROUNDS / TURNS)], {
    input: JSON.stringify({ problem, program }),
    encoding: 'utf8',
  });
  if (done.status !== 0) throw new Error(done.stderr);
  return JSON.parse(done.stdout);
}

function median(values) {
  return values.toSorted((a, b) => a - b)[values.length >> 1];
}
