// Collects the tests of a function: doctests, asserts of its file, of the project's test files, and those the user typed.

import * as vscode from 'vscode';

import type { Judge } from '../judge/client.ts';
import { RepairError } from '../repair/errors.ts';
import type { Test } from '../repair/problem.ts';
import { assertsFor } from '../tests/asserts.ts';
import { doctestsOf } from '../tests/doctests.ts';
import { moduleOf } from '../tests/paths.ts';
import { mayTest, NO_TEST_FILES, projectTests, TEST_FILES } from '../tests/project.ts';
import { exampleCall, typedTests, typedText } from '../tests/typed.ts';
import { linesOf } from '../repair/region.ts';
import { textOf, type Target } from './target.ts';

/** Test files that are looked through, inspected, and read at most, in bytes. */
const MAX_FILES = 400;
const MAX_INSPECTED = 30;
const MAX_FILE_BYTES = 300_000;

export class TestCollection {
  readonly #judge: () => Judge;
  /** Typed tests by file and function. */
  readonly #memory: vscode.Memento;
  readonly #log: vscode.LogOutputChannel;

  constructor(judge: () => Judge, memory: vscode.Memento, log: vscode.LogOutputChannel) {
    this.#judge = judge;
    this.#memory = memory;
    this.#log = log;
  }

  /** All tests that call the function directly; none where there are none. */
  async gather(target: Target, signal: AbortSignal): Promise<readonly Test[]> {
    return [
      ...doctestsOf(target.found),
      ...assertsFor(target.inspected, target.found.name),
      ...(await this.#typed(target, signal)),
      ...(await this.#fromProject(target, signal)),
    ];
  }

  /**
   * Asks for tests in a box, with those typed before. They are kept; an empty box forgets them. Throws RepairError
   * `no-tests` when the user gives none.
   */
  async ask(target: Target, signal: AbortSignal): Promise<readonly Test[]> {
    const { name } = target.found;
    const line = await vscode.window.showInputBox({
      title: `Tests of ${name}`,
      prompt: 'One or more asserts, separated by “;”. They are kept for the next time.',
      placeHolder: `assert ${exampleCall(name)} == 3`,
      value: this.#memory.get<string>(keyOf(target), ''),
      ignoreFocusOut: true,
      validateInput: async (value) => {
        const tests = value.trim() === '' ? [] : await this.#read(value, name, signal);
        return typeof tests === 'string' ? tests : null;
      },
    });
    const none = new RepairError(
      'no-tests',
      `There is no test for ${name}. Write an assert or a doctest that calls it, or type one when asked.`,
    );
    if (line === undefined) throw none;
    if (line.trim() === '') {
      await this.#memory.update(keyOf(target), undefined);
      throw none;
    }
    const tests = await this.#read(line, name, signal);
    if (typeof tests === 'string') throw new RepairError('no-tests', `The typed test cannot be used. ${tests}`);
    await this.#memory.update(keyOf(target), line.trim());
    return tests;
  }

  async #typed(target: Target, signal: AbortSignal): Promise<readonly Test[]> {
    const line = this.#memory.get<string>(keyOf(target), '');
    if (line === '') return [];
    const tests = await this.#read(line, target.found.name, signal);
    if (typeof tests !== 'string') return tests;
    this.#log.warn(`The tests typed earlier for ${target.found.name} are left out: ${tests}`);
    return [];
  }

  async #read(line: string, entryPoint: string, signal: AbortSignal): Promise<readonly Test[] | string> {
    return typedTests(await this.#judge().inspect(`${typedText(line)}\n`, signal), entryPoint);
  }

  async #fromProject(target: Target, signal: AbortSignal): Promise<readonly Test[]> {
    const { document, found } = target;
    const module = moduleOf(document.uri.path);
    const files = await vscode.workspace.findFiles(TEST_FILES, NO_TEST_FILES, MAX_FILES);
    const tests: Test[] = [];
    let inspected = 0;
    for (const file of files.toSorted((a, b) => a.path.localeCompare(b.path))) {
      if (file.toString() === document.uri.toString() || inspected === MAX_INSPECTED) continue;
      const text = await readBounded(file);
      if (text === null || !mayTest(text, module, found.name)) continue;
      inspected += 1;
      const label = vscode.workspace.asRelativePath(file, false);
      const result = projectTests(label, text, await this.#judge().inspect(text, signal), module, found.name);
      for (const reason of result.left) this.#log.info(reason);
      tests.push(...result.tests);
    }
    return tests;
  }
}

function keyOf({ document, found }: Target): string {
  return `tests:${document.uri.toString()}::${found.name}`;
}

/** The buffer's text where the file is open, else the disk's; null for what is too large or cannot be read. */
async function readBounded(uri: vscode.Uri): Promise<string | null> {
  const open = vscode.workspace.textDocuments.find((document) => document.uri.toString() === uri.toString());
  if (open) return textOf(open);
  try {
    if ((await vscode.workspace.fs.stat(uri)).size > MAX_FILE_BYTES) return null;
    return linesOf(new TextDecoder().decode(await vscode.workspace.fs.readFile(uri))).join('\n');
  } catch {
    // A test file that vanished or is not readable has no tests for us.
    return null;
  }
}
