// How heavy the extension is: size of its package, time to load, time to activate in a real VS Code, and the loop's own time.
// Prints each figure beside its bar; exit 1 when one is missed. Budgets: DESIGN section 8.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, loadavg, tmpdir } from 'node:os';
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
    { what: `load, median of ${RUNS}`, unit: 'ms', bar: 50, ...inNewProcesses('load') },
    { what: `activate on a stand-in, median of ${RUNS}`, unit: 'ms', bar: 100, ...inNewProcesses('activate') },
    { what: 'load and activate in VS Code', unit: 'ms', bar: 150, value: await activation(ROOT) },
    { what: 'loop without model and judge', unit: '%', bar: 5, value: await loopOverhead() },
  ];
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
for (const { what, unit, bar, value, processor } of rows) {
  const own = processor === undefined ? '' : `   (processor: ${processor.toFixed(1)} ms)`;
  const [figure, limit] = [`${value.toFixed(1)} ${unit}`, `${bar} ${unit}`];
  const held = value <= bar ? 'held  ' : 'MISSED';
  console.log(`${what.padEnd(40)} ${figure.padStart(9)}   bar ${limit.padStart(6)}   ${held}${own}`);
}
const [load = 0] = loadavg();
if (load > availableParallelism()) {
  const cores = availableParallelism();
  console.log(
    `The machine is busy (load ${load.toFixed(1)} on ${cores} cores): the milliseconds by the clock are too high.`,
  );
}
process.exitCode = rows.every(({ value, bar }) => value <= bar) ? 0 : 1;

function vsixKilobytes() {
  const vsce = join(ROOT, 'node_modules/@vscode/vsce/vsce');
  const options = ['--no-dependencies', '--no-rewrite-relative-links', '--out', scratch];
  command(process.execPath, [vsce, 'package', ...options]);
  const name = readdirSync(scratch).find((one) => one.endsWith('.vsix'));
  return statSync(join(scratch, name)).size / 1000;
}

/** Loads, or activates, in new processes: the medians of the clock and of the processor's own time, in milliseconds. */
function inNewProcesses(what) {
  const script = join(ROOT, 'bench/extension/load.cjs');
  const bundle = join(ROOT, 'dist/extension.cjs');
  const runs = Array.from({ length: RUNS }, () => JSON.parse(command(process.execPath, [script, bundle, what])));
  return { value: median(runs.map((run) => run.wall)), processor: median(runs.map((run) => run.processor)) };
}

function median(times) {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length / 2)];
}

function command(program, args) {
  const { status, stdout, stderr, error } = spawnSync(program, args, { cwd: ROOT, encoding: 'utf8' });
  if (status !== 0)
    throw new Error(`${program} ${args.join(' ')} failed:\n${`${stdout}${stderr}${error ?? ''}`.slice(-2000)}`);
  return stdout.trim();
}
