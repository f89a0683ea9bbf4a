// `npm run demo -- --editor`: a real VS Code on a copy of the examples, with the extension of this clone loaded.
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onSignal, run, start } from '../children.js';
import { startServer } from '../host/server.js';
import { SetupError } from '../setup/context.js';
import { onPath } from '../setup/debian.js';

const HINT =
  'Open stairs.py, put the cursor in the function and run "μCode: Repair Function" from the command palette (F1).\n' +
  'Without a server of your own, "μCode: Connect to a Server…" offers the embedded one, which is set up already.';

/**
 * Opens the user's own `code`, else VS Code's web build in a browser. Ends with the editor, or with Ctrl+C.
 * @param {string} root the clone
 * @param {Record<string, string>} paths of the set-up
 * @param {(text: string) => void} log
 * @returns {Promise<number>} the exit status
 */
export async function openEditor(root, paths, log) {
  // A copy: whatever is applied there leaves the clone as it is.
  const folder = mkdtempSync(join(tmpdir(), 'mucode-examples-'));
  cpSync(join(root, 'examples'), folder, { recursive: true });
  log(`\nThe examples are in ${folder} (a copy; try what you like).\n${HINT}\n`);
  const code = onPath('code');
  if (code !== undefined) return await openDesktop(code, root, folder, log);
  return await openInBrowser(root, folder, paths, log);
}

/**
 * @param {string} code
 * @param {string} root
 * @param {string} folder
 * @param {(text: string) => void} log
 */
async function openDesktop(code, root, folder, log) {
  log('Opening VS Code …');
  const result = await run(code, ['--new-window', '--extensionDevelopmentPath', root, folder], { show: true });
  if (result.status !== 0) throw new SetupError('`code` did not open a window. Is there a display?');
  return 0;
}

/**
 * @param {string} root
 * @param {string} folder
 * @param {Record<string, string>} paths
 * @param {(text: string) => void} log
 */
async function openInBrowser(root, folder, { codeServer, codeServerNode }, log) {
  if (codeServer === undefined || codeServerNode === undefined)
    throw new SetupError('code-server is missing. Run the demo again.');
  const server = await startServer({ paths: { codeServer, codeServerNode } });
  const url = server.url(folder, { development: root });
  log(`VS Code is at\n  ${url}\nCtrl+C here ends it.`);
  const opener = process.env['DISPLAY'] || process.env['WAYLAND_DISPLAY'] ? onPath('xdg-open') : undefined;
  if (opener !== undefined) start(opener, [url], { stdio: 'ignore' }).once('error', () => undefined);
  onSignal(async () => {
    await server.stop();
    server.forget();
    rmSync(folder, { recursive: true, force: true });
  });
  // Until a signal ends this program. The server is a child, so there is something to wait for.
  return await new Promise(() => undefined);
}
