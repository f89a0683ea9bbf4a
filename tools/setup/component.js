// A component is one heavy thing in the cache folder: NAME-KEY, built as NAME-KEY.PID.partial, listed in a manifest that is written last,
// then renamed. A folder without a manifest, or with a listed file missing or cut short, is built again.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { withCacheLock } from './cache_lock.js';

const MANIFEST = 'mucode-manifest.json';
/** Files at least this big are checked by size as well: weights and shared libraries are what an interrupted copy cuts short. */
const SIZED_BYTES = 1024 * 1024;

/**
 * @typedef {object} Part
 * @property {string} name such as `sglang`
 * @property {string} key what its content depends on, as a short hash
 * @property {string} about shown while it is built, with an honest size and time
 * @property {(folder: string) => Promise<void>} build fills the folder
 */

/**
 * @typedef {object} Manifest
 * @property {number} bytes
 * @property {Record<string, string[]>} names folder → the names in it
 * @property {Record<string, number>} sizes big file → bytes
 */

/**
 * Gives the folder of a finished component and builds it first if need be, under the lock of the cache.
 * @param {import('./context.js').Context} ctx
 * @param {Part} part
 */
export async function component(ctx, part) {
  const folder = join(ctx.cache, `${part.name}-${part.key}`);
  if (isWhole(folder)) return folder;
  await withCacheLock(ctx.cache, ctx.log, async () => {
    if (isWhole(folder)) return; // another clone built it while this one waited
    ctx.log(existsSync(folder) ? `  ${part.name}: damaged, building it again` : `  ${part.name}: ${part.about}`);
    const began = Date.now();
    rmSync(folder, { recursive: true, force: true });
    removePartials(ctx.cache, part.name);
    // The number keeps this folder apart from one that a killed set-up's child may still be writing.
    const partial = `${folder}.${process.pid}.partial`;
    mkdirSync(partial, { recursive: true });
    await part.build(partial);
    const manifest = listing(partial);
    writeFileSync(join(partial, MANIFEST), JSON.stringify(manifest));
    renameSync(partial, folder);
    ctx.log(`  ${part.name}: done in ${seconds(began)} s, ${megabytes(manifest.bytes)} MB`);
  });
  return folder;
}

/**
 * Whether a component has all that its manifest lists. Reads folders, not files: 50,000 files take about a tenth of a second.
 * @param {string} folder
 */
export function isWhole(folder) {
  try {
    /** @type {Manifest} */
    const manifest = JSON.parse(readFileSync(join(folder, MANIFEST), 'utf8'));
    for (const [path, names] of Object.entries(manifest.names)) {
      const present = new Set(readdirSync(join(folder, path)));
      if (!names.every((name) => present.has(name))) return false;
    }
    return Object.entries(manifest.sizes).every(([path, size]) => statSync(join(folder, path)).size === size);
  } catch {
    return false; // no manifest, or a folder of it is gone: not whole, whatever the reason
  }
}

/**
 * @param {string} cache
 * @param {string} name
 */
function removePartials(cache, name) {
  for (const entry of readdirSync(cache)) {
    if (entry.startsWith(`${name}-`) && entry.endsWith('.partial'))
      rmSync(join(cache, entry), { recursive: true, force: true });
  }
}

/**
 * @param {string} top
 * @returns {Manifest}
 */
function listing(top) {
  /** @type {Manifest} */
  const manifest = { bytes: 0, names: {}, sizes: {} };
  const pending = [''];
  for (let path = pending.pop(); path !== undefined; path = pending.pop()) {
    // Python writes its caches when it likes; they are no part of the component.
    const entries = readdirSync(join(top, path), { withFileTypes: true }).filter(
      (entry) => entry.name !== '__pycache__',
    );
    manifest.names[path] = entries.map((entry) => entry.name);
    for (const entry of entries) {
      const inner = join(path, entry.name);
      if (entry.isDirectory()) pending.push(inner);
      if (!entry.isFile()) continue;
      const { size } = statSync(join(top, inner));
      manifest.bytes += size;
      if (size >= SIZED_BYTES) manifest.sizes[inner] = size;
    }
  }
  return manifest;
}

/** @param {number} began */
const seconds = (began) => ((Date.now() - began) / 1000).toFixed(1);
/** @param {number} bytes */
const megabytes = (bytes) => Math.round(bytes / 1e6).toLocaleString('en-GB');
