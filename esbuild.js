// Bundles the extension, the panel and the command line tool, and copies the judge and the prompt files beside them.
// `--production` minifies; `--tests` also bundles the suite that runs inside VS Code.

import { cp, mkdir, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { build } from 'esbuild';

const production = process.argv.includes('--production');
const tests = process.argv.includes('--tests');

const shared = {
  bundle: true,
  minify: production,
  sourcemap: production ? false : 'linked',
  logLevel: 'warning',
  legalComments: 'none',
};

/** Node side: CommonJS, since VS Code loads an extension's main with require(). */
const node = { ...shared, platform: 'node', format: 'cjs', target: 'node20' };

/** The client package is four fifths of the code and needed at the first request only: a file of its own, for both. */
const openaiApart = {
  name: 'openai-apart',
  setup: (/** @type {import('esbuild').PluginBuild} */ build) =>
    build.onResolve({ filter: /^openai$/ }, () => ({ path: './openai.cjs', external: true })),
};
const host = { ...node, external: ['vscode'], plugins: [openaiApart] };

const bundles = [
  { ...host, entryPoints: ['src/extension.ts'], outfile: 'dist/extension.cjs' },
  { ...host, entryPoints: ['src/cli.ts'], outfile: 'dist/cli.cjs', banner: { js: '#!/usr/bin/env node' } },
  { ...node, entryPoints: ['openai'], outfile: 'dist/openai.cjs' },
  {
    ...shared,
    platform: 'browser',
    format: 'iife',
    target: 'es2022',
    entryPoints: ['media/panel.ts'],
    outfile: 'dist/panel.js',
  },
  { ...shared, entryPoints: ['media/panel.css'], outfile: 'dist/panel.css' },
];
if (tests) {
  bundles.push({
    ...node,
    entryPoints: ['test/host/index.ts'],
    outfile: 'dist-test/host.cjs',
    external: ['vscode', 'mocha'],
    sourcemap: 'inline',
  });
}

await rm('dist', { recursive: true, force: true });
await mkdir('dist', { recursive: true });
await Promise.all([...bundles.map((one) => build(one)), copyJudge(), copyPrompts()]);

async function copyJudge() {
  const files = await readdir('server-py/mucode/judge', { recursive: true });
  for (const name of files.filter((one) => one.endsWith('.py'))) {
    await cp(join('server-py/mucode/judge', name), join('dist/judge', name));
  }
}

async function copyPrompts() {
  await mkdir('dist/prompts', { recursive: true });
  for (const name of await readdir('server-py/mucode/prompts')) {
    if (name.endsWith('.txt')) await cp(join('server-py/mucode/prompts', name), join('dist/prompts', name));
  }
}
