// From the model to what the panel and the tree show. Pure, and bounded however large the session is.

import type { Selector } from '../repair/events.ts';
import { effectOf, effectWords } from '../repair/effect.ts';
import { passedTests, shownTests, upheld, type Test, type Tier } from '../repair/problem.ts';
import { BASELINE, findCandidate, lastPick, usesScores, type Session } from '../repair/session.ts';
import { detailOf } from './detail.ts';
import { testName } from './names.ts';
import type { PanelRow, PanelSession, PanelSnapshot, PanelTest, PanelTurn } from './panel.ts';
import { runFacts } from './project.ts';
import { baselineRow, rowsOf } from './rows.ts';
import { visible, visibleLine } from './visible.ts';

/** What the snapshot is made of; the extension fills it from its sessions. */
export type PanelModel = {
  /** The session on show. */
  readonly session: Session | null;
  /** When the run of this session began, in milliseconds since 1970; null when it does not run. */
  readonly runningSince: number | null;
  readonly queue: readonly { readonly id: string; readonly label: string }[];
  /** Trouble outside any session, in the user's words with the next step. */
  readonly error: string | null;
  /** What is being prepared before a session exists. */
  readonly activity: string | null;
  /** Why nothing can be applied or continued; null where it can. */
  readonly readOnly: string | null;
  /** Now, in milliseconds since 1970. */
  readonly now: number;
};

/** Columns, rows and characters that one snapshot carries at most: together under 200 KB as JSON. */
const MAX_TESTS = 150;
const MAX_ROWS = 160;
const MAX_CELLS = 8000;
const MAX_TURNS = 24;
const MAX_QUEUE = 10;
const MAX_LINE_CHARS = 200;
const MAX_TURN_CHARS = 120;
const MAX_NAME_CHARS = 80;
const MAX_MESSAGE_CHARS = 1000;
const MAX_SOURCE_CHARS = 400;
/** All test sources together. */
const MAX_SOURCES_CHARS = 10_000;

const SELECTIONS: Readonly<Record<Selector, string>> = {
  random: 'picks at random',
  lv: 'picks by verifier score',
  pt: 'picks by tests',
  'pt+lv': 'picks by tests, then verifier score',
};

/** The snapshot of the model; `selected` is a candidate's id, `baseline`, or null for the most telling row. */
export function panelSnapshot(model: PanelModel, selected: string | null): PanelSnapshot {
  return {
    v: 1,
    session: model.session && sessionOf(model.session, model, selected),
    queue: model.queue.slice(0, MAX_QUEUE).map(({ id, label }) => ({ id, label: visibleLine(label, MAX_LINE_CHARS) })),
    error: model.error === null ? null : visible(model.error, MAX_MESSAGE_CHARS),
    activity: model.activity === null ? null : visibleLine(model.activity, MAX_LINE_CHARS),
  };
}

function sessionOf(session: Session, model: PanelModel, selected: string | null): PanelSession {
  const { origin, server, options, problem } = session;
  const running = model.runningSince !== null;
  const tests = testsOf(shownTests(problem));
  const rounds = roundsOf(session, running, tests.length);
  const baseline = baselineRow(session, running, tests.length);
  const turn = session.turns.at(-1)?.number ?? 0;
  return {
    id: session.id,
    label: visibleLine(origin.label, MAX_LINE_CHARS),
    file: visibleLine(fileName(origin.file), MAX_LINE_CHARS),
    lines: origin.lines,
    task: origin.task,
    running,
    activity: running ? activityOf(session, rounds.at(-1) ?? null) : '',
    outcome: session.outcome,
    message: visible(session.message, MAX_MESSAGE_CHARS),
    readOnly: model.readOnly === null ? null : visibleLine(model.readOnly, MAX_LINE_CHARS),
    turn,
    turns: Math.max(options.turns, turn),
    elapsedMs: session.ms + (model.runningSince === null ? 0 : Math.max(0, model.now - model.runningSince)),
    server: visibleLine(server.url, MAX_LINE_CHARS),
    model: visibleLine(server.model, MAX_LINE_CHARS),
    selection: selectionOf(session),
    tier: tierOf(session),
    tests,
    omittedTests: problem.public_tests.length - tests.length,
    baseline,
    rounds,
    detail: detailOf(session, selectedRow(session, baseline, rounds, selected)),
    final: finalOf(session),
    run: runFacts(problem, origin.project ?? null),
    infra: session.infra.slice(-3).map((message) => visibleLine(message, MAX_LINE_CHARS)),
  };
}

function testsOf(tests: readonly Test[]): readonly PanelTest[] {
  const shown = tests.slice(0, MAX_TESTS);
  const room = Math.min(MAX_SOURCE_CHARS, Math.floor(MAX_SOURCES_CHARS / Math.max(1, shown.length)));
  // Ids made by counting are the names that feedback and messages use; any other id is too long for a column.
  const counted = tests.every((test) => /^t\d{1,3}$/.test(test.id));
  return shown.map((test, i) => ({
    id: test.id,
    label: counted ? test.id : `t${i + 1}`,
    name: nameOf(test.id, counted ? test.id : `t${i + 1}`),
    source: visible(test.source.trim(), room),
  }));
}

function nameOf(id: string, label: string): string {
  const name = testName(id);
  return name === id ? label : visibleLine(`${label} ${name}`, MAX_NAME_CHARS);
}

/** Newest turns keep their rows when there are too many of them. */
function roundsOf(session: Session, running: boolean, columns: number): readonly PanelTurn[] {
  const rounds: PanelTurn[] = [];
  let room = Math.min(MAX_ROWS, Math.floor(MAX_CELLS / Math.max(1, columns)));
  for (const turn of session.turns.toReversed().slice(0, MAX_TURNS)) {
    const rows = rowsOf(session, turn, running && turn === session.turns.at(-1), columns);
    const kept = rows.slice(0, room);
    room -= kept.length;
    rounds.unshift({
      number: turn.number,
      temperature: turn.temperature,
      from: turn.from,
      note: turn.note === null ? null : visibleLine(turn.note, MAX_TURN_CHARS),
      rows: kept,
      pick: turn.pick && { ...turn.pick, reason: visibleLine(turn.pick.reason, MAX_TURN_CHARS) },
      scoresUnavailable: turn.scoresUnavailable === null ? null : visibleLine(turn.scoresUnavailable, MAX_LINE_CHARS),
      revision: turn.revision === null ? null : visibleLine(turn.revision, MAX_NAME_CHARS),
      omitted: rows.length - kept.length,
    });
  }
  return rounds;
}

/** The row with the id, else the last pick, else the first row that can be looked at, else the user's code. */
function selectedRow(
  session: Session,
  baseline: PanelRow,
  rounds: readonly PanelTurn[],
  selected: string | null,
): PanelRow {
  if (selected === BASELINE) return baseline;
  const rows = rounds.flatMap((round) => round.rows);
  const withId = (id: string | undefined): PanelRow | undefined =>
    id === undefined ? undefined : rows.find((row) => row.copies.includes(id));
  // A row folds into its original while answers arrive; the selection goes with it.
  const chosen = selected === null ? undefined : (withId(selected) ?? withId(originalOf(session, selected)));
  return chosen ?? withId(lastPick(session)?.id) ?? rows.findLast((row) => row.state === 'judged') ?? baseline;
}

function originalOf(session: Session, id: string): string | undefined {
  return findCandidate(session, id)?.duplicateOf ?? undefined;
}

function activityOf(session: Session, round: PanelTurn | null): string {
  if (session.baseline === null) return 'Running the tests on your code';
  if (round === null) return 'Waiting for the model server';
  if (round.pick !== null && lastPick(session)?.verdict?.verdict === 'pass' && neighbours(session) > 0) {
    return `Running ${neighbours(session)} neighbouring tests on ${round.pick.candidate}`;
  }
  const counts = { waiting: 0, streaming: 0, judging: 0, judged: 0, unfinished: 0 };
  for (const row of round.rows) counts[row.state] += row.copies.length;
  const judged = round.rows.length > 0 && round.rows.every((row) => row.state === 'judged');
  if (judged && round.pick === null && usesScores(session.options.selector)) return 'Waiting for the verifier’s scores';
  const parts = [
    [counts.waiting, 'waiting for the first text'],
    [counts.streaming, 'being written'],
    [counts.judging, 'being judged'],
    [counts.judged, 'judged'],
  ] as const;
  const words = parts.filter(([count]) => count > 0).map(([count, what]) => `${count} ${what}`);
  return words.length === 0 ? 'Waiting for the model server' : `Candidates: ${words.join(', ')}`;
}

/** The weakest tier that any verdict of the session was reached in: the honest one to show. */
function tierOf(session: Session): Tier | null {
  const verdicts = [session.baseline, ...session.turns.flatMap((turn) => turn.candidates.map((one) => one.verdict))];
  const tiers = verdicts.flatMap((verdict) => (verdict === null ? [] : [verdict.tier]));
  return tiers.toSorted()[0] ?? null;
}

function neighbours({ problem }: Session): number {
  return problem.kind === 'workspace' ? problem.private_tests.length : 0;
}

function finalOf(session: Session): PanelSession['final'] {
  const { final, problem } = session;
  if (final === null) return null;
  const passed = passedTests(final);
  const total = final.tests.length;
  const verdict = findCandidate(session, final.candidate)?.verdict;
  const words =
    problem.kind === 'workspace' && verdict
      ? effectWords(effectOf(session.baseline, verdict, final))
      : `${passed} of ${total} private tests`;
  return { candidate: final.candidate, passed, total, held: upheld(problem, final), words };
}

/** Says `tests only` wherever scores would take part but are not there. */
function selectionOf(session: Session): string {
  const unavailable = session.turns.at(-1)?.scoresUnavailable ?? null;
  if (unavailable === null) return SELECTIONS[session.options.selector];
  const text = visibleLine(unavailable, MAX_LINE_CHARS);
  return text.includes('tests only') ? text : `tests only: ${text}`;
}

function fileName(file: string): string {
  const name = file.slice(file.lastIndexOf('/') + 1);
  try {
    return decodeURIComponent(name);
  } catch {
    // Not every label is a URI.
    return name;
  }
}
