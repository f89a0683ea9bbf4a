// Shows a session as it goes: a live matrix on a terminal, plain lines elsewhere, events as JSON where asked.

import type { SessionEvent } from '../repair/events.ts';
import { counted } from '../repair/conclude.ts';
import { passedTests, type Verdict } from '../repair/problem.ts';
import { scoresWords } from '../protocol/words.ts';
import { findCandidate, type Session } from '../repair/session.ts';
import { legend, matrix } from './matrix.ts';
import { line, seconds, type Span } from './text.ts';

export type Terminal = {
  readonly write: (text: string) => void;
  readonly isTerminal: boolean;
  readonly color: boolean;
  readonly size: () => { readonly columns: number; readonly rows: number };
};

export type Screen = {
  readonly show: (event: SessionEvent, session: Session) => void;
  /** A line that stays, above what is redrawn. */
  readonly say: (spans: readonly Span[]) => void;
  /** What a program that reads the events may want to know besides them. */
  readonly tell: (fact: Readonly<Record<string, unknown>>) => void;
  readonly end: () => void;
};

const REDRAW_MS = 80;
const MOST_TESTS = 12;
const UNCUT = Number.POSITIVE_INFINITY;

export function jsonScreen(terminal: Terminal): Screen {
  const write = (one: object): void => terminal.write(`${JSON.stringify(one)}\n`);
  return { show: write, say: () => {}, tell: write, end: () => {} };
}

export function plainScreen(terminal: Terminal): Screen {
  const say = (spans: readonly Span[]): void => terminal.write(`${line(spans, UNCUT, terminal.color)}\n`);
  const show = (event: SessionEvent, session: Session): void => {
    if (event.type === 'session') for (const one of [heading(session), ...legend(session, MOST_TESTS)]) say(one);
    const text = plainLine(event, session);
    if (text !== null) say([[text]]);
  };
  return { show, say, tell: () => {}, end: () => {} };
}

function plainLine(event: SessionEvent, session: Session): string | null {
  if (event.type === 'baseline') {
    return `your code: ${passedTests(event.verdict)}/${event.verdict.tests.length} (${event.verdict.verdict})`;
  }
  if (event.type === 'turn') return `turn ${event.turn}, temperature ${event.temperature}`;
  if (event.type === 'verdict') return verdictLine(event.candidate, event.verdict, session);
  if (event.type === 'scores') return ` ${scoresWords(event)}`;
  if (event.type === 'pick') return ` pick: ${event.candidate} (${event.reason})`;
  if (event.type === 'final') return finalLine(event.candidate, event.verdict, session);
  return event.type === 'infra' ? `judge trouble, tried again: ${event.message}` : null;
}

function finalLine(candidate: string, verdict: Verdict, { problem }: Session): string {
  const passed = `${passedTests(verdict)}/${verdict.tests.length}`;
  return problem.kind === 'workspace' ? ` ${candidate}: neighbouring tests ${passed}` : `private tests: ${passed}`;
}

function verdictLine(candidate: string, verdict: Verdict, session: Session): string {
  const one = findCandidate(session, candidate);
  const same = one && one.duplicateOf !== null ? `, same as ${one.duplicateOf}` : '';
  const trouble = one?.trouble ?? verdict.why;
  const why = trouble === null ? '' : `: ${trouble}`;
  // What passes says where it was judged; nothing else is worth a word about it.
  const mark = verdict.verdict === 'pass' ? `, ${verdict.judged}` : '';
  return ` ${candidate}: ${passedTests(verdict)}/${verdict.tests.length} ${verdict.verdict}${mark}${same}${why}`;
}

/** Redraws the lower part of the terminal in place. */
export function liveScreen(terminal: Terminal): Screen {
  let drawn = 0;
  let latest: Session | null = null;
  let timer: NodeJS.Timeout | null = null;

  const clear = (): void => {
    if (drawn > 0) terminal.write(`\u001b[${drawn}A\u001b[0J`);
    drawn = 0;
  };
  const draw = (): void => {
    timer = null;
    if (!latest) return;
    const { columns, rows } = terminal.size();
    // Lines above the visible part cannot be redrawn; the newest ones are the ones that change.
    const lines = matrix(latest).slice(-Math.max(1, rows - 2));
    clear();
    terminal.write(lines.map((spans) => `${line(spans, columns - 1, terminal.color)}\n`).join(''));
    drawn = lines.length;
  };
  // What stays may wrap: only the redrawn lines have to keep to the width.
  const say = (spans: readonly Span[]): void => {
    clear();
    terminal.write(`${line(spans, UNCUT, terminal.color)}\n`);
    draw();
  };
  return {
    show: (event, session) => {
      if (event.type === 'session') for (const one of [heading(session), ...legend(session, MOST_TESTS)]) say(one);
      latest = session;
      timer ??= setTimeout(draw, REDRAW_MS);
    },
    say,
    tell: () => {},
    end: () => {
      if (timer) clearTimeout(timer);
      draw();
      drawn = 0;
      latest = null;
    },
  };
}

function heading(session: Session): readonly Span[] {
  const { origin, problem, server } = session;
  return [
    [origin.task === 'repair' ? 'Repairing ' : 'Writing ', 'plain'],
    [origin.label, 'bold'],
    [` in ${origin.file}, ${counted(problem.public_tests.length, 'test')}, ${server.model} at ${server.url}`],
  ];
}

/** The last lines: what came out, and what it took. */
export function summary(session: Session): readonly Span[] {
  const all = session.turns.flatMap((turn) => turn.candidates);
  const programs = new Set(all.flatMap((one) => one.fingerprint ?? [])).size;
  const tokens = all.reduce((sum, one) => sum + one.tokens, 0);
  const solved = session.outcome === 'solved';
  const counts = [
    counted(all.length, 'answer'),
    counted(programs, 'program'),
    counted(session.turns.length, 'turn'),
    counted(tokens, 'token'),
    seconds(session.ms),
  ].join(', ');
  const word = session.outcome ?? 'stopped';
  return [[`${word}: `, solved ? 'good' : 'warn'], [session.message], [`  (${counts})`, 'dim']];
}
