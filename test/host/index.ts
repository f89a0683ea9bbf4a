// The entry that VS Code's extension host calls: runs the suites with mocha and writes every result to the report file
// which tools/host.js follows. The suites are the other files of this folder.
import { appendFileSync } from 'node:fs';
import Mocha from 'mocha';
import * as vscode from 'vscode';

type Line =
  | { event: 'begin'; vscode: string; node: string }
  | { event: 'pass' | 'skip'; title: string; ms: number }
  | { event: 'fail'; title: string; ms: number; error: string }
  | { event: 'end'; passed: number; failed: number; skipped: number };

const TEST_MS = 60_000;

/** Called by VS Code. Rejects when a test failed, which is how a desktop VS Code gets its exit status. */
export async function run(): Promise<void> {
  write({ event: 'begin', vscode: vscode.version, node: process.versions.node });
  const mocha = new Mocha({ ui: 'bdd', timeout: TEST_MS, grep: process.env['MUCODE_HOST_GREP'] ?? '' });
  mocha.suite.emit('pre-require', globalThis, '', mocha);
  try {
    await (process.env['MUCODE_HOST_SUITE'] === 'smoke' ? import('./package.test.ts') : loadAll());
  } catch (error) {
    write({ event: 'fail', title: 'the suites load', ms: 0, error: textOf(error) });
    write({ event: 'end', passed: 0, failed: 1, skipped: 0 });
    throw error;
  }
  const failed = await results(mocha);
  if (failed > 0) throw new Error(`${failed} tests failed`);
}

async function loadAll(): Promise<void> {
  await import('./activation.test.ts');
  await import('./repair.test.ts');
  await import('./scores.test.ts');
  await import('./apply.test.ts');
  await import('./mishaps.test.ts');
  await import('./input.test.ts');
  await import('./sessions.test.ts');
  await import('./history.test.ts');
  await import('./projects.test.ts');
  await import('./interpreters.test.ts');
  await import('./real_project.test.ts');
  await import('./embedded.test.ts');
  await import('./leaving.test.ts');
}

function results(mocha: Mocha): Promise<number> {
  return new Promise((resolve) => {
    const count = { passed: 0, failed: 0, skipped: 0 };
    const runner = mocha.run(() => {
      write({ event: 'end', ...count });
      resolve(count.failed);
    });
    runner.on('pass', (test) => {
      count.passed += 1;
      write({ event: 'pass', title: test.fullTitle(), ms: test.duration ?? 0 });
    });
    runner.on('pending', (test) => {
      count.skipped += 1;
      write({ event: 'skip', title: test.fullTitle(), ms: 0 });
    });
    runner.on('fail', (test, error) => {
      count.failed += 1;
      write({ event: 'fail', title: test.fullTitle(), ms: test.duration ?? 0, error: textOf(error) });
    });
  });
}

function textOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function write(line: Line): void {
  const report = process.env['MUCODE_HOST_REPORT'];
  if (report === undefined) throw new Error('MUCODE_HOST_REPORT is not set: start the tests with tools/host.js.');
  appendFileSync(report, `${JSON.stringify(line)}\n`);
}
