// Finds a Python that server-py can use. Nothing is installed here.
import { run } from '../children.js';
import { SetupError } from './context.js';

/** 3.11 first: it is what the project is tested with. */
const NAMES = ['python3.11', 'python3.12', 'python3.13', 'python3', 'python'];
const OLDEST = [3, 11];
const NEWEST = [3, 13];

/** The base interpreter, so that a virtual environment which happens to be active is not built upon. */
const PROBE =
  'import json, sys, importlib.util as u; ' +
  'print(json.dumps([getattr(sys, "_base_executable", "") or sys.executable, sys.version_info[:3], ' +
  'sys.implementation.name, u.find_spec("ensurepip") is not None]))';

/**
 * @typedef {object} Interpreter
 * @property {string} path
 * @property {string} version such as 3.11.7
 * @property {boolean} hasEnsurepip false on a Debian without python3-venv
 */

/**
 * @returns {Promise<Interpreter | undefined>}
 */
export async function findInterpreter() {
  for (const name of NAMES) {
    const answer = await run(name, ['-I', '-c', PROBE]);
    if (answer.status !== 0) continue;
    /** @type {[string, [number, number, number], string, boolean]} */
    const [path, version, implementation, hasEnsurepip] = JSON.parse(answer.stdout);
    if (implementation === 'cpython' && isSupported(version)) return { path, version: version.join('.'), hasEnsurepip };
  }
  return undefined;
}

/** @returns {Promise<Interpreter>} */
export async function requireInterpreter() {
  const found = await findInterpreter();
  if (found !== undefined) return found;
  throw new SetupError(
    `No Python ${OLDEST.join('.')} to ${NEWEST.join('.')} was found (tried ${NAMES.join(', ')}). ` +
      'Install one, for example `apt-get install python3 python3-venv` on Debian 12 or newer, and run this again.',
  );
}

/** @param {[number, number, number]} version */
function isSupported([major, minor]) {
  return major === OLDEST[0] && minor >= (OLDEST[1] ?? 0) && minor <= (NEWEST[1] ?? 0);
}
