// The main job: from the command to a session that runs. Finds the function and its tests, asks what must be asked, queues it.

import * as vscode from 'vscode';

import { Owner } from '../own.ts';
import { portsOf } from '../ports.ts';
import { RepairError } from '../repair/errors.ts';
import type { Options, ProjectRun, SessionEvent } from '../repair/events.ts';
import { conversation, type Templates } from '../repair/prompt.ts';
import { nameOfCode, type Problem } from '../repair/problem.ts';
import type { Session } from '../repair/session.ts';
import { readSettings } from '../settings.ts';
import { composeProblem, MAX_TESTS } from '../tests/compose.ts';
import type { ChosenTest } from './chosen.ts';
import type { Consents } from './consents.ts';
import type { TestCollection } from './gather.ts';
import { checkWindow } from './guards.ts';
import type { Highlight } from './highlight.ts';
import type { Judging } from './judging.ts';
import type { Server } from './server.ts';
import type { Prepare, Run, Sessions } from './sessions.ts';
import { findTarget, placeFor, type Place, type Target } from './target.ts';
import { sessionId } from './words.ts';
import type { Workspaces } from './workspaces.ts';

export type Task = 'repair' | 'write';

export type Parts = {
  readonly sessions: Sessions;
  readonly judging: Judging;
  readonly server: Server;
  readonly consents: Consents;
  readonly tests: TestCollection;
  readonly workspaces: Workspaces;
  readonly highlight: Highlight;
  readonly log: vscode.LogOutputChannel;
  readonly templates: () => Promise<Templates>;
  /** Lets the user choose a server when none is connected; false when none was chosen. */
  readonly chooseServer: () => Promise<boolean>;
};

/** Seeds are multiplied per answer and must stay below 2^31, the most that some servers take. */
const SEEDS = 2_000_000;

export class Repairs extends Owner {
  readonly #parts: Parts;
  /** Repairs that look for their function and tests, before they are queued. */
  readonly #preparing = new Set<AbortController>();

  constructor(parts: Parts) {
    super();
    this.#parts = parts;
  }

  get preparing(): boolean {
    return this.#preparing.size > 0;
  }

  /** The whole repair of a function; null when it was cancelled before it began. Throws RepairError. */
  async start(task: Task, uri: vscode.Uri | null, name: string | null): Promise<Session | null> {
    checkWindow();
    const place = await placeFor(uri, name, null);
    return this.#whole(place.document.uri, (signal) => this.#problemAt(place, task, signal));
  }

  /** The whole repair of the code behind failing tests of a project; null when the user thought better of it. */
  async startTests(tests: readonly ChosenTest[]): Promise<Session | null> {
    checkWindow();
    return this.#whole(null, async (signal) => {
      const found = await this.#inProject(
        (report, either) => this.#parts.workspaces.fromTests(tests, either, report),
        signal,
      );
      return found && this.#ready(found.target, found.problem, found.run);
    });
  }

  async #whole(
    marked: vscode.Uri | null,
    prepare: (signal: AbortSignal) => Promise<Prepared | null>,
  ): Promise<Session | null> {
    const { highlight, sessions } = this.#parts;
    let prepared: Prepared | null = null;
    try {
      prepared = await this.#prepare(prepare);
      if (prepared === null) return null;
      const ready = prepared;
      const label = `${ready.task === 'repair' ? 'repair of' : 'writing'} ${nameOfCode(ready.problem)}`;
      return await sessions.enqueue(label, (...how) => this.#firstRun(ready, ...how));
    } finally {
      for (const uri of [marked, prepared?.uri]) if (uri) highlight.clear(uri);
    }
  }

  /** One further turn of an ended session, from one of its candidates. */
  async another(session: Session, candidate: string, note: string | null): Promise<Session | null> {
    checkWindow();
    const { sessions, judging, consents, server } = this.#parts;
    const templates = await this.#parts.templates();
    await this.#ensureServer();
    const messages = firstMessages(templates, session.problem, session.origin.task);
    await consents.require(server.destination, messages);
    return sessions.enqueue(`another turn for ${session.origin.label}`, async (signal, report): Promise<Run> => {
      const { generator, verifier, url } = await server.connect(signal, report);
      // The settings may have moved to another host while it waited in the queue.
      await consents.require(url, messages);
      const seed = session.options.seed + session.turns.length;
      const ports = portsOf({ judge: judging.judge(), generator, verifier, templates, url, seed });
      return { start: session, ports, continuation: { candidate, note } };
    });
  }

  /** Asks for tests of the function at the cursor and keeps them. */
  async typeTests(): Promise<void> {
    checkWindow();
    const place = await placeFor(null, null, null);
    try {
      const tests = await this.#prepare(async (signal) =>
        this.#parts.tests.ask(await this.#target(place, signal), signal),
      );
      vscode.window.setStatusBarMessage(
        `μCode: kept ${tests.length === 1 ? '1 test' : `${tests.length} tests`}.`,
        5000,
      );
    } finally {
      this.#parts.highlight.clear(place.document.uri);
    }
  }

  /** Ends what is being prepared; what runs is the sessions' to stop. */
  stop(): void {
    for (const one of this.#preparing) one.abort();
  }

  override dispose(): void {
    this.stop();
    super.dispose();
  }

  async #prepare<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const stop = new AbortController();
    this.#preparing.add(stop);
    const options = {
      location: vscode.ProgressLocation.Window,
      title: 'μCode: looking for the function and its tests',
    };
    try {
      return await vscode.window.withProgress(options, () => work(stop.signal));
    } finally {
      this.#preparing.delete(stop);
    }
  }

  #target(place: Place, signal: AbortSignal): Promise<Target> {
    return findTarget(place, this.#parts.judging.judge(), this.#parts.highlight, signal);
  }

  async #problemAt(place: Place, wanted: Task, signal: AbortSignal): Promise<Prepared | null> {
    const { tests, log, workspaces } = this.#parts;
    const target = await this.#target(place, signal);
    const { found, region, document } = target;
    if (wanted === 'write' && !found.stub) {
      throw new RepairError('unsupported', `${found.name} has a body already. Use “μCode: Repair Function” for it.`);
    }
    let gathered = await tests.gather(target, signal);
    if (gathered.length === 0) {
      const project = await this.#inProject((report, either) => workspaces.forFunction(target, either, report), signal);
      if (project) return this.#ready(target, project.problem, project.run);
      gathered = await tests.ask(target, signal);
    }
    if (gathered.length > MAX_TESTS)
      log.info(`${found.name} has ${gathered.length} tests; the first ${MAX_TESTS} are used.`);
    const file = document.uri.toString();
    const task = taskOf(target);
    const { timeLimit } = readSettings();
    const problem = composeProblem({ file, entryPoint: found.name, task, region, tests: gathered, timeLimit });
    return this.#ready(target, problem, null);
  }

  /** Runs of a project's tests may take minutes: said as they go on, and the user can stop them. */
  async #inProject<T>(
    work: (report: (message: string) => void, signal: AbortSignal) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    const options = { location: vscode.ProgressLocation.Notification, title: 'μCode', cancellable: true };
    return vscode.window.withProgress(options, async (progress, token) => {
      const cancel = new AbortController();
      const cancelling = token.onCancellationRequested(() => cancel.abort());
      try {
        return await work((message) => progress.report({ message }), AbortSignal.any([signal, cancel.signal]));
      } finally {
        cancelling.dispose();
      }
    });
  }

  /** Everything that is asked before the repair is queued: a server, and whether the code may go there. */
  async #ready(target: Target, problem: Problem, project: ProjectRun | null): Promise<Prepared> {
    await this.#ensureServer();
    const templates = await this.#parts.templates();
    const task = taskOf(target);
    await this.#parts.consents.require(this.#parts.server.destination, firstMessages(templates, problem, task));
    return { problem, task, lines: target.region.lines, templates, uri: target.document.uri, project };
  }

  async #ensureServer(): Promise<void> {
    if (this.#parts.server.connected || (await this.#parts.chooseServer())) return;
    throw new RepairError(
      'declined',
      'Nothing was run: no model server is connected. Connect to one, then repair again.',
    );
  }

  async #firstRun(prepared: Prepared, ...how: Parameters<Prepare>): Promise<Run> {
    const { problem, task, lines, templates, uri, project } = prepared;
    const { generator, verifier, url, model } = await this.#parts.server.connect(...how);
    // The settings may have moved to another host while it waited in the queue.
    await this.#parts.consents.require(url, firstMessages(templates, problem, task));
    const options = sessionOptions();
    const start: Extract<SessionEvent, { type: 'session' }> = {
      type: 'session',
      v: 1,
      id: sessionId(new Date(), Math.random()),
      at: new Date().toISOString(),
      problem,
      options,
      origin: { task, file: uri.toString(), label: nameOfCode(problem), lines, ...(project && { project }) },
      server: { url, model },
    };
    const judge = this.#parts.judging.judge();
    const ports = portsOf({ judge, generator, verifier, templates, url, seed: options.seed });
    return { start, ports, continuation: null };
  }
}

type Prepared = {
  readonly problem: Problem;
  readonly task: Task;
  readonly lines: readonly [number, number];
  readonly templates: Templates;
  readonly uri: vscode.Uri;
  readonly project: ProjectRun | null;
};

function taskOf({ found }: Target): Task {
  return found.stub ? 'write' : 'repair';
}

/** What the first request will hold, but for the baseline's feedback, which is not known before the tests ran. */
function firstMessages(templates: Templates, problem: Problem, task: Task): ReturnType<typeof conversation> {
  return conversation(templates, problem, task, null, []);
}

function sessionOptions(): Options {
  const { candidates, turns, temperature, selector } = readSettings();
  return { candidates, turns, temperature, selector, seed: Math.floor(Math.random() * SEEDS) };
}
