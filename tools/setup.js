// The set-up: `node tools/setup.js --for demo|test|editor [--yes] [--list]`. Runs on Node 18 and newer, before any package is there.
// Every step is skipped when it is done; running again mends whatever an interruption or a deleted file broke.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { codeServer } from './setup/code_server.js';
import { createContext, SetupError } from './setup/context.js';
import { debianPackages, missingPackages, needsCodeServer } from './setup/debian.js';
import { environment, installer, model } from './setup/environment.js';
import { requireInterpreter } from './setup/interpreter.js';
import { nodePackages } from './setup/node_packages.js';

/** @typedef {import('./setup/debian.js').Goal} Goal */
/** @typedef {Record<string, string>} Paths */

const USAGE = 'usage: node tools/setup.js --for demo|test|editor [--yes] [--list]';

const SIZES = `node packages     in this clone's node_modules, about 550 MB
Python packages   the server's own and the development tools, 140 MB
SGLang, torch     for CPUs, in an environment of its own, 2.8 GB to fetch, 5.4 GB on disk, 1 to 5 minutes
training          for test: torch and transformers again, shared with SGLang's where the disk can; 300 MB more to fetch
model             SmolLM2-135M-Instruct, 98 MB to fetch, 270 MB on disk
code-server       for test and editor: about 130 MB to fetch, 810 MB on disk`;

const WITHOUT_SGLANG =
  'SGLang could not be set up here, so there is no embedded model. The extension and `mucode-repair` still work with any ' +
  'OpenAI-compatible server (a remote `mucode serve`, ollama, vLLM, llama.cpp): give its URL.';

/**
 * Does all that the goal needs, and writes .mucode/paths.json.
 * @param {Goal} goal
 * @param {{yes: boolean, log?: (text: string) => void}} options
 * @returns {Promise<Paths>}
 */
export async function setUp(goal, options) {
  const began = Date.now();
  const ctx = createContext(options);
  ctx.paths['cache'] = ctx.cache;
  await debianPackages(ctx, goal);
  await nodePackages(ctx);
  const tools = await pythonParts(ctx);
  if (goal === 'test' && process.platform === 'linux') await training(ctx, tools);
  if (needsCodeServer(goal)) await codeServer(ctx);
  writePaths(ctx);
  ctx.log(`set-up for ${goal}: ready (${((Date.now() - began) / 1000).toFixed(1)} s; heavy parts in ${ctx.cache})`);
  return ctx.paths;
}

/**
 * @param {import('./setup/context.js').Context} ctx
 */
async function pythonParts(ctx) {
  const python = await requireInterpreter();
  ctx.paths['python'] = python.path;
  const uv = await installer(ctx, python);
  // With the development tools for every goal: they are 100 MB, and `npm run check` then works after any set-up.
  const server = {
    name: 'server',
    lock: 'dev',
    about: 'the Python packages of the server, 140 MB, 6 seconds',
    uv,
    python,
    compiled: true,
  };
  ctx.paths['serverPython'] = await environment(ctx, server);
  if (process.platform !== 'linux') {
    ctx.log(`  ${WITHOUT_SGLANG}`);
    return { uv, python };
  }
  const sglang = {
    name: 'sglang',
    lock: 'sglang-cpu',
    about: 'SGLang and torch for CPUs, 2.8 GB to fetch, 5.4 GB on disk, 1 to 5 minutes',
    uv,
    python,
  };
  const sglangPython = await environment(ctx, sglang);
  ctx.paths['sglangPython'] = sglangPython;
  ctx.paths['model'] = await model(ctx, { uv, python, sglangPython });
  return { uv, python };
}

/**
 * The environment in which models are trained. Its torch is SGLang's, so most of it is fetched already.
 * @param {import('./setup/context.js').Context} ctx
 * @param {{uv: string, python: import('./setup/interpreter.js').Interpreter}} tools
 */
async function training(ctx, tools) {
  const about = 'torch and transformers for training on CPUs, 300 MB to fetch beside SGLang, 4.8 GB on disk, 2 minutes';
  ctx.paths['trainPython'] = await environment(ctx, { name: 'train', lock: 'train', about, compiled: true, ...tools });
}

/**
 * Paths of other goals are kept: `npm run demo` must not forget where `npm test` found its browser.
 * @param {import('./setup/context.js').Context} ctx
 */
function writePaths(ctx) {
  const folder = join(ctx.root, '.mucode');
  const file = join(folder, 'paths.json');
  /** @type {Paths} */
  let before = {};
  try {
    before = JSON.parse(readFileSync(file, 'utf8'));
  } catch {
    // first time, or damaged: written anew
  }
  const kept = before['cache'] === ctx.cache ? Object.entries(before).filter(([, path]) => ctx.exists(path)) : [];
  const text = `${JSON.stringify({ ...Object.fromEntries(kept), ...ctx.paths }, null, 2)}\n`;
  mkdirSync(folder, { recursive: true });
  writeFileSync(`${file}.${process.pid}`, text);
  renameSync(`${file}.${process.pid}`, file);
}

/**
 * @param {Goal} goal
 */
async function list(goal) {
  const ctx = createContext({ yes: false });
  const missing = await missingPackages(ctx, goal);
  ctx.log(
    `Debian packages   ${missing.length === 0 ? 'nothing is missing' : missing.map(({ name }) => name).join(' ')}`,
  );
  ctx.log(SIZES);
  ctx.log(`cache folder      ${ctx.cache} (MUCODE_CACHE moves it)`);
}

/**
 * @param {unknown} error
 * @returns {number} the exit status
 */
export function report(error) {
  if (!(error instanceof SetupError)) throw error;
  process.stderr.write(`${error.message}\n`);
  return 1;
}

/** Whether the user has agreed to installations: --yes, or a CI machine. */
export const hasAgreed = () => process.argv.includes('--yes') || process.env['CI'] === 'true';

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const goal = process.argv[process.argv.indexOf('--for') + 1];
  if (!process.argv.includes('--for') || (goal !== 'demo' && goal !== 'test' && goal !== 'editor')) {
    process.stderr.write(`${USAGE}\n`);
    process.exitCode = 2;
  } else if (process.argv.includes('--list')) {
    await list(goal);
  } else {
    process.exitCode = await setUp(goal, { yes: hasAgreed() }).then(() => 0, report);
  }
}
