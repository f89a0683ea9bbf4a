// Runs one measurement of bench/ with the interpreter it needs: `node tools/bench.js judge` runs bench/judge.py.
// A Python script that says `# environment: train` gets that of training; all others the server's own.

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
  const trains = /^# environment: train$/m.test(readFileSync(script, 'utf8'));
  const paths = JSON.parse(readFileSync('.mucode/paths.json', 'utf8'));
  const found = paths[trains ? 'trainPython' : 'serverPython'];
  if (found === undefined) {
    console.error('The environment for training is not there: run `npm run setup` first.');
    process.exit(1);
  }
  return found;
}
