// Remembers every process that ever ran beneath another one, so that a leak is seen even after its parents are gone.
// Reads /proc; where there is none it sees nothing, and `works` says so.
import { existsSync, readdirSync, readFileSync } from 'node:fs';

const EVERY_MS = 150;

/** @typedef {{pid: number, parent: number, started: string, command: string}} Process */

export class ProcessWatch {
  /** Whether this machine lets us see processes at all. */
  static works = existsSync('/proc/self/stat');

  /** @type {Map<string, Process>} by id and start time: ids are used again */
  #seen = new Map();
  #root;
  #timer;

  /** @param {number} root id of the process to look beneath */
  constructor(root) {
    this.#root = root;
    this.#timer = setInterval(() => this.look(), EVERY_MS);
    this.#timer.unref();
    this.look();
  }

  /** Notes what runs beneath the root, or beneath anything noted before, right now. */
  look() {
    const all = table();
    const beneath = new Set([this.#root]);
    for (const one of all) if (this.#seen.has(key(one))) beneath.add(one.pid);
    for (let grown = true; grown;) {
      const more = all.filter((one) => !beneath.has(one.pid) && beneath.has(one.parent));
      for (const one of more) beneath.add(one.pid);
      grown = more.length > 0;
    }
    for (const one of all) {
      if (beneath.has(one.pid) && !this.#seen.has(key(one)))
        this.#seen.set(key(one), { ...one, command: commandOf(one.pid) });
    }
  }

  stop() {
    this.look();
    clearInterval(this.#timer);
  }

  /** The noted processes that still run, the root included. */
  alive() {
    return table().flatMap((one) => this.#seen.get(key(one)) ?? []);
  }

  /** Ends the noted processes that still run, by id, at once. */
  kill() {
    for (const one of this.alive()) {
      try {
        process.kill(one.pid, 'SIGKILL');
      } catch {
        // It ended by itself between the look and the signal.
      }
    }
  }
}

/** @param {{pid: number, started: string}} one */
const key = (one) => `${one.pid}:${one.started}`;

/** Every process that has not ended, without its command. */
function table() {
  if (!ProcessWatch.works) return [];
  return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? read(Number(name)) : []));
}

/**
 * @param {number} pid
 * @returns {Process[]} one, or none
 */
function read(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, parent] = fields;
    if (state === 'Z') return []; // ended, and waits to be collected
    return [{ pid, parent: Number(parent), started: fields[19] ?? '', command: '' }];
  } catch {
    return []; // it ended while we looked
  }
}

/** @param {number} pid */
function commandOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}
