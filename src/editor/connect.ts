// “Connect to a Server…”: a URL with its key, tested before it is kept, or the embedded server, offered with what it costs.

import * as vscode from 'vscode';

import { apiUrl, type Connection } from '../models/connection.ts';
import { checkConnection, type Health } from '../models/health.ts';
import { RepairError } from '../repair/errors.ts';
import { EMBEDDED, readSettings, writeServer } from '../settings.ts';
import type { EmbeddedServer } from './embedded.ts';
import { checkWindow } from './guards.ts';
import type { Server } from './server.ts';

type Choice = vscode.QuickPickItem & { readonly act: () => Promise<boolean> };

const EXAMPLE = 'http://127.0.0.1:30000';

export class Connect {
  readonly #server: Server;
  readonly #embedded: EmbeddedServer;

  constructor(server: Server, embedded: EmbeddedServer) {
    this.#server = server;
    this.#embedded = embedded;
  }

  /** True when a server is connected afterwards because of what the user chose. */
  readonly choose = async (): Promise<boolean> => {
    checkWindow();
    const { serverUrl } = readSettings();
    const title = serverUrl === '' ? 'μCode: no model server is connected' : `μCode: connected to ${serverUrl}`;
    const choice = await vscode.window.showQuickPick(await this.#choices(serverUrl), { title, ignoreFocusOut: true });
    return choice ? choice.act() : false;
  };

  async #choices(serverUrl: string): Promise<readonly Choice[]> {
    const byUrl: Choice = {
      label: '$(plug) A server by its URL…',
      detail: 'Any OpenAI-compatible one: mucode serve, SGLang, vLLM, ollama, llama.cpp, LM Studio',
      act: () => this.#byUrl(serverUrl === EMBEDDED ? '' : serverUrl),
    };
    const embedded: Choice = {
      label: '$(chip) The embedded server on this machine',
      detail: await this.#embedded.about(),
      act: () => this.#useEmbedded(),
    };
    const test: Choice = {
      label: '$(pulse) Test the connection',
      act: () => this.#testKept(),
    };
    const stop: Choice = {
      label: '$(debug-stop) Stop the embedded server',
      act: async () => {
        await this.#embedded.stop();
        return false;
      },
    };
    const disconnect: Choice = {
      label: '$(debug-disconnect) Disconnect',
      act: async () => {
        await this.#embedded.stop();
        await writeServer('', '');
        return false;
      },
    };
    const running = this.#embedded.pid === null ? [] : [stop];
    return [byUrl, embedded, ...(serverUrl === '' ? [] : [test, ...running, disconnect])];
  }

  async #byUrl(before: string): Promise<boolean> {
    const title = 'Connect to a model server';
    const url = await vscode.window.showInputBox({
      title,
      prompt: 'URL of the server',
      placeHolder: EXAMPLE,
      value: before || EXAMPLE,
      ignoreFocusOut: true,
      validateInput: whyNoUrl,
    });
    if (url === undefined) return false;
    const wrong = whyNoUrl(url);
    if (wrong !== null) throw new RepairError('server-unreachable', wrong);
    const typed = await vscode.window.showInputBox({
      title,
      prompt: 'Its key, or nothing when it needs none. It is kept in the secret storage.',
      password: true,
      value: (await this.#server.key(url.trim())) ?? '',
      ignoreFocusOut: true,
    });
    if (typed === undefined) return false;
    return this.#tested({ url: url.trim(), key: typed.trim() || null, model: null });
  }

  /** Keeps the connection only after it answered, or when the user wants it all the same. */
  async #tested(connection: Connection): Promise<boolean> {
    const health = await test(connection);
    if (!health) return false;
    if (!health.ok) {
      const keep = 'Keep Anyway';
      const again = 'Change…';
      const answer = await vscode.window.showWarningMessage(health.message, keep, again);
      if (answer === again) return this.#byUrl(connection.url);
      if (answer !== keep) return false;
    }
    const model = health.models.length > 1 ? await whichModel(health.models) : '';
    if (model === undefined) return false;
    await this.#server.keepKey(connection.url, connection.key ?? '');
    await writeServer(connection.url, model);
    if (health.ok) void vscode.window.showInformationMessage(`μCode: ${health.message}`);
    return true;
  }

  async #testKept(): Promise<boolean> {
    const connection = await starting((signal, report) => this.#server.connection(signal, report));
    const health = connection && (await test(connection));
    if (health?.ok) void vscode.window.showInformationMessage(`μCode: ${health.message}`);
    else if (health) throw new RepairError('server-unreachable', health.message);
    return false;
  }

  async #useEmbedded(): Promise<boolean> {
    if (!(await this.#embedded.offer())) return false;
    const started = await starting((signal, report) => this.#embedded.start(signal, report));
    if (!started) return false;
    await writeServer(EMBEDDED, '');
    void vscode.window.showInformationMessage('μCode: the embedded server is ready.');
    return true;
  }
}

function test(connection: Connection): Promise<Health | null> {
  return cancellable(`asking ${connection.url}`, (signal) => checkConnection(connection, signal));
}

type Work<T> = (signal: AbortSignal, report: (message: string) => void) => Promise<T>;

function starting<T>(work: Work<T>): Promise<T | null> {
  return cancellable('starting the server', work);
}

/** Null when the user cancelled. */
async function cancellable<T>(what: string, work: Work<T>): Promise<T | null> {
  const options = { location: vscode.ProgressLocation.Notification, title: `μCode: ${what}`, cancellable: true };
  return vscode.window.withProgress(options, async (progress, token) => {
    const stop = new AbortController();
    const listening = token.onCancellationRequested(() => stop.abort());
    try {
      return await work(stop.signal, (message) => progress.report({ message }));
    } catch (error) {
      if (stop.signal.aborted) return null;
      throw error;
    } finally {
      listening.dispose();
    }
  });
}

/** Empty for “the first one that the server lists”; undefined when the user left. */
async function whichModel(models: readonly string[]): Promise<string | undefined> {
  return vscode.window.showQuickPick(models, { title: 'Which model?', ignoreFocusOut: true });
}

function whyNoUrl(value: string): string | null {
  try {
    apiUrl(value.trim());
    return null;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
