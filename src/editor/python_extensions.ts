// What the Python extensions of this window know about a file's interpreter. Neither is a dependency: each is asked if it is
// there, and what it answers is checked, never trusted to have a shape.

import * as vscode from 'vscode';

/** An extension that is still starting, or broken, must not hold the repair up. */
const ASK_MS = 5000;

export type PythonExtension = { readonly name: string; readonly find: () => Promise<string | null> };

/** In the order in which they are asked. Nothing is activated before `find` is called. */
export function pythonExtensions(file: vscode.Uri, log: vscode.LogOutputChannel): readonly PythonExtension[] {
  const asking = (id: string, name: string, ask: (api: unknown) => Promise<string | null>): PythonExtension => ({
    name,
    find: () => {
      const extension = vscode.extensions.getExtension<unknown>(id);
      if (!extension) return Promise.resolve(null);
      const answer = Promise.resolve(extension.activate()).then(ask);
      return within(answer, name, log);
    },
  });
  return [
    asking('ms-python.vscode-python-envs', 'Python Environments', (api) => fromEnvironments(api, file)),
    asking('ms-python.python', 'the Python extension', (api) => fromPython(api, file)),
  ];
}

/** `getEnvironment(uri)` gives an environment with `execInfo.run.executable`. */
async function fromEnvironments(api: unknown, file: vscode.Uri): Promise<string | null> {
  const environment = await call(api, 'getEnvironment', file);
  return textAt(environment, 'execInfo', 'run', 'executable');
}

/** `environments.getActiveEnvironmentPath(uri)` gives a path, `resolveEnvironment` the executable in it. */
async function fromPython(api: unknown, file: vscode.Uri): Promise<string | null> {
  const environments = at(api, 'environments');
  const active = await call(environments, 'getActiveEnvironmentPath', file);
  const resolved = await call(environments, 'resolveEnvironment', active);
  return textAt(resolved, 'executable', 'uri', 'fsPath') ?? textAt(active, 'path');
}

async function within(
  answer: Promise<string | null>,
  name: string,
  log: vscode.LogOutputChannel,
): Promise<string | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => {
    timer = setTimeout(() => {
      log.info(`${name} did not say within ${ASK_MS / 1000} s which interpreter it uses.`);
      resolve(null);
    }, ASK_MS);
  });
  try {
    return await Promise.race([answer, late]);
  } catch (error) {
    log.info(`${name} could not say which interpreter it uses: ${String(error)}`);
    return null;
  } finally {
    clearTimeout(timer);
  }
}

function at(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}

async function call(owner: unknown, name: string, argument: unknown): Promise<unknown> {
  const method = at(owner, name);
  return typeof method === 'function' ? ((await method.call(owner, argument)) as unknown) : undefined;
}

function textAt(value: unknown, ...names: readonly string[]): string | null {
  const found = names.reduce(at, value);
  return typeof found === 'string' && found !== '' ? found : null;
}
