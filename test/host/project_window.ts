// What the tests of projects use of this window besides window.ts: a test extension's items and runs, and the judge's stand-in.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import * as vscode from 'vscode';
import type { TestApi } from '../../src/extension.ts';
import type { Session } from '../../src/repair/session.ts';
import { standIn } from '../fakes/stand_in.ts';
import { set, until, uriOf } from './window.ts';

/** What test/fixtures/test-owner gives: a controller that is none of ours, and the results of its runs. */
type TestOwner = {
  readonly controller: vscode.TestController;
  readonly runs: readonly (readonly { readonly label: string; readonly passed: boolean }[])[];
};

/** What test/fixtures/python-extension and python-environments give. */
type PythonExtension = { chosen: string | null; readonly asked: readonly (string | null)[] };

export const WITH_TAX = '```python\ndef with_tax(price):\n    return price * (100 + RATE) / 100\n```';
export const BREAKING = '```python\ndef with_tax(price):\n    return price * (100 + RATE) / 100 if price else 1\n```';
export const UNFIXED = '```python\ndef with_tax(price):\n    return price + RATE\n```';

export async function testOwner(): Promise<TestOwner> {
  const extension = vscode.extensions.getExtension<TestOwner>('fixtures.test-owner');
  assert.ok(extension, 'the fixture extension that owns tests is not loaded');
  return extension.activate();
}

export async function pythonExtension(id = 'ms-python.python'): Promise<PythonExtension> {
  const extension = vscode.extensions.getExtension<PythonExtension>(id);
  assert.ok(extension, 'the stand-in of the Python extension is not loaded');
  return extension.activate();
}

/** The interpreter behind the name on PATH, which may be a shim. */
export function pythonPath(): string {
  return execFileSync('python3', ['-c', 'import sys; print(sys.executable)'], { encoding: 'utf8' }).trim();
}

/** An item of the test extension by its label. */
export function itemOf({ controller }: TestOwner, label: string): vscode.TestItem {
  const all = [...controller.items].flatMap(([, file]) => [file, ...[...file.children].map(([, item]) => item)]);
  const item = all.find((one) => one.label === label);
  assert.ok(item, `no item ${label} among ${all.map((one) => one.label).join(', ')}`);
  return item;
}

/** Repairs from these arguments of a menu to the end. */
export async function repairTest(api: TestApi, ...args: readonly unknown[]): Promise<Session> {
  const before = api.sessions.current?.id;
  await vscode.commands.executeCommand('mucode.repairTest', ...args);
  return until('the session ends', () => {
    const session = api.sessions.current;
    return session !== null && session.id !== before && session.outcome !== null ? session : null;
  });
}

/** Puts the judge's stand-in in the place of the interpreter that the real judge would run with. Gives what undoes it. */
export async function standInJudge(): Promise<() => Promise<void>> {
  const judge = standIn(process.env['MUCODE_HOST_ROOT'] ?? '');
  await set({ 'judge.python': judge.program });
  return async () => {
    await set({ 'judge.python': undefined });
    judge.remove();
  };
}

/** Records the runs that the extension makes under its own controller. */
export class RunRecorder {
  readonly runs: { readonly name: string; readonly passed: string[]; readonly failed: string[]; ended: boolean }[] = [];
  readonly #real = vscode.tests.createTestController;

  constructor() {
    const create = (id: string, label: string): vscode.TestController => {
      const controller = this.#real.call(vscode.tests, id, label);
      const real = controller.createTestRun.bind(controller);
      controller.createTestRun = (request, name, persist) => this.#watched(real(request, name, persist), name ?? '');
      return controller;
    };
    Object.assign(vscode.tests, { createTestController: create });
  }

  restore(): void {
    Object.assign(vscode.tests, { createTestController: this.#real });
  }

  #watched(run: vscode.TestRun, name: string): vscode.TestRun {
    const record = { name, passed: [] as string[], failed: [] as string[], ended: false };
    this.runs.push(record);
    return new Proxy(run, {
      get: (target, key) => {
        const value: unknown = Reflect.get(target, key);
        if (typeof value !== 'function') return value;
        return (...args: readonly unknown[]) => {
          const [item] = args as readonly [vscode.TestItem | undefined];
          if (key === 'passed' && item) record.passed.push(item.label);
          if ((key === 'failed' || key === 'errored') && item) record.failed.push(item.label);
          if (key === 'end') record.ended = true;
          return value.apply(target, args) as unknown;
        };
      },
    });
  }
}

/** A file of the shop, the project in the opened folder. */
export function shop(name: string): vscode.Uri {
  return uriOf(`shop/${name}`);
}
