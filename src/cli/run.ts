// One run of the command line tool, from its arguments to its exit status.

import { setMaxListeners } from 'node:events';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { Judge } from '../judge/client.ts';
import type { Connection } from '../models/connection.ts';
import { Embedded, readEmbeddedPaths } from '../models/embedded.ts';
import { Generator } from '../models/generator.ts';
import { isLoopback } from '../models/privacy.ts';
import { Verifier } from '../models/verifier.ts';
import { portsOf } from '../ports.ts';
import { bestOf } from '../repair/choose.ts';
import { RepairError, type RepairErrorKind } from '../repair/errors.ts';
import type { SessionEvent } from '../repair/events.ts';
import { repair } from '../repair/loop.ts';
import { spliced, spliceEdits } from '../repair/region.ts';
import { begin, step, type Candidate, type Session } from '../repair/session.ts';
import { readTemplates } from '../templates.ts';
import type { Arguments } from './arguments.ts';
import { requireConsent, type Asking } from './consent.ts';
import { unifiedDiff } from './diff.ts';
import { edited, writeSource } from './file.ts';
import { jobOf, type Job } from './job.ts';
import type { Resources } from './resources.ts';
import { summary, type Screen } from './screen.ts';
import { jobOfTests } from './workspace.ts';

export type Surroundings = {
  readonly resources: Resources;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly screen: Screen;
  readonly ask: Asking['ask'];
};

const DEFAULT_URL = 'http://127.0.0.1:8600/v1';

/** The exit status of an ended session. */
function statusOf(session: Session): number {
  switch (session.outcome) {
    case 'solved':
      return 0;
    case 'exhausted':
      return 1;
    case 'failed':
      // Tests that already pass are a problem of the question, not of a server.
      return session.turns.length === 0 && session.baseline?.verdict === 'pass' ? 2 : 3;
    case 'stopped':
    case null:
      return 130;
  }
}

export function statusOfError(kind: RepairErrorKind): number {
  if (kind === 'stopped') return 130;
  return kind.startsWith('server-') || kind === 'judge-unavailable' || kind === 'no-isolation' ? 3 : 2;
}

/** Throws RepairError for what goes wrong before the session has begun or while its result is written. */
export async function run(args: Arguments, around: Surroundings, signal: AbortSignal): Promise<number> {
  // Every request of a turn listens to the one signal.
  setMaxListeners(0, signal);
  // With --test the interpreter is the project's; the judge has its own.
  const python = args.failing.length > 0 ? null : args.python;
  const judge = new Judge({ python, judgeDir: around.resources.judge, env: around.env });
  const embedded = args.embedded ? await embeddedOf(around) : null;
  try {
    const job =
      args.failing.length > 0 ? await jobOfTests(args, judge, around, signal) : await jobOf(args, judge, signal);
    for (const sentence of job.left) around.screen.say([[sentence, 'dim']]);
    const say = (message: string): void => around.screen.say([[message, 'dim']]);
    const connection = embedded ? await embedded.start(signal, say) : await connectionOf(args, around);
    await requireConsent(connection.url, job.problem, { yes: args.yes, ask: around.ask });
    const session = await repaired(args, job, connection, judge, around, signal);
    around.screen.end();
    await conclude(args, job, session, around.screen);
    return statusOf(session);
  } finally {
    around.screen.end();
    await Promise.all([judge.dispose(), embedded?.stop()]);
  }
}

async function repaired(
  args: Arguments,
  job: Job,
  connection: Connection,
  judge: Judge,
  { resources, screen }: Surroundings,
  signal: AbortSignal,
): Promise<Session> {
  const generator = new Generator(connection, { onWait: (message) => screen.say([[message, 'dim']]) });
  const templates = await readTemplates(resources.prompts);
  const model = await generator.model(signal);
  const verifier = new Verifier(connection);
  const ports = portsOf({ judge, generator, verifier, templates, url: connection.url, seed: args.options.seed });
  const at = new Date().toISOString();
  const { problem, origin } = job;
  const server = { url: connection.url, model };
  const first = { type: 'session', v: 1, id: at, at, problem, options: args.options, origin, server } as const;
  let session = begin(first);
  screen.show(first, session);
  const emit = (event: SessionEvent): void => {
    session = step(session, event);
    screen.show(event, session);
  };
  return await repair(session, ports, emit, signal);
}

async function conclude(args: Arguments, job: Job, session: Session, screen: Screen): Promise<void> {
  const best = bestOf(session);
  if (best && job.place) for (const spans of diffOf(job.place, best)) screen.say(spans);
  screen.say(summary(session));
  if (!best || !job.place || args.apply === 'no') return;
  // Who stops a run does not expect it to write anything afterwards.
  if (session.outcome === 'stopped') return screen.say([['Nothing was written, since the run was stopped.', 'warn']]);
  if (session.outcome !== 'solved' && args.apply !== 'failing') {
    return screen.say([['Nothing was written, since no candidate is verified.', 'warn']]);
  }
  const { file, region } = job.place;
  await writeSource(file, edited(file, spliceEdits(file.lines, region, best.code ?? '', best.imports)));
  screen.say([[`Wrote ${best.id} into ${file.path}.`]]);
}

function diffOf({ file, region }: NonNullable<Job['place']>, best: Candidate): ReturnType<typeof unifiedDiff> {
  return unifiedDiff(file.lines, spliced(file.lines, region, best.code ?? '', best.imports));
}

async function embeddedOf({ resources, env }: Surroundings): Promise<Embedded> {
  if (resources.serverPy === null || resources.pathsFile === null) {
    const next = 'Run `npm run setup -- --for demo` in the clone, or give the --url of a server.';
    throw new RepairError('server-failed', `The embedded server is not set up here. ${next}`);
  }
  return new Embedded({ serverPy: resources.serverPy, paths: await readEmbeddedPaths(resources.pathsFile), env });
}

async function connectionOf(args: Arguments, { env }: Surroundings): Promise<Connection> {
  const url = args.url ?? env['MUCODE_URL'] ?? DEFAULT_URL;
  const key = env[args.keyEnv] ?? (isLoopback(url) ? await gatewayToken(env) : null);
  return { url, key, model: args.model };
}

/** The token that `mucode serve` made for this user, if there is one. It is only ever sent to this machine. */
async function gatewayToken(env: Surroundings['env']): Promise<string | null> {
  const base = env['XDG_STATE_HOME'] ?? join(homedir(), '.local', 'state');
  const text = await readFile(join(base, 'mucode', 'token'), 'utf8').catch(() => '');
  return text.trim() === '' ? null : text.trim();
}
