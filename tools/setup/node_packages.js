// Installs the node packages of the lock into the clone, and names the Node that runs the project's TypeScript.
import { createHash } from 'node:crypto';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { run } from '../children.js';
import { withCacheLock } from './cache_lock.js';
import { SetupError } from './context.js';

/** The first Node that runs .ts files as they are. */
const OLDEST = [22, 18];

/**
 * The locked versions with their hashes, like `npm ci`. That one refuses a lock made where the registry lacks packages for
 * other platforms (some mirrors do), although none of them is needed here.
 */
const INSTALL = ['install', '--no-save', '--no-audit', '--no-fund', '--loglevel=error'];

/** @param {import('./context.js').Context} ctx */
export async function nodePackages(ctx) {
  if (!isComplete(ctx.root)) {
    await withCacheLock(ctx.cache, ctx.log, async () => {
      if (isComplete(ctx.root)) return;
      ctx.log('  node packages: about 550 MB on disk, half a minute');
      const began = Date.now();
      rmSync(join(ctx.root, 'node_modules'), { recursive: true, force: true });
      await ctx.run('npm', INSTALL, { cwd: ctx.root, env: outerEnvironment() });
      writeFileSync(stampFile(ctx.root), stampOf(ctx.root));
      ctx.log(`  node packages: done in ${((Date.now() - began) / 1000).toFixed(1)} s`);
    });
  }
  ctx.paths['node'] = await modernNode(ctx.root);
}

/**
 * npm removes node_modules first, and with it the Node that may be running this: npm itself must run on the machine's own.
 * @returns {NodeJS.ProcessEnv}
 */
function outerEnvironment() {
  const path = (process.env['PATH'] ?? '').split(delimiter);
  return { ...process.env, PATH: path.filter((folder) => !folder.includes('node_modules')).join(delimiter) };
}

/** @param {string} root */
const stampFile = (root) => join(root, 'node_modules', '.mucode-stamp');

/** @param {string} root */
function stampOf(root) {
  /** @type {Record<string, unknown>} */
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'));
  // Another script or setting in the manifest is no reason to install everything anew.
  const wanted = ['dependencies', 'devDependencies', 'optionalDependencies', 'overrides'].map(
    (name) => manifest[name] ?? {},
  );
  const hash = createHash('sha256').update(`${process.platform} ${process.arch} ${JSON.stringify(wanted)}`);
  hash.update(readFileSync(join(root, 'package-lock.json')));
  return hash.digest('hex');
}

/**
 * Whether npm has finished for this very lock, and no package has gone since.
 * @param {string} root
 */
function isComplete(root) {
  try {
    if (readFileSync(stampFile(root), 'utf8') !== stampOf(root)) return false;
    /** @type {{packages: Record<string, unknown>}} */
    const installed = JSON.parse(readFileSync(join(root, 'node_modules/.package-lock.json'), 'utf8'));
    return Object.keys(installed.packages).every((path) => existsSync(join(root, path, 'package.json')));
  } catch {
    return false; // no stamp or no installation
  }
}

/** @param {string} root */
async function modernNode(root) {
  const supplied = join(root, 'node_modules/.bin/node');
  for (const node of [supplied, process.execPath]) {
    const answer = await run(node, ['--version']);
    const [major = 0, minor = 0] = answer.stdout.trim().replace('v', '').split('.').map(Number);
    const [oldestMajor = 0, oldestMinor = 0] = OLDEST;
    if (answer.status === 0 && (major > oldestMajor || (major === oldestMajor && minor >= oldestMinor))) return node;
  }
  throw new SetupError(
    `The tests need Node ${OLDEST.join('.')} or newer. This machine has ${process.version}, and npm supplied none for ` +
      `${process.platform} on ${process.arch}. Install a newer Node and run this again.`,
  );
}
