// The report of a test run inside VS Code: one JSON object per line, written by test/host/index.ts, read here as it grows.
import { existsSync, readFileSync } from 'node:fs';

const POLL_MS = 100;

/**
 * @typedef {{event: 'begin', vscode: string, node: string}
 *   | {event: 'pass' | 'skip', title: string, ms: number}
 *   | {event: 'fail', title: string, ms: number, error: string}
 *   | {event: 'end', passed: number, failed: number, skipped: number}} Line
 */

/**
 * Yields the lines as they are written, the last one being `end`. Ends without it when the signal is aborted.
 * @param {string} path
 * @param {AbortSignal} signal
 * @returns {AsyncGenerator<Line>}
 */
export async function* follow(path, signal) {
  let read = 0;
  while (!signal.aborted) {
    const lines = existsSync(path) ? readFileSync(path, 'utf8').split('\n').slice(0, -1) : [];
    for (const text of lines.slice(read)) {
      /** @type {Line} */
      const line = JSON.parse(text);
      yield line;
      if (line.event === 'end') return;
    }
    read = lines.length;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** @param {Line} line */
export function shown(line) {
  switch (line.event) {
    case 'begin':
      return `VS Code ${line.vscode}, Node ${line.node}`;
    case 'pass':
      return `  ✓ ${line.title} (${line.ms} ms)`;
    case 'skip':
      return `  - SKIPPED ${line.title}`;
    case 'fail':
      return `  ✗ ${line.title} (${line.ms} ms)\n${line.error.replaceAll(/^/gm, '      ')}`;
    case 'end':
      return `${line.passed} passed, ${line.failed} failed, ${line.skipped} skipped`;
  }
}
