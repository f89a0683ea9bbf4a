// The embedded server in this window: what it costs, its set-up after a yes, its start and its end.

import * as vscode from 'vscode';

import type { Connection } from '../models/connection.ts';
import { Owner } from '../own.ts';
import { RepairError } from '../repair/errors.ts';
import { hasSetup, readPaths, runSetup } from './setup.ts';

export class EmbeddedServer extends Owner {
  readonly #root: string;
  readonly #log: vscode.LogOutputChannel;

  /** `root` is the extension's folder: a clone of the repository, or a package without the server. */
  constructor(root: string, log: vscode.LogOutputChannel) {
    super();
    this.#root = root;
    this.#log = log;
  }

  get pid(): number | null {
    return null;
  }

  /** One line for the choice. */
  about(): string {
    if (!hasSetup(this.#root)) return 'Not part of this package: needs a clone of the repository';
    const model = 'SmolLM2-135M-Instruct on the CPU: small, for trying things out';
    return this.#paths() ? `${model}. Set up; starts in about a minute` : `${model}. ${COST}`;
  }

  /** True when it is set up and may be started. Asks before anything is fetched. */
  async offer(): Promise<boolean> {
    if (!hasSetup(this.#root)) {
      throw new RepairError(
        'unsupported',
        'The embedded server is not in this package. Clone the repository and run `npm run demo` there, or start ' +
          '`mucode serve` on another machine, then connect to its URL.',
      );
    }
    if (this.#paths()) return true;
    const yes = 'Set Up';
    const detail = `${COST}. It goes into a cache folder outside the repository and is shared by all clones.`;
    const question = 'Set up the embedded server on this machine?';
    if ((await vscode.window.showInformationMessage(question, { modal: true, detail }, yes)) !== yes) return false;
    await runSetup(this.#root, this.#log);
    return this.#paths() !== null;
  }

  async start(_signal: AbortSignal): Promise<Connection> {
    throw new RepairError('server-failed', 'The embedded server cannot be started from here yet. Run `npm run demo`, then connect to its URL.');
  }

  async stop(): Promise<void> {}

  #paths(): ReturnType<typeof readPaths> {
    const paths = readPaths(this.#root);
    return paths && 'sglangPython' in paths && 'model' in paths && 'serverPython' in paths ? paths : null;
  }
}

const COST = 'Fetches about 3 GB, takes 6 GB of disk and 2 to 6 minutes';
