// Runs one measurement of bench/ with the interpreter it needs: `node tools/bench.js judge` runs bench/judge.py.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';

const [name, ...rest] = process.argv.slice(2);
const script = [`bench/${name}.py`, `bench/${name}.js`].find((path) => existsSync(path));
if (name === undefined || script === undefined) {
  console.error(`No measurement is called "${name}". bench/ holds one file for each.`);
  process.exit(2);
}
const interpreter = script.endsWith('.py') ? pythonOf() : process.execPath;
process.exit(spawnSync(interpreter, [script, ...rest], { stdio: 'inherit' }).status ?? 1);

function pythonOf() {
  if (!existsSync('.mucode/paths.json')) {
    console.error('No Python environment yet: run `npm run setup` first.');
    process.exit(1);
  }
  return JSON.parse(readFileSync('.mucode/paths.json', 'utf8')).serverPython;
}
