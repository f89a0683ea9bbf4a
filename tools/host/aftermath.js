// After a run inside VS Code: what the extension left behind, and what to keep when something failed.
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { ProcessWatch } from './process_watch.js';

const SHOWN_LINES = 40;
/** Said by VS Code about its own search, many times. */
const NOISE = /Accessing a resource scoped configuration/;
const GONE_MS = 5000;
/** VS Code's own files in the temporary folder and its own processes, which end with the server. */
const THEIR_FILES = /^(vscode-|code-server|exthost-|node-compile-cache|pty-)/;
const THEIR_PROCESSES = /server-main\.js|bootstrap-fork|ptyHost|fileWatcher|extensionHost|agentHost|server-cli/;

/**
 * What still runs or lies in the temporary folder once VS Code has let go of the extension, one phrase each. Waits up to five
 * seconds for processes that are about to end.
 * @param {import('./server.js').Server} server
 * @returns {Promise<string[]>}
 */
export async function leftovers(server) {
  const processes = () => server.processes.alive().filter((one) => !THEIR_PROCESSES.test(one.command));
  const hosts = () => server.processes.alive().filter((one) => one.command.includes('extensionHost'));
  const until = Date.now() + GONE_MS;
  while ((processes().length > 0 || hosts().length > 0) && Date.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  const files = readdirSync(server.temporary).filter((name) => !THEIR_FILES.test(name));
  return [
    ...(ProcessWatch.works ? [] : ['unknown: this machine shows no processes']),
    ...hosts().map((one) => `extension host ${one.pid}, which did not end`),
    ...processes().map((one) => `process ${one.pid}: ${one.command}`),
    ...files.map((name) => `temporary file ${name}`),
  ];
}

/**
 * Copies VS Code's logs, the page's console and a picture to .mucode/host-logs and prints the end of the extension host's log.
 * @param {string} root
 * @param {import('./server.js').Server} server
 * @param {string[]} console
 * @param {Buffer} picture
 * @param {(text: string) => void} log
 */
export function keepLogs(root, server, console, picture, log) {
  const folder = join(root, '.mucode/host-logs');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const logs = join(server.profile, 'logs');
  if (existsSync(logs)) cpSync(logs, join(folder, 'vscode'), { recursive: true });
  writeFileSync(join(folder, 'console.log'), `${console.join('\n')}\n`);
  writeFileSync(join(folder, 'server.log'), server.output());
  writeFileSync(join(folder, 'workbench.png'), picture);
  const hosts = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /remoteexthost.*\.log$/.test(name),
  );
  for (const name of hosts) {
    const all = readFileSync(join(folder, name), 'utf8').trimEnd().split('\n');
    const lines = all.filter((line) => !NOISE.test(line));
    log(`--- ${name}, last lines\n${lines.slice(-SHOWN_LINES).join('\n')}`);
  }
  log(`The logs and a picture of the window are kept in ${folder}`);
}
