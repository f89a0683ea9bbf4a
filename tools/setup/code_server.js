// Installs VS Code's own web build (the npm package code-server) and the Node 24 it needs into the cache folder.
// It is a test and demo tool: nothing here goes into the product. Starting it is tools/host/server.js.
import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SetupError } from './context.js';

const LOCK = ['package.json', 'package-lock.json', 'vscode-npm-shrinkwrap.json'];
/** Without these the server does not start, watch or log. The other native modules (kerberos, sqlite3, …) serve nothing we use. */
const NATIVE = ['@vscode/spdlog', '@vscode/native-watchdog', '@parcel/watcher', 'node-pty'];

/**
 * Makes sure of code-server and sets `ctx.paths.codeServer` (the folder of VS Code's server) and `ctx.paths.codeServerNode`.
 * @param {import('./context.js').Context} ctx
 * @returns {Promise<void>}
 */
export async function codeServer(ctx) {
  const node = `node-${process.platform}-${process.arch}`;
  const lock = join(ctx.root, 'tools/setup/code-server-lock');
  if (process.platform !== 'linux' || !['x64', 'arm64'].includes(process.arch)) {
    throw new SetupError(
      `There is no Node 24 package for ${process.platform} on ${process.arch}, and code-server needs one. ` +
        'Use Linux (x64 or arm64), or a VS Code of your own.',
    );
  }
  const folder = await ctx.component({
    name: 'code-server',
    key: keyOf(lock),
    about: 'VS Code for the browser, about 130 MB to fetch, 810 MB on disk, 1 minute',
    build: (partial) => build(ctx, lock, partial, node),
  });
  ctx.paths['codeServer'] = join(folder, 'node_modules/code-server/lib/vscode');
  ctx.paths['codeServerNode'] = join(folder, 'node_modules', node, 'bin/node');
}

/** @param {string} lock */
function keyOf(lock) {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch} ${NATIVE.join(' ')}`);
  for (const name of LOCK) hash.update(readFileSync(join(lock, name)));
  return hash.digest('hex').slice(0, 12);
}

/**
 * npm's own scripts are skipped: code-server's would build kerberos, which needs two more Debian packages and a minute.
 * @param {import('./context.js').Context} ctx
 * @param {string} lock
 * @param {string} folder
 * @param {string} node
 */
async function build(ctx, lock, folder, node) {
  const quiet = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel=error'];
  copyFileSync(join(lock, 'package.json'), join(folder, 'package.json'));
  copyFileSync(join(lock, 'package-lock.json'), join(folder, 'package-lock.json'));
  await ctx.run('npm', ['ci', ...quiet], { cwd: folder });

  const vscode = join(folder, 'node_modules/code-server/lib/vscode');
  // The published lock lacks one package, so `npm ci` refuses it; ours is the same with that package added.
  copyFileSync(join(lock, 'vscode-npm-shrinkwrap.json'), join(vscode, 'npm-shrinkwrap.json'));
  await ctx.run('npm', ['ci', '--omit=dev', ...quiet], { cwd: vscode });
  await ctx.run('npm', ['ci', '--omit=dev', ...quiet], { cwd: join(vscode, 'extensions') });

  const home = join(folder, 'node_modules', node);
  const env = {
    ...process.env,
    PATH: `${join(home, 'bin')}:${process.env['PATH'] ?? ''}`,
    npm_config_nodedir: home, // headers from the package: node-gyp would fetch them from the network
  };
  await ctx.run('npm', ['rebuild', ...NATIVE, '--loglevel=error'], { cwd: vscode, env });
  await ctx.run(join(home, 'bin/node'), [join(vscode, 'out/server-main.js'), '--version'], { cwd: folder, env });
}
