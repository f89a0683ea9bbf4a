// Runs the extension's own tests (test/host) inside a real VS Code: its web build in headless Chromium, or with `--electron`
// a downloaded desktop VS Code. `--package` packs the extension as it is built and smoke-tests the installed package, `--vsix FILE`
// a package made before. Never hangs: one limit for the whole run.
//
//   node tools/host.js [--electron | --package | --vsix FILE] [--grep WORDS] [--limit SECONDS]
import { cpSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { run } from './children.js';
import { openBrowser } from './host/browser.js';
import { runElectron } from './host/electron.js';
import { keepLogs, leftovers } from './host/aftermath.js';
import { readPaths } from './host/paths.js';
import { follow, shown } from './host/report.js';
import { startServer } from './host/server.js';

const ROOT = resolve(dirname(fileURLToPath(import.meta.url)), '..');
const log = (/** @type {string} */ text) => void process.stdout.write(`${text}\n`);

const { values } = parseArgs({
  options: {
    electron: { type: 'boolean', default: false },
    package: { type: 'boolean', default: false },
    vsix: { type: 'string' },
    grep: { type: 'string', default: '' },
    limit: { type: 'string', default: '300' },
  },
});
/** Loaded beside ours: one that owns tests, and two that stand in for the Python extensions. */
const beside = ['test-owner', 'python-extension', 'python-environments'].map((name) =>
  join(ROOT, 'test/fixtures', name),
);
const scratch = mkdtempSync(join(tmpdir(), 'mucode-work-'));
const workspace = join(scratch, 'workspace');
const report = join(scratch, 'report.jsonl');
const installed = values.package || values.vsix !== undefined;
cpSync(join(ROOT, 'test/fixtures/workspace'), workspace, { recursive: true });
const environment = {
  MUCODE_HOST_REPORT: report,
  MUCODE_HOST_SUITE: installed ? 'smoke' : 'all',
  MUCODE_HOST_GREP: values.grep,
  MUCODE_HOST_ROOT: ROOT,
};
try {
  const limit = AbortSignal.timeout(Number(values.limit) * 1000);
  const passed = values.electron ? await inElectron() : await inBrowser(limit);
  process.exitCode = passed ? 0 : 1;
} finally {
  rmSync(scratch, { recursive: true, force: true });
}

async function inElectron() {
  const finished = new AbortController();
  const lines = printed(finished.signal);
  try {
    return (await runElectron({ root: ROOT, beside, workspace, environment, log })) === 'skipped' || (await lines);
  } finally {
    finished.abort();
  }
}

/** @param {AbortSignal} limit */
async function inBrowser(limit) {
  const paths = readPaths(ROOT);
  const vsix = installed ? { vsix: values.vsix === undefined ? await packed() : resolve(values.vsix) } : {};
  const server = await startServer({ paths, env: environment, ...(installed ? {} : { beside }), ...vsix });
  const browser = await openBrowser(paths.chromium);
  let passed = false;
  try {
    const development = installed ? join(ROOT, 'test/fixtures/smoke-extension') : ROOT;
    await browser.page.goto(server.url(workspace, { development, tests: join(ROOT, 'dist-test/host.cjs') }));
    passed = await printed(limit);
    if (limit.aborted) log(`No end of the tests within ${values.limit} s; giving up.`);
  } finally {
    if (!passed) keepLogs(ROOT, server, browser.console(), await browser.page.screenshot(), log);
    // Leaving the page is what deactivates the extension.
    await browser.close();
  }
  const left = await leftovers(server);
  await server.stop();
  server.forget();
  for (const one of left) log(`  ✗ left behind after deactivation: ${one}`);
  return passed && left.length === 0;
}

async function packed() {
  const file = join(scratch, 'packed.vsix');
  const vsce = join(ROOT, 'node_modules/@vscode/vsce/vsce');
  const made = await run(
    process.execPath,
    [vsce, 'package', '--no-dependencies', '--no-rewrite-relative-links', '--out', file],
    { cwd: ROOT },
  );
  if (made.status !== 0) throw new Error(`The extension could not be packed:\n${made.stdout}${made.stderr}`);
  return file;
}

/**
 * Prints the report as it grows. True when it ended and nothing failed and something ran.
 * @param {AbortSignal} signal
 */
async function printed(signal) {
  for await (const line of follow(report, signal)) {
    log(shown(line));
    if (line.event === 'end') return line.failed === 0 && line.passed > 0;
  }
  return false;
}
