// Results of a project's tests as VS Code's own test runs, one labelled run for each candidate, under a controller of our own.
// The tests of the user's test extension are never touched.

import * as vscode from 'vscode';

import { Owner } from '../own.ts';
import { testName } from '../protocol/names.ts';
import { visible } from '../protocol/visible.ts';
import type { SessionEvent } from '../repair/events.ts';
import type { TestVerdict, Verdict, WorkspaceProblem } from '../repair/problem.ts';
import { BASELINE, type Session } from '../repair/session.ts';
import { uriIn } from './proposal.ts';
import type { Recorded, Sessions } from './sessions.ts';

/** Also in package.json: the menus are not offered on these tests. */
const CONTROLLER = 'mucode.candidates';

/** Neighbouring tests that get an item; a suite may have thousands. */
const MAX_NEIGHBOURS = 300;
const MAX_MESSAGE_CHARS = 4000;

type Items = ReadonlyMap<string, vscode.TestItem>;

export class TestRuns extends Owner {
  /** Made with the first project's session: an empty one would stand in everybody's Test Explorer. */
  #controller: vscode.TestController | null = null;
  #items: Items = new Map();
  readonly #open = new Map<string, vscode.TestRun>();

  constructor(sessions: Sessions) {
    super();
    this.own(sessions.onDidRecord((recorded) => this.#record(recorded)));
  }

  override dispose(): void {
    this.#endAll();
    super.dispose();
  }

  #record({ session, event }: Recorded): void {
    const { problem } = session;
    if (problem.kind !== 'workspace') return;
    switch (event.type) {
      case 'session':
        this.#begin(problem);
        return;
      case 'turn':
        // A further turn of an older session has its tests put back.
        if (!problem.public_tests.every((test) => this.#items.has(test.id))) this.#begin(problem);
        return;
      case 'baseline':
        this.#whole(`your code, ${session.origin.label}`, event.verdict);
        return;
      case 'test':
        this.#one(session, event);
        return;
      case 'verdict':
        this.#verdict(session, event);
        return;
      case 'final':
        this.#whole(`${event.candidate}, ${session.origin.label}: neighbouring tests`, event.verdict);
        return;
      case 'end':
        this.#endAll();
        return;
      case 'progress':
      case 'candidate':
      case 'scores':
      case 'pick':
      case 'infra':
    }
  }

  #begin(problem: WorkspaceProblem): void {
    this.#endAll();
    this.#controller ??= this.own(vscode.tests.createTestController(CONTROLLER, 'μCode candidates'));
    const controller = this.#controller;
    const items = new Map<string, vscode.TestItem>();
    const itemOf = (id: string): vscode.TestItem => {
      const file = id.split('::')[0] ?? id;
      // Without a range: in the editor's gutter the tests belong to the user's own extension.
      const item = controller.createTestItem(id, testName(id), uriIn(problem.root, file));
      item.description = file;
      items.set(id, item);
      return item;
    };
    const around = controller.createTestItem('neighbours', 'Neighbouring tests');
    around.children.replace(problem.private_tests.slice(0, MAX_NEIGHBOURS).map((test) => itemOf(test.id)));
    const own = problem.public_tests.map((test) => itemOf(test.id));
    controller.items.replace(around.children.size === 0 ? own : [...own, around]);
    this.#items = items;
  }

  #one(session: Session, event: Extract<SessionEvent, { type: 'test' }>): void {
    const item = this.#items.get(event.test);
    if (!item) return;
    const run = this.#runOf(session, event.turn, event.candidate);
    // What failed is told with its message, which comes with the verdict.
    if (event.result === 'pass') run.passed(item, event.ms);
    else run.started(item);
  }

  #verdict(session: Session, event: Extract<SessionEvent, { type: 'verdict' }>): void {
    const { turn, candidate, verdict } = event;
    const known = session.turns.find((one) => one.number === turn)?.candidates.find((one) => one.id === candidate);
    // An answer without code has not run, and a copy has run as its original.
    if (!known || known.code === null || known.duplicateOf !== null) return;
    const run = this.#runOf(session, turn, candidate);
    this.#tell(run, verdict);
    run.end();
    this.#open.delete(candidate);
  }

  #whole(name: string, verdict: Verdict): void {
    const run = this.#created(name);
    if (!run) return;
    this.#tell(run, verdict);
    run.end();
  }

  #tell(run: vscode.TestRun, verdict: Verdict): void {
    for (const test of verdict.tests) {
      const item = this.#items.get(test.test);
      if (!item) continue;
      if (test.result === 'pass') run.passed(item, test.ms);
      else if (test.result === 'skipped') run.skipped(item);
      else if (test.result === 'fail') run.failed(item, messageOf(test, item), test.ms);
      else run.errored(item, messageOf(test, item), test.ms);
    }
    const why = verdict.why === null ? '' : `${verdict.why}\r\n`;
    run.appendOutput(`${verdict.verdict}, judged ${verdict.judged}, ${verdict.tier}\r\n${why}`);
  }

  #runOf(session: Session, turn: number, candidate: string): vscode.TestRun {
    const open = this.#open.get(candidate);
    if (open) return open;
    const label = candidate === BASELINE ? 'your code' : `${candidate} (turn ${turn})`;
    const run = this.#created(`${label}, ${session.origin.label}`);
    if (!run) throw new Error('a result came before its session');
    this.#open.set(candidate, run);
    return run;
  }

  /** The focus stays where it is, and no view is opened: the panel shows the results already. */
  #created(name: string): vscode.TestRun | null {
    const controller = this.#controller;
    if (!controller) return null;
    const request = new vscode.TestRunRequest([...this.#items.values()], undefined, undefined, false, true);
    return controller.createTestRun(request, name, false);
  }

  #endAll(): void {
    for (const run of this.#open.values()) run.end();
    this.#open.clear();
  }
}

function messageOf({ result, expected, got, error }: TestVerdict, item: vscode.TestItem): vscode.TestMessage {
  const words = visible(
    error ?? (expected === null && got === null ? result : 'The result differs.'),
    MAX_MESSAGE_CHARS,
  );
  const message =
    expected !== null && got !== null
      ? vscode.TestMessage.diff(words, visible(expected, MAX_MESSAGE_CHARS), visible(got, MAX_MESSAGE_CHARS))
      : new vscode.TestMessage(words);
  if (item.uri) message.location = new vscode.Location(item.uri, new vscode.Position(0, 0));
  return message;
}
