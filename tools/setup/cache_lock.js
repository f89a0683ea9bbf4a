// One builder at a time in a cache folder. The lock is a file that names its owner; the lock of a dead process is taken over.
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';

const POLL_MS = 250;

/**
 * Runs `work` while holding the cache's lock. Not to be nested: the inner call would wait for the outer one.
 * @template T
 * @param {string} cache
 * @param {(text: string) => void} log
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
export async function withCacheLock(cache, log, work) {
  mkdirSync(cache, { recursive: true });
  const lock = join(cache, 'lock');
  await take(lock, log);
  const release = () => rmSync(lock, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.removeListener('exit', release);
    release();
  }
}

/**
 * @param {string} lock
 * @param {(text: string) => void} log
 */
async function take(lock, log) {
  const mine = `${lock}.${process.pid}`;
  writeFileSync(mine, JSON.stringify({ host: hostname(), pid: process.pid, started: startOf(process.pid) }));
  let told = false;
  try {
    while (!placed(mine, lock)) {
      if (takenOver(lock)) continue;
      if (!told) log(`  waiting for another set-up in the same cache to finish (its lock: ${lock})`);
      told = true;
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
  } finally {
    rmSync(mine, { force: true });
  }
}

/**
 * link() fails where the name exists, so the lock appears complete and for one process only.
 * @param {string} mine
 * @param {string} lock
 */
function placed(mine, lock) {
  try {
    linkSync(mine, lock);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Removes the lock of a dead owner. Renaming first makes sure that only one waiter removes it, and only the one it looked at.
 * @param {string} lock
 */
function takenOver(lock) {
  const seen = read(lock);
  if (seen === undefined) return true; // released a moment ago
  if (isAlive(seen)) return false;
  const aside = `${lock}.stale.${process.pid}`;
  try {
    renameSync(lock, aside);
  } catch {
    return true; // another waiter was quicker
  }
  // Between reading and renaming another waiter may have put its own lock there: give that one back.
  if (read(aside) !== seen) placed(aside, lock);
  rmSync(aside, { force: true });
  return true;
}

/** @param {string} lock */
function read(lock) {
  try {
    return readFileSync(lock, 'utf8');
  } catch {
    return undefined;
  }
}

/**
 * Whether the owner still runs. A number that another process has now (a different start time) is a dead owner.
 * A lock from another machine cannot be looked at and counts as alive.
 * @param {string} text
 */
function isAlive(text) {
  /** @type {{host?: string, pid?: number, started?: string}} */
  let owner;
  try {
    owner = JSON.parse(text);
  } catch {
    return false;
  }
  if (owner.host !== hostname()) return true;
  if (owner.pid === undefined) return false;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
  return startOf(owner.pid) === owner.started;
}

/**
 * When a process began, in the kernel's ticks; empty where there is no /proc. A zombie has ended: a container without a
 * real init may keep it for ever.
 * @param {number} pid
 */
function startOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? 'ended' : (fields[19] ?? '');
  } catch {
    return '';
  }
}
