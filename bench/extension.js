// How heavy the extension is: size of its package, time to load, time to activate in a real VS Code, and the loop's own time.
// Prints each figure beside its bar; exit 1 when one is missed. Budgets: DESIGN section 8.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { activation } from './extension/activation.js';
import { loopOverhead } from './extension/loop.js';

const ROOT = resolve(import.meta.dirname, '..');
const RUNS = 11;
const scratch = mkdtempSync(join(tmpdir(), 'mucode-bench-'));
let rows;
try {
  command(process.execPath, ['esbuild.js', '--production']);
  rows = [
    { what: 'package (VSIX)', unit: 'KB', bar: 500, value: vsixKilobytes() },
    { what: `load, median of ${RUNS}`, unit: 'ms', bar: 50, value: median(RUNS, () => loaded('load')) },
    {
      what: `activate on a stand-in API, median of ${RUNS}`,
      unit: 'ms',
      bar: 100,
      value: median(RUNS, () => loaded('activate')),
    },
    { what: 'load and activate in VS Code', unit: 'ms', bar: 150, value: await activation(ROOT) },
    { what: 'loop without model and judge', unit: '%', bar: 5, value: await loopOverhead() },
  ];
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
for (const { what, unit, bar, value } of rows) {
  const [figure, limit] = [`${value.toFixed(1)} ${unit}`, `${bar} ${unit}`];
  console.log(
    `${what.padEnd(46)} ${figure.padStart(10)}   bar ${limit.padStart(6)}   ${value <= bar ? 'held' : 'MISSED'}`,
  );
}
process.exitCode = rows.every(({ value, bar }) => value <= bar) ? 0 : 1;

function vsixKilobytes() {
  command(join(ROOT, 'node_modules/.bin/vsce'), [
    'package',
    '--no-dependencies',
    '--no-rewrite-relative-links',
    '--out',
    scratch,
  ]);
  const name = readdirSync(scratch).find((one) => one.endsWith('.vsix'));
  return statSync(join(scratch, name)).size / 1000;
}

/** Milliseconds to load, or to activate, in a new process. */
function loaded(what) {
  const script = join(ROOT, 'bench/extension/load.cjs');
  return Number(command(process.execPath, [script, join(ROOT, 'dist/extension.cjs'), what]));
}

function median(count, measure) {
  const times = Array.from({ length: count }, measure).toSorted((a, b) => a - b);
  return times[Math.floor(count / 2)];
}

function command(program, args) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd: ROOT, encoding: 'utf8' });
  if (status !== 0)
    throw new Error(`${program} ${args.join(' ')} failed:\n${`${stdout}${stderr}${error ?? ''}`.slice(-2000)}`);
  return stdout.trim();
}
