// The embedded model server for the demo and for measurements: `python -m mucode serve` on a free port with a token of its own.
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { end, onSignal, start } from '../children.js';
import { SetupError } from '../setup/context.js';

/**
 * @typedef {object} Gateway
 * @property {string} url the OpenAI-compatible base, ending in /v1
 * @property {string} token
 * @property {() => Promise<void>} stop
 */

/**
 * Starts the server and waits until the model answers. SetupError with the engine's last lines when it does not.
 * @param {string} root the clone
 * @param {Record<string, string>} paths of the set-up
 * @param {(text: string) => void} log
 * @returns {Promise<Gateway>}
 */
export async function startGateway(root, paths, log) {
  const { serverPython, sglangPython, model } = paths;
  if (!serverPython || !sglangPython || !model) {
    throw new SetupError(
      'There is no embedded model on this machine, and the demo needs one. The set-up above says why.',
    );
  }
  const token = randomBytes(24).toString('hex');
  const state = join(root, '.mucode');
  mkdirSync(state, { recursive: true });
  const logFile = join(state, 'engine.log');
  // The engine leaves sockets behind when it is ended; they go with a folder of their own.
  const temporary = mkdtempSync(join(tmpdir(), 'mucode-server-'));
  const removeTemporary = () => rmSync(temporary, { recursive: true, force: true });
  onSignal(removeTemporary);
  const stop = async () => {
    await end(child);
    removeTemporary();
  };
  const options = ['--model', model, '--engine-python', sglangPython, '--port', '0', '--log-file', logFile];
  const child = start(serverPython, ['-m', 'mucode', 'serve', '--stdin-owner', ...options], {
    cwd: root,
    env: { ...process.env, PYTHONPATH: join(root, 'server-py'), MUCODE_TOKEN: token, TMPDIR: temporary },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.once('error', () => undefined); // the lines below end without a `ready`, which is reported
  if (child.stdout === null) throw new Error('the server has no standard output');
  let url = '';
  for await (const line of createInterface({ input: child.stdout })) {
    /** @type {{event: string, url?: string, state?: string, message?: string, log?: string[]}} */
    const event = JSON.parse(line);
    if (event.event === 'listening') url = event.url ?? '';
    if (event.event === 'state') log(`  model server: ${event.state}${event.message ? ` (${event.message})` : ''}`);
    if (event.state === 'failed') {
      await stop();
      throw new SetupError(`The model server did not start.\n${(event.log ?? []).join('\n')}\nAll of it: ${logFile}`);
    }
    if (event.state === 'ready') {
      child.stdout.resume(); // later announcements must not fill the pipe
      return { url: `${url}/v1`, token, stop };
    }
  }
  throw new SetupError(`The model server ended before it was ready. Its log: ${logFile}`);
}
