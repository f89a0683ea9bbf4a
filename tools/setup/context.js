// What every set-up step is given: where things live, how to speak, how to run a program, how to keep a finished component.
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run as runChild } from '../children.js';
import { component } from './component.js';

const HEARTBEAT_MS = 20_000;
/** Lines of a failed program's output that are shown from its beginning, and as many from its end. */
const SHOWN = 12;

/** An expected failure of the set-up. The message says what happened and what the user can do. */
export class SetupError extends Error {
  name = 'SetupError';
}

/**
 * @typedef {object} Context
 * @property {string} root the clone
 * @property {string} cache the folder of heavy things, shared by clones
 * @property {boolean} yes whether the user has agreed to installations beforehand
 * @property {Record<string, string>} paths what the steps found or made; written to .mucode/paths.json
 * @property {(text: string) => void} log prints one line
 * @property {(path: string) => boolean} exists
 * @property {(command: string, args: readonly string[], options?: RunOptions) => Promise<{stdout: string, stderr: string}>} run
 *   runs a program; SetupError with the last lines of its output when it fails
 * @property {(part: import('./component.js').Part) => Promise<string>} component
 *   the folder of a finished component, built first where it is missing or damaged
 */

/** @typedef {{cwd?: string, env?: NodeJS.ProcessEnv}} RunOptions */

/**
 * @param {{yes: boolean, log?: (text: string) => void}} options
 * @returns {Context}
 */
export function createContext(options) {
  const log = options.log ?? ((text) => void process.stdout.write(`${text}\n`));
  /** @type {Context} */
  const ctx = {
    root: resolve(dirname(fileURLToPath(import.meta.url)), '../..'),
    cache: resolve(process.env['MUCODE_CACHE'] ?? join(homedir(), '.cache', 'mucode')),
    yes: options.yes,
    paths: {},
    log,
    exists: existsSync,
    run: (command, args, runOptions) => runLoudly(log, command, args, runOptions),
    component: (part) => component(ctx, part),
  };
  return ctx;
}

/**
 * Runs a program quietly, but says every twenty seconds that it is still at work.
 * @param {(text: string) => void} log
 * @param {string} command
 * @param {readonly string[]} args
 * @param {RunOptions} [options]
 */
async function runLoudly(log, command, args, options = {}) {
  const began = Date.now();
  const beat = setInterval(() => log(`    … ${Math.round((Date.now() - began) / 1000)} s`), HEARTBEAT_MS);
  const result = await runChild(...mortal(command, args), options).finally(() => clearInterval(beat));
  if (result.status === 0) return result;
  const lines = `${result.stdout}${result.stderr}`.trimEnd().split('\n');
  const shown = lines.length <= 2 * SHOWN ? lines : [...lines.slice(0, SHOWN), '  …', ...lines.slice(-SHOWN)];
  throw new SetupError(
    `This command failed (status ${result.status}):\n  ${[command, ...args].join(' ')}\n${shown.join('\n')}\n` +
      'Mend the cause (network, disk space, permissions) and run the same set-up again; finished parts are kept.',
  );
}

/**
 * An installer must not write on when this program is killed: the next set-up would share the folder with it.
 * @param {string} command
 * @param {readonly string[]} args
 * @returns {[string, readonly string[]]}
 */
function mortal(command, args) {
  const prefix = '/usr/bin/setpriv';
  return existsSync(prefix) ? [prefix, ['--pdeathsig', 'KILL', '--', command, ...args]] : [command, args];
}
