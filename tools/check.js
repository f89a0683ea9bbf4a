// The one gate: format, types, lint, arrows, lengths, dead code, manifest, README tree. `--fix` formats; `--json FILE` reports.
// Every step runs even when an earlier one failed, so that one run shows everything.

import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { arrows } from './check/arrows.js';
import { apiMembers } from './check/api.js';
import { files } from './check/files.js';
import { manifest } from './check/manifest.js';
import { readmeTree } from './check/readme_tree.js';

const fix = process.argv.includes('--fix');
const bin = (name) => join('node_modules', '.bin', name);

/** What tools/setup.js made; the paths file names the interpreters. */
function paths() {
  return existsSync('.mucode/paths.json') ? JSON.parse(readFileSync('.mucode/paths.json', 'utf8')) : {};
}

function command(program, args, cwd = '.') {
  return () =>
    new Promise((resolve) => {
      const child = spawn(program, args, {
        cwd,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: { ...process.env, NO_COLOR: '1' },
      });
      let output = '';
      for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (output += data));
      child.on('error', (error) => resolve([error.message]));
      child.on('close', (code) => resolve(code === 0 ? [] : [output.trim() || `exit ${code}`]));
    });
}

/**
 * pyright is told the environment by a flag: a path in its configuration file would be this machine's. It is the one
 * for training, where that is set up, because it holds what all rooms import.
 */
function pythonSteps() {
  const { serverPython: interpreter, trainPython = interpreter } = paths();
  if (interpreter === undefined) {
    const missing = () => ['no Python environment: run `npm run setup` first'];
    return [['python', missing]];
  }
  const ruff = ['-m', 'ruff'];
  return [
    ['python format', command(interpreter, [...ruff, 'format', ...(fix ? [] : ['--check']), '.'], 'server-py')],
    ['python lint', command(interpreter, [...ruff, 'check', ...(fix ? ['--fix'] : []), '.'], 'server-py')],
    [
      'python types',
      command(process.execPath, ['../node_modules/pyright/index.js', '--pythonpath', trainPython], 'server-py'),
    ],
    ['python lengths', command(interpreter, ['tools/check/lengths.py'])],
    ['python dead code', command(interpreter, ['-m', 'vulture'], 'server-py')],
  ];
}

/** @type {[string, () => string[] | Promise<string[]>][]} */
const steps = [
  ['format', command(bin('oxfmt'), fix ? [] : ['--check'])],
  ['types', command(bin('tsc'), ['-p', '.'])],
  ['types of the panel', command(bin('tsc'), ['-p', 'media'])],
  ['lint', command(bin('oxlint'), ['--deny-warnings', ...(fix ? ['--fix'] : [])])],
  ['dead code', command(process.execPath, [bin('knip')])],
  ['arrows between rooms', arrows],
  ['files', files],
  ['manifest', manifest],
  ['README tree', readmeTree],
  ['VS Code API', apiMembers],
  ...pythonSteps(),
];

const results = [];
for (const [name, run] of steps) {
  const started = performance.now();
  const complaints = await run();
  const seconds = ((performance.now() - started) / 1000).toFixed(1);
  console.log(`${complaints.length === 0 ? 'ok  ' : 'FAIL'} ${name} (${seconds} s)`);
  for (const complaint of complaints) console.log(`     ${complaint.replaceAll('\n', '\n     ')}`);
  results.push({ name: `check: ${name}`, passed: complaints.length === 0 });
}
const report = process.argv.indexOf('--json');
if (report !== -1) writeFileSync(process.argv[report + 1], JSON.stringify(results));
process.exitCode = results.every((result) => result.passed) ? 0 : 1;
