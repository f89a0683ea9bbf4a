// The embedded server in this window: what it costs, its set-up after a yes, its start and its end.

import { existsSync } from 'node:fs';
import { join } from 'node:path';
import * as vscode from 'vscode';

import type { Connection } from '../models/connection.ts';
import { Embedded, readEmbeddedPaths } from '../models/embedded.ts';
import { Owner } from '../own.ts';
import { RepairError } from '../repair/errors.ts';
import { runSetup } from './setup.ts';

const MODEL = 'SmolLM2-135M-Instruct on this CPU: small, for trying things out';
const COST = 'Fetches about 3 GB, takes 6 GB of disk and 2 to 6 minutes';

export class EmbeddedServer extends Owner {
  readonly #root: string;
  readonly #log: vscode.LogOutputChannel;
  #server: Embedded | null = null;

  /** `root` is the extension's folder: a clone of the repository, or a package without the server. */
  constructor(root: string, log: vscode.LogOutputChannel) {
    super();
    this.#root = root;
    this.#log = log;
  }

  /** Of the running server; null when none runs. */
  get pid(): number | null {
    return this.#server?.pid ?? null;
  }

  /** One line for the choice: what it is and what it costs. */
  async about(): Promise<string> {
    if (!this.#isClone) return 'Not part of this package: needs a clone of the repository';
    return (await this.#isSetUp()) ? `${MODEL}. Set up; starts in about a minute` : `${MODEL}. ${COST}`;
  }

  /** True when it is set up and may be started. Asks before anything is fetched. */
  async offer(): Promise<boolean> {
    if (!this.#isClone) {
      throw new RepairError(
        'unsupported',
        'The embedded server is not in this package. Clone the repository and run `npm run demo` there, or start ' +
          '`mucode serve` on another machine, then connect to its URL.',
      );
    }
    if (await this.#isSetUp()) return true;
    const yes = 'Set Up';
    const detail = `${COST}. It goes into a cache folder outside the repository and is shared by all clones.`;
    const question = 'Set up the embedded server on this machine?';
    if ((await vscode.window.showInformationMessage(question, { modal: true, detail }, yes)) !== yes) return false;
    await runSetup(this.#root, this.#log);
    return this.#isSetUp();
  }

  /** Starts it unless it runs; only after the user chose it. Throws RepairError. */
  async start(signal: AbortSignal, report: (message: string) => void): Promise<Connection> {
    // Read first: two starts at a time must meet in one server, so nothing may be waited for in between.
    const paths = await readEmbeddedPaths(this.#pathsFile);
    this.#server ??= new Embedded({
      serverPy: join(this.#root, 'server-py'),
      paths,
      onLog: (line) => this.#log.debug(`embedded server: ${line}`),
    });
    return this.#server.start(signal, (message) => {
      this.#log.info(message);
      report(message);
    });
  }

  async stop(): Promise<void> {
    const stopped = this.#server;
    this.#server = null;
    await stopped?.stop();
  }

  override dispose(): void {
    void this.stop();
    super.dispose();
  }

  get #isClone(): boolean {
    return existsSync(join(this.#root, 'tools', 'setup.js')) && existsSync(join(this.#root, 'server-py'));
  }

  get #pathsFile(): string {
    return join(this.#root, '.mucode', 'paths.json');
  }

  async #isSetUp(): Promise<boolean> {
    try {
      return Object.values(await readEmbeddedPaths(this.#pathsFile)).every((path) => existsSync(path));
    } catch (error) {
      if (error instanceof RepairError) return false;
      throw error;
    }
  }
}
