// Consent to send code to a host that is not this machine: asked once per host, with what will leave, and revocable.

import * as vscode from 'vscode';

import { hostOf, isLoopback, whatLeaves } from '../models/privacy.ts';
import { RepairError } from '../repair/errors.ts';
import type { Message } from '../repair/events.ts';

const KEY = 'consents';

/** Characters of the request that the question itself shows. */
const SHOWN_CHARS = 1500;

type Decisions = Readonly<Record<string, 'allowed' | 'refused'>>;

export class Consents {
  readonly #memory: vscode.Memento;

  constructor(memory: vscode.Memento) {
    this.#memory = memory;
  }

  /** Asks where it must. Throws RepairError `declined` unless the messages may go to the URL. */
  async require(url: string, messages: readonly Message[]): Promise<void> {
    if (isLoopback(url)) return;
    const host = hostOf(url);
    const decided = this.#decisions()[host];
    if (decided === 'allowed') return;
    if (decided === 'refused') {
      throw new RepairError(
        'declined',
        `You decided that no code goes to ${host}. “μCode: Forget Server Consents” lets you decide again.`,
      );
    }
    await this.#ask(host, messages);
  }

  /** Forgets every decision; the hosts for which there was one. */
  async forget(): Promise<readonly string[]> {
    const hosts = Object.keys(this.#decisions());
    await this.#memory.update(KEY, undefined);
    return hosts;
  }

  async #ask(host: string, messages: readonly Message[]): Promise<void> {
    const leaving = whatLeaves(messages);
    const secrets =
      leaving.redacted === 0
        ? 'No obvious secrets were found in it.'
        : `${leaving.redacted} obvious secrets are left out.`;
    const more = leaving.text.length > SHOWN_CHARS ? '\n…' : '';
    const detail =
      `The function, the rest of its file, its tests and later the output of failing tests go to the model server at ${host}. ` +
      'Where that server has a verifier, each program that a repair finds goes there once more, to be scored. ' +
      `The first request has ${leaving.lines} lines, ${leaving.characters} characters. ${secrets}\n\n` +
      leaving.text.slice(0, SHOWN_CHARS) +
      more;
    const allow = `Allow for ${host}`;
    const never = 'Never for this Host';
    const whole = 'Show Everything';
    const question = `Send this code to ${host}?`;
    const answer = await vscode.window.showWarningMessage(question, { modal: true, detail }, allow, whole, never);
    if (answer === allow) {
      await this.#decide(host, 'allowed');
      return;
    }
    if (answer === never) await this.#decide(host, 'refused');
    if (answer === whole) {
      await vscode.window.showTextDocument(await vscode.workspace.openTextDocument({ content: leaving.text }));
      throw new RepairError('declined', `Nothing was sent. This is what would go to ${host}; repair again to decide.`);
    }
    throw new RepairError('declined', `Nothing was sent to ${host}.`);
  }

  async #decide(host: string, decision: 'allowed' | 'refused'): Promise<void> {
    await this.#memory.update(KEY, { ...this.#decisions(), [host]: decision });
  }

  #decisions(): Decisions {
    return this.#memory.get<Decisions>(KEY, {});
  }
}
