// Runs test/browser: the extension in VS Code's web build, used with mouse and keyboard. `--screenshots` also renews docs/images.
//
//   node tools/browser.js [--screenshots] [--grep WORDS]
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import Mocha from 'mocha';

const FOLDER = resolve(import.meta.dirname, '../test/browser');
const TEST_MS = 240_000;
/** All of them together take about two minutes; whoever hangs is ended with everything it started. */
const LIMIT_MS = 900_000;

const { values } = parseArgs({
  options: { screenshots: { type: 'boolean', default: false }, grep: { type: 'string', default: '' } },
});
process.env['MUCODE_SCREENSHOTS'] = values.screenshots ? '1' : '0';
setTimeout(() => {
  process.stdout.write(`Not done within ${LIMIT_MS / 1000} s; giving up.\n`);
  process.exit(1);
}, LIMIT_MS).unref();

// A window, a browser and two cores: what fails is tried once more, and said.
const mocha = new Mocha({ timeout: TEST_MS, grep: values.grep, retries: 1 });
for (const name of readdirSync(FOLDER)) if (name.endsWith('.test.ts')) mocha.addFile(join(FOLDER, name));
await mocha.loadFilesAsync();
/** @type {string[]} */
const skipped = [];
const runner = mocha.run(() => {
  const { passes = 0, failures = 0 } = runner.stats ?? {};
  for (const title of skipped) process.stdout.write(`  - SKIPPED ${title}\n`);
  process.stdout.write(`${passes} passed, ${failures} failed, ${skipped.length} skipped\n`);
  process.exit(failures > 0 || passes + skipped.length === 0 ? 1 : 0);
});
runner.on('retry', (test, error) => process.stdout.write(`  once more: ${test.title}: ${error.message}\n`));
runner.on('pending', (test) => skipped.push(test.fullTitle()));
