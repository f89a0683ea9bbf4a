// `npm test`: set-up, the gate, and every kind of test in order, going on after a failure. Ends with `N passed, N failed, N skipped`.
// `--long` runs the soaks instead. Ctrl+C ends whatever runs.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onSignal, run } from './children.js';
import { hasAgreed, report as reportSetUp, setUp } from './setup.js';
import { runLanes } from './test/lanes.js';
import { everyDay, soaks } from './test/steps.js';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');
/** The unit of /proc: the same on every Linux. */
const TICKS_PER_S = 100;
let counted = 0;
const write = (/** @type {string} */ text) => void process.stdout.write(text);
const log = (/** @type {string} */ text) => write(`${text}\n`);

/** @typedef {import('./test/steps.js').Step} Step */
/** @typedef {{name: string, seconds: number, busy: number, passed: number, failed: number, skipped: string[]}} Result */

/** @returns {Promise<Result[]>} */
async function main() {
  const began = performance.now();
  try {
    const paths = await setUp('test', { yes: hasAgreed(), log });
    return await runAll(paths, process.argv.includes('--long'));
  } catch (error) {
    reportSetUp(error);
    return [
      { name: 'set-up', seconds: (performance.now() - began) / 1000, busy: 0, passed: 0, failed: 1, skipped: [] },
    ];
  }
}

/**
 * @param {Record<string, string>} paths
 * @param {boolean} long
 */
async function runAll(paths, long) {
  const folder = mkdtempSync(join(tmpdir(), 'mucode-reports-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  onSignal(remove);
  /** @type {Result[]} */
  const results = [];
  try {
    /** @type {[Step, ...Step[]][]} */
    const all = long ? soaks(paths, folder).map((one) => [one]) : everyDay(paths, folder);
    for (const steps of all) results.push(...(await runLanes(steps, write, runStep, runAgain)));
  } finally {
    remove();
  }
  return results;
}

/**
 * @param {Step} step
 * @param {(text: string) => void} print
 * @returns {Promise<Result>}
 */
async function runStep(step, print) {
  print(`\n── ${step.name}\n`);
  const ended = await run(step.command, step.args, {
    cwd: join(ROOT, step.cwd ?? '.'),
    env: { ...environment(), ...step.env },
    timeoutMs: step.minutes * 60_000,
    onOutput: print,
  });
  const result = { name: step.name, seconds: ended.seconds, busy: busySeconds(), ...judged(step, ended, print) };
  const counts = `${result.passed} passed, ${result.failed} failed, ${result.skipped.length} skipped`;
  print(`${step.name}: ${counts} (${times(result)})\n`);
  return result;
}

/**
 * Tests that failed are run once more, alone and one after the other, and it is said.
 * @param {Step} step
 * @param {readonly string[]} args
 * @param {Result} first
 * @returns {Promise<Result>}
 */
async function runAgain(step, args, first) {
  log(`${step.name}: ${first.failed} failed; once more, alone`);
  const second = await runStep({ ...step, name: `${step.name}, once more`, args }, write);
  // Fewer tests than had failed: the first run ended before it could say which.
  const failed = second.passed + second.failed < first.failed ? first.failed : second.failed;
  const [seconds, busy] = [first.seconds + second.seconds, first.busy + second.busy];
  return { name: step.name, seconds, busy, passed: first.passed + second.passed, failed, skipped: first.skipped };
}

/**
 * Seconds that processors worked for what has ended since this was asked last. The kernel counts a program when it has
 * ended, so of two that ran side by side each has its own. 0 where the kernel tells nobody.
 */
function busySeconds() {
  try {
    const stat = readFileSync('/proc/self/stat', 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const before = counted;
    counted = (Number(fields[13]) + Number(fields[14])) / TICKS_PER_S;
    return counted - before;
  } catch {
    return 0;
  }
}

/**
 * How long it took and how much of that a processor worked for it: a step that mostly waits is one to make shorter.
 * @param {Result} result
 */
function times({ seconds, busy }) {
  return `${seconds.toFixed(0)} s, ${busy.toFixed(0)} s of a processor`;
}

/**
 * Counts a step from its report. A step that ended badly has at least one failure, whatever its report says.
 * @param {Step} step
 * @param {{status: number, stdout: string, stderr: string}} ended
 * @param {(text: string) => void} print
 */
function judged(step, ended, print) {
  const ok = ended.status === 0;
  if (step.counts === undefined) return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: [] };
  try {
    const text = step.report === undefined ? ended.stdout : readFileSync(step.report, 'utf8');
    const { passed, failed, skipped, failures = [] } = step.counts(text);
    for (const failure of failures) print(`✗ ${failure}\n\n`);
    // pytest says 5 when no test has the wanted marks.
    const nothing = ended.status === 5 && passed + failed + skipped.length === 0;
    return { passed, failed: ok || nothing ? failed : Math.max(failed, 1), skipped };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    print(`${step.name}: ended with status ${ended.status}; no count (${why})\n`);
    return { passed: 0, failed: 1, skipped: [] };
  }
}

/** The programs of node_modules start with `env node`: they shall find the newer one. */
function environment() {
  const path = `${join(ROOT, 'node_modules/.bin')}${delimiter}${process.env['PATH'] ?? ''}`;
  return { ...process.env, PATH: path, NO_COLOR: '1', PYTHONDONTWRITEBYTECODE: '1' };
}

/** @param {readonly Result[]} results */
function conclude(results) {
  log('');
  for (const result of results) {
    const { name, passed, failed, skipped } = result;
    const mark = failed === 0 ? 'ok  ' : 'FAIL';
    const counts = `${String(passed).padStart(5)} passed ${failed} failed ${skipped.length} skipped`;
    log(`${mark} ${name.padEnd(36)} ${counts}  ${times(result)}`);
  }
  const skipped = results.flatMap((result) => result.skipped.map((title) => `  ${result.name}: ${title}`));
  if (skipped.length > 0) log(`\nSKIPPED, not tested here:\n${skipped.join('\n')}`);
  const sum = (/** @type {(result: Result) => number} */ of) =>
    results.reduce((total, result) => total + of(result), 0);
  const failed = sum((result) => result.failed);
  log(`\n${sum((result) => result.passed)} passed, ${failed} failed, ${skipped.length} skipped`);
  return failed === 0 ? 0 : 1;
}

process.exitCode = conclude(await main());
