// Which model server is asked, with its key; the generator is kept as long as the connection stays the same.

import type * as vscode from 'vscode';

import type { Connection } from '../models/connection.ts';
import { Generator } from '../models/generator.ts';
import { Verifier } from '../models/verifier.ts';
import { RepairError } from '../repair/errors.ts';
import { EMBEDDED, readSettings } from '../settings.ts';
import type { EmbeddedServer } from './embedded.ts';

type Report = (message: string) => void;

export type Connected = {
  readonly generator: Generator;
  /** Of this one session. */
  readonly verifier: Verifier;
  readonly url: string;
  readonly model: string;
};

export class Server {
  readonly #secrets: vscode.SecretStorage;
  readonly #embedded: EmbeddedServer;
  readonly #log: vscode.LogOutputChannel;
  /** Where the one who connected last wants to read why nothing comes yet. */
  #report: Report = () => {};
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
  async connect(signal: AbortSignal, report: Report): Promise<Connected> {
    this.#report = report;
    const connection = await this.connection(signal, report);
    const id = JSON.stringify(connection);
    if (this.#kept?.id !== id) {
      const onWait = (message: string): void => {
        this.#log.info(message);
        this.#report(message);
      };
      const generator = new Generator(connection, { onWait });
      this.#kept = { id, generator };
    }
    const { generator } = this.#kept;
    const model = await generator.model(signal);
    return { generator, verifier: new Verifier(connection), url: connection.url, model };
  }

  async connection(signal: AbortSignal, report: Report): Promise<Connection> {
    const { serverUrl, serverModel } = readSettings();
    if (serverUrl === '') {
      throw new RepairError(
        'server-unreachable',
        'No model server is connected. Run “μCode: Connect to a Server…” first.',
      );
    }
    if (serverUrl === EMBEDDED) return this.#embedded.start(signal, report);
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
