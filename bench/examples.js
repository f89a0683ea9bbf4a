// How often the embedded model repairs each function of examples/: k sessions per function through the command line program,
// each with its own seed. `npm run bench:examples -- [K]` prints the table that stands in examples/README.md.
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startGateway } from '../tools/demo/gateway.js';
import { eventsOf, outcomeOf, runSession } from '../tools/demo/session.js';
import { EXAMPLES } from '../tools/examples.js';
import { hasAgreed, report, setUp } from '../tools/setup.js';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const log = (/** @type {string} */ text) => void process.stdout.write(`${text}\n`);

/** @param {number} k sessions per function */
async function measure(k) {
  const paths = await setUp('demo', { yes: hasAgreed(), log });
  const gateway = await startGateway(ROOT, paths, log);
  try {
    log(`\n| function | kind of bug | solved | in turn 1 | distinct programs per session | seconds per session |`);
    log('|---|---|---|---|---|---|');
    let solved = 0;
    for (const example of EXAMPLES) solved += await measureOne(paths, gateway, example, k);
    log(`\n${solved} of ${k * EXAMPLES.length} sessions solved.`);
  } finally {
    await gateway.stop();
  }
}

/**
 * @param {Record<string, string>} paths
 * @param {import('../tools/demo/gateway.js').Gateway} gateway
 * @param {import('../tools/examples.js').Example} example
 * @param {number} k
 */
async function measureOne(paths, gateway, { file, entryPoint, bug }, k) {
  const sessions = [];
  for (let seed = 1; seed <= k; seed += 1) {
    const session = await runSession(ROOT, paths, gateway, {
      target: join(ROOT, 'examples', `${file}::${entryPoint}`),
      seed,
    });
    if (session.status > 1) throw new Error(`${file}, seed ${seed}: ${session.trouble}`);
    sessions.push(session);
  }
  const solved = sessions.filter((session) => outcomeOf(session) === 'solved');
  const first = solved.filter((session) => eventsOf(session, 'turn').length === 1).length;
  const distinct = sessions.flatMap((session) =>
    eventsOf(session, 'candidate').filter((one) => one.duplicateOf === null),
  );
  const seconds = sessions.reduce((total, session) => total + session.seconds, 0) / k;
  const cells = [
    `\`${file}::${entryPoint}\``,
    bug,
    `${solved.length}/${k}`,
    `${first}/${k}`,
    (distinct.length / k).toFixed(1),
    seconds.toFixed(1),
  ];
  log(`| ${cells.join(' | ')} |`);
  return solved.length;
}

const k = Number(process.argv[2] ?? 10);
if (Number.isInteger(k) && k > 0) await measure(k).catch((error) => (process.exitCode = report(error)));
else {
  process.stderr.write('usage: npm run bench:examples -- [sessions per function]\n');
  process.exitCode = 2;
}
