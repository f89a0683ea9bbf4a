// What the "μCode sandbox" terminal prints, line by line. Pure: events in, lines with colours out.

import type { RunEvent } from '../judge/runs.ts';
import { testName } from '../protocol/names.ts';
import { scoresWords } from '../protocol/words.ts';
import { visibleLine } from '../protocol/visible.ts';
import type { SessionEvent } from '../repair/events.ts';
import { BASELINE } from '../repair/session.ts';
import { isGreen, passedTests, type TestResult, type Verdict } from '../repair/problem.ts';

const RESET = '\u001b[0m';
const BOLD = '\u001b[1m';
const DIM = '\u001b[2m';
const RED = '\u001b[31m';
const GREEN = '\u001b[32m';
const YELLOW = '\u001b[33m';

const MAX_CHARS = 160;
const NAME_CHARS = 12;
const RESULT_CHARS = 8;

/** The lines for one thing that the judge did. `sources` gives the text of each test. */
export function runLines(event: RunEvent, sources: ReadonlyMap<string, string>): readonly string[] {
  switch (event.type) {
    case 'judge':
      return [`${DIM}judge on Python ${safe(event.python)}, isolation ${event.tier}${why(event.why)}${RESET}`];
    case 'started': {
      const what = event.which === 'private' ? 'private tests' : 'tests';
      return [`${name(event.candidate)}${DIM}${event.tests} ${what} …${RESET}`];
    }
    case 'test': {
      const source = event.which === 'private' ? '' : `  ${DIM}${safe(sources.get(event.test) ?? '', 90)}${RESET}`;
      return [
        `${name(event.candidate)}${result(event.result)} ${time(event.ms)}  ${safe(testName(event.test), 30)}${source}`,
      ];
    }
    case 'verdict':
      return [`${name(event.verdict.candidate)}${verdictLine(event.verdict)}`];
    case 'infra':
      return [`${YELLOW}judge: ${safe(event.message)}${RESET}`];
    case 'cancelled':
      return [`${name(event.candidate)}${YELLOW}stopped${RESET}`];
  }
}

/** The lines for one step of the session; most steps have none, since the judge's own lines tell them. */
export function sessionLines(event: SessionEvent): readonly string[] {
  switch (event.type) {
    case 'session': {
      const { origin, options, server } = event;
      const file = origin.file.slice(origin.file.lastIndexOf('/') + 1);
      const task = origin.task === 'repair' ? 'Repair' : 'Write';
      return [
        '',
        `${BOLD}${task} ${safe(origin.label)}${RESET} in ${safe(file)}, ${event.problem.public_tests.length} tests`,
        `${DIM}${options.candidates} candidates, at most ${options.turns} turns, from ${safe(server.model)} at ${safe(server.url)}${RESET}`,
      ];
    }
    case 'turn':
      return [`${BOLD}Turn ${event.turn}${RESET}${DIM}, temperature ${event.temperature.toFixed(1)}${RESET}`];
    case 'candidate': {
      if (event.trouble !== null) return [`${name(event.candidate)}${RED}no code${RESET}  ${safe(event.trouble)}`];
      if (event.duplicateOf === null) return [];
      const original = event.duplicateOf === BASELINE ? 'your code' : safe(event.duplicateOf);
      return [`${name(event.candidate)}${DIM}same program as ${original}, not run again${RESET}`];
    }
    case 'scores':
      return [`${DIM}${safe(scoresWords(event), 300)}${RESET}`];
    case 'pick':
      return [`${BOLD}pick: ${safe(event.candidate)}${RESET}, ${safe(event.reason)}`];
    case 'end': {
      const colour = event.outcome === 'solved' ? GREEN : event.outcome === 'failed' ? RED : YELLOW;
      return [`${colour}${event.outcome}${RESET} in ${(event.ms / 1000).toFixed(1)} s. ${safe(event.message, 400)}`];
    }
    case 'baseline':
    case 'progress':
    case 'test':
    case 'verdict':
    case 'final':
    case 'infra':
      return [];
  }
}

function verdictLine(verdict: Verdict): string {
  const colour = isGreen(verdict) ? GREEN : verdict.verdict === 'pass' ? YELLOW : RED;
  const count = `${passedTests(verdict)} of ${verdict.tests.length}`;
  return `${colour}${BOLD}${verdict.verdict}${RESET} ${count}, judged ${verdict.judged}, ${verdict.tier}, ${time(verdict.ms).trim()}`;
}

function result(word: TestResult): string {
  const colour = word === 'pass' ? GREEN : word === 'skipped' ? YELLOW : RED;
  return `${colour}${word.padEnd(RESULT_CHARS)}${RESET}`;
}

function time(ms: number): string {
  return `${ms < 10 ? ms.toFixed(1) : Math.round(ms)} ms`.padStart(NAME_CHARS - 4);
}

function name(candidate: string): string {
  const shown = candidate === BASELINE ? 'your code' : safe(candidate, NAME_CHARS);
  return `  ${shown.padEnd(NAME_CHARS)}`;
}

function why(reasons: readonly string[]): string {
  return reasons.length === 0 ? '' : ` (${safe(reasons.join('; '), 300)})`;
}

/** Programs choose some of these texts, so none may carry a control sequence into the terminal. */
function safe(text: string, limit = MAX_CHARS): string {
  return visibleLine(text, limit);
}
