// The project that a file belongs to, with its interpreter and its unsaved files: what the tests of the file are run with.

import { homedir } from 'node:os';
import * as vscode from 'vscode';

import { disk, printed } from '../disk.ts';
import { RepairError } from '../repair/errors.ts';
import { linesOf } from '../repair/region.ts';
import { readSettings } from '../settings.ts';
import type { Found } from '../tests/environments.ts';
import {
  installedInterpreters,
  resolveInterpreter,
  type Interpreter,
  type Resolved,
  type Sources,
} from '../tests/interpreter.ts';
import { relativeTo } from '../tests/paths.ts';
import type { Project } from '../tests/prepare.ts';
import { projectRoot, type Root } from '../tests/root.ts';
import { pythonExtensions } from './python_extensions.ts';
import { mayBeSecret } from './secrets.ts';

/** All unsaved files together: they travel with every request. */
const MAX_UNSAVED_CHARS = 1_000_000;

const CHOSEN = 'your choice for this project';

export class Projects {
  /** Chosen interpreters by project root. */
  readonly #memory: vscode.Memento;
  readonly #log: vscode.LogOutputChannel;

  constructor(memory: vscode.Memento, log: vscode.LogOutputChannel) {
    this.#memory = memory;
    this.#log = log;
  }

  /** The folder of the nearest project. Asks nothing. */
  async folderOf(file: vscode.Uri): Promise<string> {
    return (await rootOf(file)).path;
  }

  /** The nearest project of the file. Asks for an interpreter where none belongs to it. Throws RepairError. */
  async of(file: vscode.Uri): Promise<Project> {
    const root = await rootOf(file);
    const interpreter = await this.#interpreter(root, file);
    const { timeLimit, suiteLimit } = readSettings();
    const { path } = root;
    return { root: path, interpreter, adapter: 'auto', buffers: unsavedBelow(path), timeLimit, suiteLimit };
  }

  /** Lets the user name the interpreter of the file's project; what works is remembered. Null when they thought better of it. */
  async choose(file: vscode.Uri): Promise<{ readonly root: string; readonly interpreter: Interpreter } | null> {
    const root = await rootOf(file);
    const value = this.#chosen(root) ?? '';
    const path = await vscode.window.showInputBox({
      title: `Python interpreter for the tests of ${root.path}`,
      prompt: 'Path of the interpreter. It is remembered for this project; an empty box forgets it.',
      placeHolder: '/path/to/venv/bin/python',
      value,
      ignoreFocusOut: true,
      validateInput: async (text) => (text.trim() === '' ? null : this.#refusal(root, file, text.trim())),
    });
    if (path === undefined) return null;
    await this.#memory.update(keyOf(root), path.trim() === '' ? undefined : path.trim());
    const named = path.trim() === '' ? null : { path: path.trim(), from: CHOSEN };
    return { root: root.path, interpreter: await this.#resolve(root, file, named) };
  }

  async #interpreter(root: Root, file: vscode.Uri): Promise<Interpreter> {
    const chosen = this.#chosen(root);
    try {
      const sources = this.#sources(file, chosen === null ? null : { path: chosen, from: CHOSEN });
      const { interpreter, guessed } = await this.#resolved(root, sources);
      return guessed ? await this.#ask(root, file, sources) : interpreter;
    } catch (error) {
      if (!(error instanceof RepairError) || error.kind === 'declined') throw error;
      this.#log.info(error.message);
      const asked = await this.choose(file);
      if (asked) return asked.interpreter;
      throw error;
    }
  }

  /** Nothing says which interpreter the project has: the user does, once. Throws RepairError `declined`. */
  async #ask(root: Root, file: vscode.Uri, sources: Sources): Promise<Interpreter> {
    const found = await installedInterpreters(root.path, sources);
    const items = [
      ...found.map((one) => ({ label: `Python ${one.version}`, description: one.path, detail: one.from, one })),
      { label: '$(edit) Another one…', description: 'type its path', one: null },
    ];
    const picked = await vscode.window.showQuickPick(items, {
      title: `Python interpreter for the tests of ${root.path}`,
      placeHolder: 'The project has no environment of its own. Your choice is remembered for it.',
      ignoreFocusOut: true,
    });
    if (picked?.one) {
      await this.#memory.update(keyOf(root), picked.one.path);
      return { ...picked.one, from: CHOSEN };
    }
    const typed = picked ? await this.choose(file) : null;
    if (typed) return typed.interpreter;
    const next = 'Make an environment for the project, or choose an interpreter, then repair again.';
    throw new RepairError(
      'declined',
      `Nothing was run: no interpreter was chosen for the tests of ${root.path}. ${next}`,
    );
  }

  /** Why the path is no interpreter for the project; null where it is one. */
  async #refusal(root: Root, file: vscode.Uri, path: string): Promise<string | null> {
    try {
      await this.#resolve(root, file, { path, from: 'it' });
      return null;
    } catch (error) {
      if (error instanceof RepairError) return error.message;
      throw error;
    }
  }

  async #resolve(root: Root, file: vscode.Uri, named: Found | null): Promise<Interpreter> {
    return (await this.#resolved(root, this.#sources(file, named))).interpreter;
  }

  #sources(file: vscode.Uri, named: Found | null): Sources {
    const { python } = readSettings();
    return {
      files: disk,
      run: printed,
      home: homedir(),
      environment: process.env,
      named,
      extensions: pythonExtensions(file, this.#log),
      settings: python === null ? [] : [{ path: python, from: 'the setting mucode.python' }],
    };
  }

  async #resolved(root: Root, sources: Sources): Promise<Resolved> {
    const resolved = await resolveInterpreter(root.path, root.folders, sources);
    for (const reason of resolved.passedOver) this.#log.info(reason);
    return resolved;
  }

  #chosen(root: Root): string | null {
    return this.#memory.get<string | null>(keyOf(root), null);
  }
}

/** Also where several folders are open, and several projects lie in one: the nearest wins. */
async function rootOf(file: vscode.Uri): Promise<Root> {
  const folder = vscode.workspace.getWorkspaceFolder(file)?.uri.path ?? null;
  return projectRoot(file.path, disk, { folder, home: homedir() });
}

/**
 * Texts of the project's unsaved files as the editor has them, by relative path. Throws RepairError where they are more than
 * a request can carry.
 */
function unsavedBelow(root: string): Readonly<Record<string, string>> {
  const texts = vscode.workspace.textDocuments.flatMap((document) => {
    const path = document.isDirty && document.uri.scheme === 'file' ? relativeTo(root, document.uri.path) : null;
    return path === null || mayBeSecret(path) ? [] : [[path, linesOf(document.getText()).join('\n')] as const];
  });
  if (texts.reduce((sum, [, text]) => sum + text.length, 0) <= MAX_UNSAVED_CHARS) return Object.fromEntries(texts);
  const names = texts.map(([path]) => path).join(', ');
  throw new RepairError(
    'unsupported',
    `The unsaved files are too large to be judged: ${names}. Save them, then repair again.`,
  );
}

function keyOf({ path }: Root): string {
  return `python:${path}`;
}
