// Starts other programs, each in a process group of its own, and ends every group when this program ends.
// What is started, and why, is the callers' business.
import { spawn } from 'node:child_process';

const KEPT_OUTPUT = 4 * 1024 * 1024;
const GRACE_MS = 3000;

/** @type {Set<import('node:child_process').ChildProcess>} */
const running = new Set();
/** @type {Set<() => Promise<void> | void>} */
const farewells = new Set();
let watching = false;
let leaving = false;

/**
 * Starts a program in its own process group.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnOptions} [options]
 */
export function start(command, args, options = {}) {
  watchSignals();
  const child = spawn(command, [...args], { ...options, detached: true });
  running.add(child);
  // A grandchild may outlive its parent: the group is ended when the child is gone.
  child.once('exit', () => {
    signalGroup(child, 'SIGTERM');
    running.delete(child);
  });
  child.once('error', () => running.delete(child));
  return child;
}

/**
 * Runs a program to its end.
 * `show` passes its output through; otherwise the output is kept (4 MiB at most) and returned.
 * A program that cannot be started gives status 127 and the reason in stderr.
 * @param {string} command
 * @param {readonly string[]} args
 * @param {{cwd?: string, env?: NodeJS.ProcessEnv, show?: boolean, input?: string, onOutput?: (text: string) => void,
 *   timeoutMs?: number}} [options]
 * @returns {Promise<{status: number, stdout: string, stderr: string, seconds: number}>}
 */
export function run(command, args, options = {}) {
  const began = performance.now();
  const output = options.show ? 'inherit' : 'pipe';
  const input = options.input === undefined ? 'ignore' : 'pipe';
  return new Promise((resolve) => {
    const child = start(command, args, { cwd: options.cwd, env: options.env, stdio: [input, output, output] });
    const kept = { stdout: '', stderr: '' };
    const take = (/** @type {'stdout' | 'stderr'} */ name) => (/** @type {string} */ text) => {
      kept[name] = (kept[name] + text).slice(-KEPT_OUTPUT);
      options.onOutput?.(text);
    };
    child.stdout?.setEncoding('utf8').on('data', take('stdout'));
    child.stderr?.setEncoding('utf8').on('data', take('stderr'));
    child.stdin?.on('error', () => undefined).end(options.input); // a child that never reads is no fault of ours
    const timer = options.timeoutMs === undefined ? undefined : setTimeout(() => void end(child), options.timeoutMs);
    const finish = (/** @type {number} */ status, more = '') => {
      clearTimeout(timer);
      // A signal ends this program: whoever waits must not go on to the next thing meanwhile.
      if (!leaving)
        resolve({
          status,
          stdout: kept.stdout,
          stderr: kept.stderr + more,
          seconds: (performance.now() - began) / 1000,
        });
    };
    child.once('error', (error) => finish(127, `${command}: ${error.message}\n`));
    child.once('close', (code, signal) => finish(code ?? 1, signal === null ? '' : `${command}: ended by ${signal}\n`));
  });
}

/**
 * Ends a child and its group: politely first, by force after three seconds.
 * @param {import('node:child_process').ChildProcess} child
 */
export async function end(child) {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = new Promise((resolve) => child.once('exit', resolve));
  signalGroup(child, 'SIGTERM');
  const timer = setTimeout(() => signalGroup(child, 'SIGKILL'), GRACE_MS);
  await gone;
  clearTimeout(timer);
}

/**
 * Has something tidied up when this program is ended by a signal. Returns a function that takes the wish back.
 * @param {() => Promise<void> | void} work
 */
export function onSignal(work) {
  watchSignals();
  farewells.add(work);
  return () => void farewells.delete(work);
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {NodeJS.Signals} signal
 */
function signalGroup(child, signal) {
  if (child.pid === undefined) return;
  try {
    process.kill(-child.pid, signal);
  } catch {
    // ESRCH: the group is gone already, which is what was asked for.
  }
}

function watchSignals() {
  if (watching) return;
  watching = true;
  process.once('exit', () => {
    for (const child of running) signalGroup(child, 'SIGKILL');
  });
  for (const [signal, number] of /** @type {const} */ ([
    ['SIGINT', 2],
    ['SIGTERM', 15],
    ['SIGHUP', 1],
  ])) {
    process.once(signal, () => {
      leaving = true;
      const goodbye = Promise.allSettled([...farewells].map(async (work) => await work()));
      void Promise.all([...running].map(end))
        .then(() => goodbye)
        .then(() => process.exit(128 + number));
    });
  }
}
