// Debian packages: lists what is missing, asks, and installs it where the user may; otherwise prints the exact command.
import { accessSync, constants, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { run } from '../children.js';
import { isWhole } from './component.js';
import { SetupError } from './context.js';
import { findInterpreter } from './interpreter.js';

/** @typedef {'demo' | 'test' | 'editor'} Goal */
/** @typedef {{name: string, why: string}} Package */

const CHROMIUM = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'];

/**
 * The full path of the first of these programs that PATH has.
 * @param {readonly string[]} names
 */
export function onPath(...names) {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isProgram);
}

/** @param {string} path */
function isProgram(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * What is missing on this machine for the goal.
 * @param {import('./context.js').Context} ctx
 * @param {Goal} goal
 * @returns {Promise<Package[]>}
 */
export async function missingPackages(ctx, goal) {
  /** @type {Package[]} */
  const missing = [];
  if (onPath('bwrap') === undefined) missing.push({ name: 'bubblewrap', why: 'the sandbox' });
  const python = await findInterpreter();
  if (python === undefined) missing.push({ name: 'python3', why: 'the judge and the model server' });
  if (python?.hasEnsurepip !== true) missing.push({ name: 'python3-venv', why: 'Python environments' });
  if (goal === 'test' && onPath(...CHROMIUM) === undefined) {
    missing.push({ name: 'chromium', why: 'the browser that the editor tests use' });
  }
  if (needsCodeServer(goal) && !hasCodeServer(ctx.cache)) {
    if (onPath('make') === undefined) missing.push({ name: 'make', why: 'building VS Code’s native modules' });
    if (onPath('g++') === undefined) missing.push({ name: 'g++', why: 'the same' });
    if (onPath('python3') === undefined && python !== undefined) missing.push({ name: 'python3', why: 'the same' });
  }
  return missing;
}

/**
 * Installs what is missing after a yes. SetupError with the exact command where that is not possible.
 * @param {import('./context.js').Context} ctx
 * @param {Goal} goal
 */
export async function debianPackages(ctx, goal) {
  const missing = await missingPackages(ctx, goal);
  if (missing.length > 0) {
    ctx.log('  These Debian packages are missing:');
    for (const { name, why } of missing) ctx.log(`    ${name.padEnd(14)} ${why}`);
    await install(
      ctx,
      missing.map(({ name }) => name),
    );
    const still = (await missingPackages(ctx, goal)).map(({ name }) => name).join(', ');
    if (still !== '') throw new SetupError(`Installed, but PATH does not find what these packages bring: ${still}.`);
  }
  const bwrap = onPath('bwrap');
  const chromium = onPath(...CHROMIUM);
  if (bwrap !== undefined) ctx.paths['bwrap'] = bwrap;
  if (chromium !== undefined) ctx.paths['chromium'] = chromium;
}

/**
 * @param {import('./context.js').Context} ctx
 * @param {readonly string[]} names
 */
async function install(ctx, names) {
  if (process.platform !== 'linux') {
    throw new SetupError(
      'The sandbox of this project needs Linux (bubblewrap). Use a Linux machine, a container or WSL.',
    );
  }
  if (onPath('apt-get') === undefined) {
    throw new SetupError(`There is no apt-get here. Install the like of ${names.join(', ')} and run this again.`);
  }
  const command = ['apt-get', 'install', '--yes', '--no-install-recommends', ...names];
  const sudo = process.getuid?.() === 0 ? '' : 'sudo ';
  const byHand = `Run this, then the same set-up again:\n  ${sudo}${command.join(' ')}`;
  const prefix = await adminPrefix();
  if (prefix === undefined) throw new SetupError(`You are not root and sudo asks for a password. ${byHand}`);
  if (!ctx.yes && !(await agreed(`  Install them now (${[...prefix, ...command].join(' ')})? [y/N] `))) {
    throw new SetupError(`Not installed. ${byHand}`);
  }
  const began = Date.now();
  const admin = async (/** @type {readonly string[]} */ words) => {
    const [program = '', ...rest] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', ...words];
    await ctx.run(program, rest);
  };
  ctx.log(`  installing ${names.join(', ')} …`);
  await admin(['dpkg', '--configure', '-a']); // finishes what an interrupted installation left; else nothing
  await admin(['apt-get', 'update', '--quiet']);
  await admin(command);
  ctx.log(`  Debian packages: done in ${((Date.now() - began) / 1000).toFixed(1)} s`);
}

/**
 * What to put in front of a command to run it as root; undefined where that needs a password.
 * @returns {Promise<string[] | undefined>}
 */
async function adminPrefix() {
  if (process.getuid?.() === 0) return [];
  return (await run('sudo', ['-n', 'true'])).status === 0 ? ['sudo', '-n'] : undefined;
}

/**
 * @param {string} question
 */
async function agreed(question) {
  if (!process.stdin.isTTY) return false;
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return /^y(es)?$/i.test((await terminal.question(question)).trim());
  } finally {
    terminal.close();
  }
}

/** @param {Goal} goal */
export const needsCodeServer = (goal) => goal === 'test' || (goal === 'editor' && onPath('code') === undefined);

/**
 * Whether any finished code-server is there: then nothing has to be compiled.
 * @param {string} cache
 */
function hasCodeServer(cache) {
  try {
    return readdirSync(cache).some((name) => /^code-server-[0-9a-f]+$/.test(name) && isWhole(join(cache, name)));
  } catch {
    return false; // no cache yet
  }
}
