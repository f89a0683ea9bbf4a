// From failing tests, or from a function, to a problem that a project's own tests judge: runs them on the code as it is, asks
// which code to repair, and looks for the tests around it. What becomes of the problem is repairs.ts.

import * as vscode from 'vscode';

import type { Judge } from '../judge/client.ts';
import type { DiscoveredTest } from '../protocol/workspace.ts';
import { RepairError } from '../repair/errors.ts';
import type { ProjectRun } from '../repair/events.ts';
import type { WorkspaceProblem } from '../repair/problem.ts';
import { testIdOf } from '../tests/ids.ts';
import { relativeTo } from '../tests/paths.ts';
import { findFailing, prepareWorkspace, type Failing, type Project } from '../tests/prepare.ts';
import { columnOf } from './candidates.ts';
import { checkLanguage, type ChosenTest } from './chosen.ts';
import type { KnownFailures } from './failures.ts';
import { checkDocument } from './guards.ts';
import type { Highlight } from './highlight.ts';
import type { Projects } from './projects.ts';
import { propose, uriIn, type Proposed } from './proposal.ts';
import { findTarget, textOf, type Target } from './target.ts';

export type Found = {
  readonly problem: WorkspaceProblem;
  readonly run: ProjectRun;
  readonly target: Target;
};

type Parts = {
  readonly judge: () => Judge;
  readonly projects: Projects;
  readonly failures: KnownFailures;
  readonly highlight: Highlight;
  readonly log: vscode.LogOutputChannel;
};

type Report = (message: string) => void;

/** Test files that are run to find one that fails for a function. */
const MAX_FILES = 12;

export class Workspaces {
  readonly #judge: () => Judge;
  readonly #projects: Projects;
  readonly #failures: KnownFailures;
  readonly #highlight: Highlight;
  readonly #log: vscode.LogOutputChannel;

  constructor({ judge, projects, failures, highlight, log }: Parts) {
    this.#judge = judge;
    this.#projects = projects;
    this.#failures = failures;
    this.#highlight = highlight;
    this.#log = log;
  }

  /** The problem that the tests show; null when the user thought better of it. Throws RepairError. */
  async fromTests(tests: readonly ChosenTest[], signal: AbortSignal, report: Report): Promise<Found | null> {
    const [first] = tests;
    if (!first)
      throw new RepairError('no-tests', 'This is no test with a file. Choose a failing test in the Test Explorer.');
    for (const test of tests) await checkLanguage(test);
    const project = await this.#projects.of(first.uri);
    const selection = await this.#selection(tests, project.root, signal);
    report(selection.length === 1 ? `running ${selection[0]}` : `running ${selection.length} tests`);
    const failing = await findFailing(this.#judge(), project, selection, report, signal);
    this.#failures.remember(project.root, failing.tests);
    const proposed = await propose(failing, project.root);
    if (proposed === null) return null;
    return this.#prepared(project, failing, await this.#target(project, proposed, signal), signal, report);
  }

  /** The problem that the project's tests show in a function; null where none of them fails in it. */
  async forFunction(target: Target, signal: AbortSignal, report: Report): Promise<Found | null> {
    const { document, found } = target;
    if (document.uri.scheme !== 'file') return null;
    try {
      const files = await this.#testFilesOf(document.uri, signal);
      if (files.length === 0) return null;
      const project = await this.#projects.of(document.uri);
      const failing = await this.#failingFor(project, target, files, signal, report);
      return failing && (await this.#prepared(project, failing, target, signal, report));
    } catch (error) {
      // Tests of its own can still be typed for the function.
      if (signal.aborted || !(error instanceof RepairError) || error.kind === 'declined') throw error;
      this.#log.info(`No test of the project was found for ${found.name}: ${error.message}`);
      return null;
    }
  }

  /** The nearest test files that import the file; its own examples are gathered before any project is asked. */
  async #testFilesOf(uri: vscode.Uri, signal: AbortSignal): Promise<readonly string[]> {
    const root = await this.#projects.folderOf(uri);
    const file = relativeTo(root, uri.path);
    if (file === null) return [];
    const around = await this.#judge().neighbours({ root, file }, signal);
    for (const warning of around.warnings) this.#log.warn(warning);
    return around.files.filter((one) => one !== file).slice(0, MAX_FILES);
  }

  async #failingFor(
    project: Project,
    target: Target,
    files: readonly string[],
    signal: AbortSignal,
    report: Report,
  ): Promise<Failing | null> {
    const { root } = project;
    const { document, found } = target;
    const file = relativeTo(root, document.uri.path);
    if (file === null) return null;
    report(`running the project’s tests of ${file}`);
    const { discovered, tests } = await findFailing(this.#judge(), project, files, report, signal);
    const related = tests.filter((test) => concerns(test, file, found.name));
    if (related.length === 0) return null;
    this.#failures.remember(root, related);
    const others = discovered.tests.filter((test) => !tests.includes(test));
    return { discovered: { ...discovered, tests: [...related, ...others] }, tests: related };
  }

  async #prepared(
    project: Project,
    failing: Failing,
    target: Target,
    signal: AbortSignal,
    report: Report,
  ): Promise<Found> {
    const { document, found } = target;
    const file = relativeTo(project.root, document.uri.path);
    if (file === null)
      throw new RepairError('unsupported', `${document.uri.path} is not inside of the project ${project.root}.`);
    const suspect = { file, entry_point: found.name };
    const text = textOf(document);
    const onProgress = (message: string): void => report(`${found.name}: ${message}`);
    report(`looking for the tests around ${found.name}`);
    const { problem, run } = await prepareWorkspace(this.#judge(), project, failing, suspect, text, onProgress, signal);
    return { problem, run, target };
  }

  /** The function of the proposal, shown and marked in its file. */
  async #target({ root }: Project, proposed: Proposed, signal: AbortSignal): Promise<Target> {
    const named = 'file' in proposed;
    const document = named ? await vscode.workspace.openTextDocument(uriIn(root, proposed.file)) : proposed.document;
    await checkDocument(document);
    await vscode.window.showTextDocument(document, { preserveFocus: true, viewColumn: columnOf(document.uri) });
    const place = named
      ? { document, line: 0, name: proposed.entry_point }
      : { document, line: proposed.line, name: null };
    const target = await findTarget(place, this.#judge(), this.#highlight, signal);
    const at = new vscode.Range(target.found.lines[0] - 1, 0, target.found.lines[0] - 1, 0);
    for (const editor of vscode.window.visibleTextEditors) {
      if (editor.document === document) editor.revealRange(at, vscode.TextEditorRevealType.InCenterIfOutsideViewport);
    }
    return target;
  }

  async #selection(tests: readonly ChosenTest[], root: string, signal: AbortSignal): Promise<readonly string[]> {
    const ids = new Set<string>();
    for (const { uri, item } of tests) {
      const document = await vscode.workspace.openTextDocument(uri);
      const inspected = await this.#judge().inspect(textOf(document), signal);
      const id = testIdOf(item, root, inspected);
      if (id !== null) ids.add(id);
      else this.#log.info(`${item.label} was left out: ${uri.path} is not inside of the project ${root}.`);
    }
    return [...ids];
  }
}

/** Whether the failure went through the function, or the test's text names it. */
function concerns({ frames, source }: DiscoveredTest, file: string, name: string): boolean {
  const last = name.slice(name.lastIndexOf('.') + 1);
  const through = frames.some((frame) => frame.file === file && frame.name.split('.').at(-1) === last);
  return through || new RegExp(`(?<![\\w])${last}(?!\\w)`, 'u').test(source);
}
