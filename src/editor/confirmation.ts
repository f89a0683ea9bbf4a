// After Apply: the tests once more in the real workspace, by the user's own test extension where it knows them, else by the
// judge on the saved files. It runs the user's code, so it is asked for, or set to happen always.

import * as vscode from 'vscode';

import type { Judge } from '../judge/client.ts';
import { testName } from '../protocol/names.ts';
import type { WorkspaceProblem } from '../repair/problem.ts';
import type { Session } from '../repair/session.ts';
import { readSettings } from '../settings.ts';
import type { KnownFailures } from './failures.ts';
import { uriIn } from './proposal.ts';

/** VS Code's number for the run profiles that run, as opposed to debug and coverage. */
const RUN_GROUP = 2;
const OWN = /^mucode\./;
const RUN = 'Save and Run Tests';
const RESULTS = 'Show Test Results';

export class Confirmation {
  readonly #judge: () => Judge;
  readonly #failures: KnownFailures;
  readonly #log: vscode.LogOutputChannel;

  constructor(judge: () => Judge, failures: KnownFailures, log: vscode.LogOutputChannel) {
    this.#judge = judge;
    this.#failures = failures;
    this.#log = log;
  }

  /** Offers the run, or makes it, as the setting says; does nothing for other kinds of problems. */
  async after(session: Session, candidate: string): Promise<void> {
    const { problem, origin } = session;
    const { confirmAfterApply } = readSettings();
    if (problem.kind !== 'workspace' || confirmAfterApply === 'never') return;
    if (confirmAfterApply === 'ask') {
      const question = `μCode: ${candidate} is in ${origin.label}. Run its tests in the real workspace?`;
      if ((await vscode.window.showInformationMessage(question, RUN)) !== RUN) return;
    }
    await this.run(problem);
  }

  /** Saves what is open of the project, runs the tests there, and says how it ended. */
  async run(problem: WorkspaceProblem): Promise<void> {
    await this.#save(problem);
    const known = await this.#owned(problem);
    if (known.length === 0) return this.#judged(problem);
    await vscode.commands.executeCommand('vscode.runTestsById', RUN_GROUP, ...known);
    const summary = await this.#summary();
    const told = summary ?? 'They were run by their own extension; Test Results shows how they ended.';
    const chosen = await vscode.window.showInformationMessage(`μCode: the tests in the workspace. ${told}`, RESULTS);
    if (chosen === RESULTS) await vscode.commands.executeCommand('workbench.panel.testResults.view.focus');
  }

  async #save({ root }: WorkspaceProblem): Promise<void> {
    const below = (document: vscode.TextDocument): boolean => document.uri.path.startsWith(`${root}/`);
    for (const document of vscode.workspace.textDocuments) {
      if (document.isDirty && document.uri.scheme === 'file' && below(document)) await document.save();
    }
  }

  /** The ids under which another extension knows the tests. The commands are VS Code's own, but promised to nobody. */
  async #owned({ root, public_tests }: WorkspaceProblem): Promise<readonly string[]> {
    const found = new Set<string>();
    for (const { id } of public_tests) {
      const [file = '', ...names] = id.split('::');
      try {
        const paths = await vscode.commands.executeCommand('vscode.testing.getTestsInFile', uriIn(root, file));
        for (const path of Array.isArray(paths) ? (paths as unknown[]) : []) {
          if (isPath(path) && !OWN.test(path[0] ?? '') && endsWith(path.at(-1) ?? '', names))
            found.add(path.join('\0'));
        }
      } catch (error) {
        this.#log.info(`The tests of ${file} cannot be asked for here: ${String(error)}`);
      }
    }
    return [...found];
  }

  /** What VS Code's own tool says of the last run, where this version has it. */
  async #summary(): Promise<string | null> {
    const tool = vscode.lm.tools.find(({ name }) => name === 'testFailure');
    if (!tool) return null;
    try {
      const { content } = await vscode.lm.invokeTool(tool.name, { input: {}, toolInvocationToken: undefined });
      const text = content.map((part) => (part instanceof vscode.LanguageModelTextPart ? part.value : '')).join('');
      const passed = /passed="?(\d+)/.exec(text)?.[1];
      const failed = /failed="?(\d+)/.exec(text)?.[1];
      return passed === undefined || failed === undefined ? null : `${passed} passed, ${failed} failed.`;
    } catch (error) {
      this.#log.info(`The results of the run cannot be read here: ${String(error)}`);
      return null;
    }
  }

  async #judged(problem: WorkspaceProblem): Promise<void> {
    const { root, adapter, python, time_limit_s, public_tests } = problem;
    const selection = public_tests.map((test) => test.id);
    const options = { location: vscode.ProgressLocation.Notification, title: 'μCode', cancellable: true };
    const discovered = await vscode.window.withProgress(options, (progress, token) => {
      const stop = new AbortController();
      token.onCancellationRequested(() => stop.abort());
      progress.report({ message: 'running the tests on the saved files' });
      const discovery = { root, selection, adapter, time_limit_s, ...(python !== undefined && { python }) };
      return this.#judge().discover(discovery, (message) => progress.report({ message }), stop.signal);
    });
    const failed = discovered.tests.filter((test) => test.result !== 'pass');
    this.#failures.forget(discovered.tests.flatMap((test) => (test.result === 'pass' ? [test.id] : [])));
    const all = discovered.tests.length === 1 ? 'The test passes' : `All ${discovered.tests.length} tests pass`;
    if (failed.length === 0) {
      void vscode.window.showInformationMessage(`μCode: ${all} on the saved files.`);
      return;
    }
    const names = failed.map((test) => `${testName(test.id)} (${test.result})`).join(', ');
    void vscode.window.showWarningMessage(
      `μCode: on the saved files ${failed.length} of ${discovered.tests.length} tests do not pass: ${names}. Undo takes the candidate back.`,
    );
  }
}

function isPath(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((part) => typeof part === 'string');
}

/** Whether the id of another extension ends in the same names, however it joins them. */
function endsWith(id: string, names: readonly string[]): boolean {
  const plain = (text: string): string => text.replaceAll(/::|[\\/]/g, '.');
  const wanted = plain(names.join('.'));
  return plain(id) === wanted || plain(id).endsWith(`.${wanted}`);
}
