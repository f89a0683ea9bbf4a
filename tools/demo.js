// The demo: sets everything up, starts the embedded model and repairs the broken functions of examples/ in the terminal.
//   node tools/demo.js [--all] [--yes] [--require N]  exit 0: set-up, loop and second opinion held (and N functions were solved)
//   node tools/demo.js --editor [--yes]          opens VS Code on the examples instead, with the extension loaded
import { copyFileSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { onSignal, run } from './children.js';
import { openEditor } from './demo/editor.js';
import { startGateway } from './demo/gateway.js';
import { greenPrograms, outcomeOf, problemOf, runSession } from './demo/session.js';
import { ending, matrix, summary } from './demo/show.js';
import { EXAMPLES } from './examples.js';
import { recheck } from './recheck.js';
import { SetupError } from './setup/context.js';
import { hasAgreed, report, setUp } from './setup.js';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const log = (/** @type {string} */ text) => void process.stdout.write(`${text}\n`);

/** @typedef {Record<string, string>} Paths */
/** @typedef {import('./demo/gateway.js').Gateway} Gateway */
/** @typedef {import('./demo/show.js').Row} Row */

/** As many examples as fit into three minutes on two cores, hard ones among them: the first ones as they are listed. */
const SHOWN = 6;

/** @returns {Promise<number>} the exit status */
async function main() {
  const { values } = parseArgs({
    options: {
      all: { type: 'boolean', default: false },
      editor: { type: 'boolean', default: false },
      yes: { type: 'boolean', default: false },
      require: { type: 'string', default: '0' },
    },
  });
  const least = Number(values.require);
  if (!Number.isInteger(least) || least < 0) throw new SetupError('--require wants a whole number.');
  const began = performance.now();
  const paths = await setUp(values.editor ? 'editor' : 'demo', { yes: hasAgreed(), log });
  await bundle(paths);
  if (values.editor) return await openEditor(ROOT, paths, log);
  log('\nStarting the embedded model on this machine (SmolLM2-135M: small, quick, often wrong) …');
  const gateway = await startGateway(ROOT, paths, log);
  const ready = seconds(began);
  try {
    const chosen = values.all || least > SHOWN ? EXAMPLES : EXAMPLES.slice(0, SHOWN);
    if (chosen.length < EXAMPLES.length)
      log(`The first ${SHOWN} of ${EXAMPLES.length} examples; --all takes them all.`);
    const rows = await repairAll(paths, gateway, chosen);
    return conclude(rows, least, `${ready} s until the model was ready, ${seconds(began)} s in all`);
  } finally {
    await gateway.stop();
  }
}

/** @param {Paths} paths */
async function bundle(paths) {
  const built = await run(paths['node'] ?? process.execPath, ['esbuild.js'], { cwd: ROOT });
  if (built.status !== 0) throw new SetupError(`The bundle cannot be built:\n${built.stdout}${built.stderr}`);
}

/**
 * Works on a copy, so that nothing in the clone can change.
 * @param {Paths} paths
 * @param {Gateway} gateway
 * @param {readonly import('./examples.js').Example[]} examples
 */
async function repairAll(paths, gateway, examples) {
  const folder = mkdtempSync(join(tmpdir(), 'mucode-demo-'));
  const remove = () => rmSync(folder, { recursive: true, force: true });
  const forget = onSignal(remove);
  try {
    for (const name of readdirSync(join(ROOT, 'examples'))) {
      if (name.endsWith('.py')) copyFileSync(join(ROOT, 'examples', name), join(folder, name));
    }
    /** @type {Row[]} */
    const rows = [];
    for (const example of examples) rows.push(await repairOne(paths, gateway, folder, example));
    return rows;
  } finally {
    forget();
    remove();
  }
}

/**
 * @param {Paths} paths
 * @param {Gateway} gateway
 * @param {string} folder
 * @param {import('./examples.js').Example} example
 * @returns {Promise<Row>}
 */
async function repairOne(paths, gateway, folder, { file, entryPoint, bug }) {
  const label = `${file}::${entryPoint}`;
  log(`\n${label}  (${bug})`);
  /** @type {import('./demo/session.js').SessionEvent[]} */
  const events = [];
  const session = await runSession(ROOT, paths, gateway, {
    target: join(folder, label),
    onEvent: (event) => {
      events.push(event);
      if (event.type === 'turn') log(`  turn ${event.turn}, temperature ${event.temperature}`);
      if (event.type === 'pick') log(matrix({ status: 0, trouble: '', seconds: 0, events }, event.turn));
      if (event.type === 'infra') log(`  the judge had trouble: ${event.message}`);
    },
  });
  log(ending(session));
  if (session.status > 1) log(`  ${session.trouble.trim()}`);
  const tests = problemOf(session)?.public_tests.map((test) => test.source) ?? [];
  const green = greenPrograms(session);
  let held = 0;
  for (const { candidate, program } of green) {
    const opinion = await recheck(recheckers(paths), program, tests);
    if (opinion.held) held += 1;
    else log(`  SECOND OPINION DIFFERS for ${candidate}: ${opinion.why}\n${program}`);
  }
  return { label, bug, session, green: green.length, held };
}

/** @param {Paths} paths */
function recheckers({ python, bwrap }) {
  if (python === undefined || bwrap === undefined) throw new SetupError('The set-up found no python or bubblewrap.');
  return { python, bwrap };
}

/**
 * @param {readonly Row[]} rows
 * @param {number} least
 * @param {string} times
 */
function conclude(rows, least, times) {
  const solved = rows.filter(({ session }) => outcomeOf(session) === 'solved').length;
  const broken = rows.filter(({ session }) => session.status > 1 || outcomeOf(session) === 'failed');
  const [green, held] = [sum(rows.map((row) => row.green)), sum(rows.map((row) => row.held))];
  // A session that calls itself solved must have a green mark that was checked again.
  const hollow = rows.filter(({ session, green }) => outcomeOf(session) === 'solved' && green === 0);
  log(`\n${summary(rows)}\n`);
  log(`${solved} of ${rows.length} functions solved; ${held} of ${green} green marks confirmed by a second opinion.`);
  log(`${times}. Functions it did not solve are left as they were; a larger model does better.`);
  for (const { label } of broken) log(`${label}: the loop did not run to its end.`);
  for (const { label } of hollow) log(`${label}: called solved without a green mark.`);
  if (solved < least) log(`--require ${least}: only ${solved} solved.`);
  return held === green && broken.length === 0 && hollow.length === 0 && solved >= least ? 0 : 1;
}

/** @param {readonly number[]} numbers */
const sum = (numbers) => numbers.reduce((total, one) => total + one, 0);
/** @param {number} began */
const seconds = (began) => ((performance.now() - began) / 1000).toFixed(0);

process.exitCode = await main().catch(report);
