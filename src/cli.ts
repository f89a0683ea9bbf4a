// `mucode-repair`: the repair loop in a terminal. Reads the command line, wires the terminal, sets the exit status.

import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { readArguments, USAGE, type Arguments } from './cli/arguments.ts';
import { terminalQuestion } from './cli/consent.ts';
import { resourcesOf } from './cli/resources.ts';
import { run, statusOfError } from './cli/run.ts';
import { jsonScreen, liveScreen, plainScreen, type Screen, type Terminal } from './cli/screen.ts';
import { fields, text } from './protocol/shape.ts';
import { RepairError } from './repair/errors.ts';

async function main(): Promise<number> {
  const args = readArguments(process.argv.slice(2));
  if (args === 'help') return print(USAGE);
  const resources = resourcesOf(process.argv[1] ?? '.');
  if (args === 'version') return print(versionBeside(resources.judge));
  const stopping = new AbortController();
  const stop = (): void => {
    // The second time nothing is waited for; the judge and the server end when their pipes close.
    if (stopping.signal.aborted) process.exit(130);
    stopping.abort();
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, stop);
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    // The reader has gone, such as `head`: nobody waits for the rest.
    if (error.code !== 'EPIPE') throw error;
    stopping.abort();
  });
  const { signal } = stopping;
  return await run(
    args,
    { resources, env: process.env, screen: screenFor(args), ask: terminalQuestion(signal) },
    signal,
  );
}

function screenFor(args: Arguments): Screen {
  const { stdout, env } = process;
  const terminal: Terminal = {
    write: (text) => void stdout.write(text),
    isTerminal: stdout.isTTY,
    color: stdout.isTTY && (env['NO_COLOR'] ?? '') === '' && env['TERM'] !== 'dumb',
    size: () => ({ columns: stdout.columns || 80, rows: stdout.rows || 24 }),
  };
  if (args.json) return jsonScreen(terminal);
  return terminal.isTerminal && env['TERM'] !== 'dumb' ? liveScreen(terminal) : plainScreen(terminal);
}

function print(text: string): number {
  process.stdout.write(`${text}\n`);
  return 0;
}

function versionBeside(judge: string): string {
  // dist/judge or server-py/mucode/judge: the manifest is one or three folders above.
  for (const up of ['../..', '../../..']) {
    try {
      const manifest = fields(JSON.parse(readFileSync(join(judge, up, 'package.json'), 'utf8')), 'package.json');
      return `${text(manifest['name'], 'name')} ${text(manifest['version'], 'version')}`;
    } catch {
      // Not there: the other layout.
    }
  }
  return `mucode-repair (${dirname(judge)})`;
}

async function status(): Promise<number> {
  try {
    return await main();
  } catch (error) {
    // A bug: Node prints it with its stack.
    if (!(error instanceof RepairError)) throw error;
    process.stderr.write(`mucode-repair: ${error.message}\n`);
    return statusOfError(error.kind);
  }
}

// Not awaited at the top level: the bundle is CommonJS.
void (async () => {
  process.exitCode = await status();
})();
