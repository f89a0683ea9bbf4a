// CodeLenses above functions that have tests in their file. They come from a look at the text; nothing is started for them.

import * as vscode from 'vscode';

import { Owner } from '../own.ts';
import { affectsCodeLens, readSettings } from '../settings.ts';
import { glance } from '../tests/glance.ts';

export class Lenses extends Owner {
  readonly #change = this.own(new vscode.EventEmitter<void>());

  constructor() {
    super();
    const provider: vscode.CodeLensProvider = {
      onDidChangeCodeLenses: this.#change.event,
      provideCodeLenses: (document) => lensesOf(document),
    };
    this.own(vscode.languages.registerCodeLensProvider([{ language: 'python', scheme: 'file' }], provider));
    this.own(vscode.workspace.onDidChangeConfiguration((event) => affectsCodeLens(event) && this.#change.fire()));
    this.own(vscode.workspace.onDidGrantWorkspaceTrust(() => this.#change.fire()));
    this.#askAgain();
  }

  /** The document whose opening activates the extension may be asked for its lenses too early, and then never again. */
  #askAgain(): void {
    const isPython = ({ languageId }: vscode.TextDocument): boolean => languageId === 'python';
    const opened = this.own(
      vscode.workspace.onDidOpenTextDocument((document) => {
        if (!isPython(document)) return;
        this.release(opened);
        this.#change.fire();
      }),
    );
    if (vscode.workspace.textDocuments.some(isPython)) setImmediate(() => this.#change.fire());
  }
}

function lensesOf(document: vscode.TextDocument): vscode.CodeLens[] {
  if (!readSettings().codeLens || !vscode.workspace.isTrusted) return [];
  return glance(document.getText()).map(({ line, name, stub, tests }) => {
    const count = tests === 1 ? '1 test' : `${tests} tests`;
    return new vscode.CodeLens(new vscode.Range(line, 0, line, 0), {
      title: stub ? `$(edit) Write (${count})` : `$(wrench) Repair (${count})`,
      tooltip: `μCode: sample candidates for ${name} and run its tests on them`,
      command: stub ? 'mucode.writeFunction' : 'mucode.repairFunction',
      arguments: [document.uri.toString(), name],
    });
  });
}
