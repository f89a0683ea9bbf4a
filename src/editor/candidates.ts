// A candidate against the current buffer: as a diff, and applied as one edit. Nothing of the file changes before Apply.

import * as vscode from 'vscode';

import { Owner } from '../own.ts';
import { RepairError } from '../repair/errors.ts';
import { unverifiedBecause } from '../protocol/detail.ts';
import { markOf } from '../protocol/rows.ts';
import { nameOfCode, passedTests } from '../repair/problem.ts';
import { findCandidate, type Candidate, type Session } from '../repair/session.ts';
import { nameOf } from './guards.ts';
import { findRegion, linesOf, rangeEdits, spliced, spliceEdits, type Lines } from '../repair/region.ts';

const SCHEME = 'mucode-candidate';

/** The right side of a diff follows the buffer this soon after the last change. */
const REFRESH_MS = 150;

type FindSession = (id: string) => Session | null;

export class Candidates extends Owner {
  readonly #find: FindSession;
  readonly #change = this.own(new vscode.EventEmitter<vscode.Uri>());
  #timer: NodeJS.Timeout | null = null;

  constructor(find: FindSession) {
    super();
    this.#find = find;
    this.own(
      vscode.workspace.registerTextDocumentContentProvider(SCHEME, {
        onDidChange: this.#change.event,
        provideTextDocumentContent: (uri) => this.#content(uri),
      }),
    );
    this.own(vscode.workspace.onDidChangeTextDocument(({ document }) => this.#refresh(document.uri)));
  }

  /** Opens the native diff of the buffer and the whole file with the candidate in its place. */
  async diff(session: Session, id: string): Promise<void> {
    const { candidate } = usable(session, id);
    const file = vscode.Uri.parse(session.origin.file, true);
    const query = JSON.stringify({ session: session.id, candidate: id, file: session.origin.file });
    const title = `${nameOf(file)}: ${session.origin.label}, ${id} (${inWords(session, candidate)})`;
    await vscode.commands.executeCommand('vscode.diff', file, file.with({ scheme: SCHEME, query }), title, {
      preview: true,
      viewColumn: columnOf(file),
    });
  }

  /**
   * Puts the candidate into the buffer as one undo step. True when it did; false when the user thought better of it.
   * Throws RepairError `buffer-changed` when the region is not what was repaired.
   */
  async apply(session: Session, id: string): Promise<boolean> {
    const { candidate, code } = usable(session, id);
    if (!(await confirmed(session, candidate))) return false;
    const document = await openFile(session);
    const edit = new vscode.WorkspaceEdit();
    const file = linesOf(document.getText());
    const region = regionIn(file, session);
    if (!region) {
      throw new RepairError(
        'buffer-changed',
        `${session.origin.label} was changed or removed since the repair began, so ${id} was not applied. ` +
          'Compare them in the diff, or repair again from the code as it is now.',
      );
    }
    const eol = document.eol === vscode.EndOfLine.CRLF ? '\r\n' : '\n';
    const changes = rangeEdits(file, spliceEdits(file, region, code, candidate.imports), eol);
    if (changes.length === 0) return true;
    edit.set(
      document.uri,
      changes.map(({ start, end, text }) => {
        const range = new vscode.Range(start.line, start.character, end.line, end.character);
        return new vscode.TextEdit(range, text);
      }),
    );
    // VS Code checks the version of the document that the edit was made for, and refuses when it moved on meanwhile.
    if (await vscode.workspace.applyEdit(edit)) return true;
    throw new RepairError('buffer-changed', `${nameOf(document.uri)} changed at this very moment. Apply ${id} again.`);
  }

  /** Shows the function in its file. */
  async reveal(session: Session): Promise<void> {
    const document = await openFile(session);
    const region = regionIn(linesOf(document.getText()), session);
    const line = Math.min(region?.start ?? session.origin.lines[0] - 1, document.lineCount - 1);
    const selection = new vscode.Range(line, 0, line, 0);
    await vscode.window.showTextDocument(document, { selection, preview: false, viewColumn: columnOf(document.uri) });
  }

  override dispose(): void {
    if (this.#timer) clearTimeout(this.#timer);
    super.dispose();
  }

  async #content(uri: vscode.Uri): Promise<string> {
    const known = parseQuery(uri.query);
    const session = known && this.#find(known.session);
    const candidate = known && session && findCandidate(session, known.candidate);
    if (!session || !candidate || candidate.code === null)
      return 'This candidate is not kept any more. Open it from the history.';
    const document = await openFile(session);
    const file = linesOf(document.getText());
    const eol = document.eol === vscode.EndOfLine.CRLF ? '\r\n' : '\n';
    const region = regionIn(file, session) ?? renamedRegion(file, session);
    return spliced(file, region, candidate.code, candidate.imports).join(eol);
  }

  #refresh(changed: vscode.Uri): void {
    const base = changed.toString();
    const shown = (): readonly vscode.Uri[] =>
      vscode.workspace.textDocuments
        .map((document) => document.uri)
        .filter((uri) => uri.scheme === SCHEME && parseQuery(uri.query)?.file === base);
    if (shown().length === 0) return;
    if (this.#timer) clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      for (const uri of shown()) this.#change.fire(uri);
    }, REFRESH_MS);
  }
}

/** The region as it was when the session began, or as one of its candidates left it. */
function regionIn(file: readonly string[], session: Session): Lines | null {
  const applied = session.turns.flatMap((turn) => turn.candidates.flatMap((one) => one.code ?? []));
  return findRegion(file, [session.problem.code, ...applied], session.origin.lines[0] - 1);
}

/** For the diff of a region that was edited: the statement of the same name, else the end of the file. */
function renamedRegion(file: readonly string[], session: Session): Lines {
  const name = nameOfCode(session.problem).split('.')[0] ?? '';
  const head = file.findIndex((line) => new RegExp(`^(async\\s+def|def|class)\\s+${name}\\b`, 'u').test(line));
  if (head < 0) return { start: file.length, end: file.length };
  let start = head;
  while (start > 0 && file[start - 1]?.startsWith('@')) start -= 1;
  const next = file.findIndex((line, i) => i > head && /^[^\s)\]}#]/.test(line));
  let end = next < 0 ? file.length : next;
  while (end > head + 1 && file[end - 1]?.trim() === '') end -= 1;
  return { start, end };
}

/** The column where the file is open, so that nothing opens on top of the panel; else the first one. */
export function columnOf(file: vscode.Uri): vscode.ViewColumn {
  const holds = ({ input }: vscode.Tab): boolean =>
    input instanceof vscode.TabInputText && input.uri.toString() === file.toString();
  const group = vscode.window.tabGroups.all.find((one) => one.tabs.some(holds));
  return group?.viewColumn ?? vscode.ViewColumn.One;
}

function usable(session: Session, id: string): { readonly candidate: Candidate; readonly code: string } {
  const candidate = findCandidate(session, id);
  if (!candidate) throw new RepairError('unsupported', `There is no candidate ${id} in this session.`);
  if (candidate.code !== null) return { candidate, code: candidate.code };
  const why = candidate.trouble ?? 'It is not complete yet.';
  throw new RepairError(
    'unsupported',
    `${id} holds no code: ${why} Choose another candidate, or ask for another turn.`,
  );
}

/** A candidate that is not green is applied only after the user has read what is wrong with it. */
async function confirmed(session: Session, candidate: Candidate): Promise<boolean> {
  const { verdict } = candidate;
  if (verdict && markOf(session, verdict) === 'verified') return true;
  const apply = 'Apply Anyway';
  const why = verdict && unverifiedBecause(session, verdict);
  const detail = `${why === null ? '' : `${why} `}Undo takes it back in one step.`;
  const message = `${candidate.id} ${inWords(session, candidate)}.`;
  return (await vscode.window.showWarningMessage(message, { modal: true, detail }, apply)) === apply;
}

/** `fails 2 of 5 tests`, `passes all 5 tests`. */
function inWords(session: Session, { verdict }: Candidate): string {
  if (!verdict) return 'has not been judged yet';
  const all = verdict.tests.length;
  const failed = all - passedTests(verdict);
  if (verdict.verdict === 'tamper') return 'games its tests';
  if (failed > 0) return `fails ${failed} of ${all} tests`;
  return markOf(session, verdict) === 'verified' ? `passes all ${all} tests` : `passes all ${all} tests, not verified`;
}

async function openFile(session: Session): Promise<vscode.TextDocument> {
  const uri = vscode.Uri.parse(session.origin.file, true);
  try {
    return await vscode.workspace.openTextDocument(uri);
  } catch (error) {
    throw new RepairError('buffer-changed', `${nameOf(uri)} cannot be opened any more. Was it moved or deleted?`, {
      cause: error,
    });
  }
}

function parseQuery(
  query: string,
): { readonly session: string; readonly candidate: string; readonly file: string } | null {
  try {
    const value: unknown = JSON.parse(query);
    if (typeof value !== 'object' || value === null) return null;
    const { session, candidate, file } = value as Record<string, unknown>;
    return typeof session === 'string' && typeof candidate === 'string' && typeof file === 'string'
      ? { session, candidate, file }
      : null;
  } catch {
    // Not one of our addresses.
    return null;
  }
}
