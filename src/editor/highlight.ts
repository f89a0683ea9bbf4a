// The mark on the region under repair. It moves with the text around it and goes away when the repair is over.

import * as vscode from 'vscode';

import { Owner } from '../own.ts';

export class Highlight extends Owner {
  readonly #style = this.own(
    vscode.window.createTextEditorDecorationType({
      isWholeLine: true,
      backgroundColor: new vscode.ThemeColor('editor.wordHighlightBackground'),
      overviewRulerColor: new vscode.ThemeColor('editorOverviewRuler.wordHighlightForeground'),
      overviewRulerLane: vscode.OverviewRulerLane.Full,
    }),
  );

  /** Marks the 1-based lines in every editor that shows the document. */
  show(uri: vscode.Uri, [first, last]: readonly [number, number]): void {
    for (const editor of editorsOf(uri)) {
      editor.setDecorations(this.#style, [new vscode.Range(first - 1, 0, last - 1, 0)]);
    }
  }

  clear(uri: vscode.Uri): void {
    for (const editor of editorsOf(uri)) editor.setDecorations(this.#style, []);
  }
}

function editorsOf(uri: vscode.Uri): readonly vscode.TextEditor[] {
  return vscode.window.visibleTextEditors.filter((editor) => editor.document.uri.toString() === uri.toString());
}
