// Starts VS Code's own server from the npm package code-server, in a fresh profile on a free loopback port, and ends it.
// What is opened in it is browser.js; which tests run in it is ../host.js.
import { randomBytes } from 'node:crypto';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { end, run, start } from '../children.js';
import { ProcessWatch } from './process_watch.js';

const START_MS = 30_000;
const KEPT_OUTPUT = 1024 * 1024;
/** A profile that asks nothing, fetches nothing and shows the editor only. */
const QUIET = {
  'chat.disableAIFeatures': true,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'git.enabled': false,
  'remote.autoForwardPorts': false,
  'security.workspace.trust.startupPrompt': 'never',
  'telemetry.telemetryLevel': 'off',
  'terminal.integrated.hideOnStartup': 'whenEmpty',
  'update.mode': 'none',
  'workbench.colorTheme': 'Default Dark Modern',
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'workbench.startupEditor': 'none',
};

/**
 * @typedef {object} ServerOptions
 * @property {{codeServer: string, codeServerNode: string}} paths
 * @property {boolean} [trusted] whether folders are trusted; default true
 * @property {Record<string, unknown>} [settings] of this user
 * @property {Record<string, unknown>} [machineSettings] of the machine: VS Code reads machine-scoped settings only there
 * @property {Record<string, string>} [env] added to the environment of the extension host
 * @property {string} [vsix] a package to install first
 * @property {string[]} [beside] folders of further extensions; only one can be under development
 */

/**
 * @typedef {object} Server
 * @property {string} profile the folder with user data, logs and temporary files of this run
 * @property {string} temporary the folder that the extension host knows as TMPDIR
 * @property {(folder: string, extension?: {development?: string, tests?: string}) => string} url of a workbench
 * @property {() => string} output what the server printed, its last megabyte
 * @property {ProcessWatch} processes everything that was started beneath the server
 * @property {() => Promise<void>} stop ends the server and all that it started
 * @property {() => void} forget removes the profile
 */

/**
 * @param {ServerOptions} options
 * @returns {Promise<Server>}
 */
export async function startServer(options) {
  const profile = makeProfile(options);
  const temporary = join(profile, 'tmp');
  const env = environment(options, temporary);
  const main = join(options.paths.codeServer, 'out/server-main.js');
  const folders = ['--user-data-dir', profile, '--extensions-dir', join(profile, 'extensions')];
  if (options.vsix) await install(options.paths.codeServerNode, main, folders, options.vsix, env);

  const token = randomBytes(16).toString('hex');
  // Only this driver flag makes a built workbench accept the `payload` with an extension under development.
  const flags = ['--host', '127.0.0.1', '--port', '0', '--connection-token', token, '--enable-smoke-test-driver'];
  const terms = ['--accept-server-license-terms', '--telemetry-level', 'off', '--reconnection-grace-time', '1'];
  const child = start(options.paths.codeServerNode, [main, ...flags, ...terms, ...folders], { env, stdio: 'pipe' });
  let output = '';
  const take = (/** @type {Buffer} */ chunk) => (output = (output + chunk.toString()).slice(-KEPT_OUTPUT));
  child.stdout?.on('data', take);
  child.stderr?.on('data', take);
  const processes = new ProcessWatch(child.pid ?? 0);
  const stop = async () => {
    processes.stop();
    await end(child);
    processes.kill(); // what left the server's process group on purpose, or was leaked by an extension
  };
  try {
    const port = await portOf(child, () => output);
    return {
      profile,
      temporary,
      processes,
      stop,
      url: (folder, extension = {}) => address(port, token, folder, extension),
      output: () => output,
      forget: () => rmSync(profile, { recursive: true, force: true }),
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/**
 * The name is short: VS Code puts sockets in it, and a socket's path has 107 bytes at most.
 * @param {ServerOptions} options
 */
function makeProfile(options) {
  const profile = mkdtempSync(join(tmpdir(), 'mucode-host-'));
  for (const name of ['User', 'Machine', 'tmp']) mkdirSync(join(profile, name));
  const settings = { ...QUIET, ...(options.trusted === false ? {} : { 'security.workspace.trust.enabled': false }) };
  writeFileSync(join(profile, 'User/settings.json'), JSON.stringify({ ...settings, ...options.settings }));
  writeFileSync(join(profile, 'Machine/settings.json'), JSON.stringify(options.machineSettings ?? {}));
  // VS Code takes what it finds in a new profile's folder for installed.
  for (const folder of options.beside ?? [])
    cpSync(folder, join(profile, 'extensions', `${basename(folder)}-0.0.1`), { recursive: true });
  return profile;
}

/**
 * @param {ServerOptions} options
 * @param {string} temporary
 * @returns {NodeJS.ProcessEnv}
 */
function environment(options, temporary) {
  const env = { ...process.env, TMPDIR: temporary, ...options.env };
  // Started from a terminal of VS Code, these would make the server believe that it is part of that VS Code.
  for (const name of Object.keys(env))
    if (name.startsWith('VSCODE_') || name === 'ELECTRON_RUN_AS_NODE') delete env[name];
  return { ...env, EXTENSIONS_GALLERY: '{}' };
}

/**
 * @param {string} node
 * @param {string} main
 * @param {string[]} folders
 * @param {string} vsix
 * @param {NodeJS.ProcessEnv} env
 */
async function install(node, main, folders, vsix, env) {
  const result = await run(node, [main, ...folders, '--install-extension', vsix], { env, timeoutMs: START_MS });
  if (result.status !== 0) throw new Error(`VS Code did not install ${vsix}:\n${result.stdout}${result.stderr}`);
}

/**
 * @param {import('node:child_process').ChildProcess} child
 * @param {() => string} output
 * @returns {Promise<number>}
 */
function portOf(child, output) {
  return new Promise((resolve, reject) => {
    const fail = (/** @type {string} */ why) => reject(new Error(`VS Code's server ${why}. It said:\n${output()}`));
    const timer = setTimeout(() => fail(`was not ready within ${START_MS / 1000} s`), START_MS);
    child.stdout?.on('data', () => {
      const port = /Extension host agent listening on (\d+)/.exec(output())?.[1];
      if (port === undefined) return;
      clearTimeout(timer);
      resolve(Number(port));
    });
    child.once('error', (error) => fail(`could not be started (${error.message})`));
    child.once('exit', (code) => fail(`ended with status ${code}`));
  });
}

/**
 * @param {number} port
 * @param {string} token
 * @param {string} folder
 * @param {{development?: string, tests?: string}} extension
 */
function address(port, token, folder, extension) {
  // The authority is the word "remote", not host:port.
  const remote = (/** @type {string} */ path) => `vscode-remote://remote${path}`;
  const payload = [];
  if (extension.development) payload.push(['extensionDevelopmentPath', remote(extension.development)]);
  if (extension.tests) payload.push(['extensionTestsPath', remote(extension.tests)]);
  const query = new URLSearchParams({ tkn: token, folder, payload: JSON.stringify(payload) });
  return `http://127.0.0.1:${port}/?${query}`;
}
