// Runs test/browser: the extension in VS Code's web build, used with mouse and keyboard. `--screenshots` also renews docs/images.
//
//   node tools/browser.js [--screenshots] [--grep WORDS]
import { join, resolve } from 'node:path';
import { run } from './children.js';

const ROOT = resolve(import.meta.dirname, '..');
const LIMIT_MS = 600_000;

const asked = process.argv.slice(2);
const screenshots = asked.includes('--screenshots');
const mocha = [join(ROOT, 'node_modules/mocha/bin/mocha.js'), '--no-config', '--exit', '--timeout', '240000'];
const { status } = await run(
  process.execPath,
  [...mocha, ...asked.filter((one) => one !== '--screenshots'), join(ROOT, 'test/browser/*.test.ts')],
  { cwd: ROOT, env: { ...process.env, MUCODE_SCREENSHOTS: screenshots ? '1' : '0' }, show: true, timeoutMs: LIMIT_MS },
);
process.exitCode = status;
