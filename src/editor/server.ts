// Which model server is asked, with its key; the generator is kept as long as the connection stays the same.

import * as vscode from 'vscode';

import type { Connection } from '../models/connection.ts';
import { Generator } from '../models/generator.ts';
import { RepairError } from '../repair/errors.ts';
import { EMBEDDED, readSettings } from '../settings.ts';
import type { EmbeddedServer } from './embedded.ts';

export type Connected = { readonly generator: Generator; readonly url: string; readonly model: string };

export class Server {
  readonly #secrets: vscode.SecretStorage;
  readonly #embedded: EmbeddedServer;
  readonly #log: vscode.LogOutputChannel;
  #kept: { readonly id: string; readonly generator: Generator } | null = null;

  constructor(secrets: vscode.SecretStorage, embedded: EmbeddedServer, log: vscode.LogOutputChannel) {
    this.#secrets = secrets;
    this.#embedded = embedded;
    this.#log = log;
  }

  /** Where requests will go, for the question whether they may; the embedded server is on this machine. */
  get destination(): string {
    const { serverUrl } = readSettings();
    return serverUrl === EMBEDDED ? 'http://127.0.0.1' : serverUrl;
  }

  get connected(): boolean {
    return readSettings().serverUrl !== '';
  }

  /** Starts the embedded server where that is the one. Throws RepairError with the next step. */
  async connect(signal: AbortSignal): Promise<Connected> {
    const connection = await this.connection(signal);
    const id = JSON.stringify(connection);
    if (this.#kept?.id !== id) {
      const generator = new Generator(connection, { onWait: (message) => this.#log.info(message) });
      this.#kept = { id, generator };
    }
    const { generator } = this.#kept;
    return { generator, url: connection.url, model: await generator.model(signal) };
  }

  async connection(signal: AbortSignal): Promise<Connection> {
    const { serverUrl, serverModel } = readSettings();
    if (serverUrl === '') {
      throw new RepairError('server-unreachable', 'No model server is connected. Run “μCode: Connect to a Server…” first.');
    }
    if (serverUrl === EMBEDDED) return this.#embedded.start(signal);
    return { url: serverUrl, key: await this.key(serverUrl), model: serverModel || null };
  }

  /** The key of the server's origin, from the secret storage; never from a setting. */
  async key(url: string): Promise<string | null> {
    return (await this.#secrets.get(secretOf(url))) ?? null;
  }

  async keepKey(url: string, key: string): Promise<void> {
    if (key === '') await this.#secrets.delete(secretOf(url));
    else await this.#secrets.store(secretOf(url), key);
  }
}

function secretOf(url: string): string {
  return `key:${URL.canParse(url) ? new URL(url).origin : url}`;
}
