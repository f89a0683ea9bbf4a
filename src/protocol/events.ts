// Session events as kept on disk, one JSON object per line, and their parser. What is read back is checked, never cast.

import type { Message, Options, Origin, Outcome, Selector, SessionEvent } from '../repair/events.ts';
import { ranksOf } from '../repair/scoring.ts';
import { parseVerdict } from './judge.ts';
import { parseProblem } from './problem.ts';
import { projectRunOf } from './project.ts';
import { boolean, fields, list, number, oneOf, optional, pair, text, texts, type Fields } from './shape.ts';
import { resultOf } from './workspace.ts';

const TYPES = [
  'session',
  'baseline',
  'turn',
  'progress',
  'candidate',
  'test',
  'verdict',
  'scores',
  'pick',
  'final',
  'infra',
  'end',
] as const satisfies readonly SessionEvent['type'][];

const typeOf = oneOf(TYPES);
const selectorOf = oneOf<Selector>(['random', 'lv', 'pt', 'pt+lv']);
const outcomeOf = oneOf<Outcome>(['solved', 'exhausted', 'stopped', 'failed']);

export type ReadEvents = {
  readonly events: readonly SessionEvent[];
  /** Lines that could not be read: cut short by a crash, or damaged. */
  readonly unreadable: number;
};

/** All events of a session's file that can be read. */
export function parseEvents(file: string): ReadEvents {
  let unreadable = 0;
  const events = file.split('\n').flatMap((line) => {
    if (line.trim() === '') return [];
    try {
      return [parseEvent(line)];
    } catch {
      // The rest of the session is still worth showing; the reader is told how much is missing.
      unreadable += 1;
      return [];
    }
  });
  return { events, unreadable };
}

/** Throws TypeError, SyntaxError or RepairError when the line is not an event. */
export function parseEvent(line: string): SessionEvent {
  const found = fields(JSON.parse(line), 'event');
  const type = typeOf(found['type'], 'type');
  switch (type) {
    case 'session':
      return sessionOf(found);
    case 'baseline':
      return { type, verdict: parseVerdict(found['verdict']) };
    case 'turn':
      return turnOf(found);
    case 'progress':
      return { type, ...numbers(found, 'turn', 'index', 'chars') };
    case 'candidate':
      return candidateOf(found);
    case 'test':
      return {
        type,
        ...strings(found, 'candidate', 'test'),
        ...numbers(found, 'turn', 'ms'),
        result: resultOf(found['result'], 'result'),
      };
    case 'verdict':
      return {
        type,
        ...numbers(found, 'turn'),
        ...strings(found, 'candidate'),
        verdict: parseVerdict(found['verdict']),
      };
    case 'scores':
      return scoresOf(found);
    case 'pick':
      return { type, ...numbers(found, 'turn'), ...strings(found, 'candidate', 'reason') };
    case 'final':
      return { type, ...strings(found, 'candidate'), verdict: parseVerdict(found['verdict']) };
    case 'infra':
      return { type, ...strings(found, 'message') };
    case 'end':
      return {
        type,
        outcome: outcomeOf(found['outcome'], 'outcome'),
        ...strings(found, 'message'),
        ...numbers(found, 'ms'),
      };
  }
}

function sessionOf(found: Fields): SessionEvent {
  const server = fields(found['server'], 'server');
  if (found['v'] !== 1) throw new TypeError(`version should be 1, not ${JSON.stringify(found['v'])}`);
  return {
    type: 'session',
    v: 1,
    ...strings(found, 'id', 'at'),
    problem: parseProblem(found['problem']),
    options: optionsOf(fields(found['options'], 'options')),
    origin: originOf(fields(found['origin'], 'origin')),
    server: strings(server, 'url', 'model'),
  };
}

function optionsOf(found: Fields): Options {
  return {
    ...numbers(found, 'candidates', 'turns', 'temperature', 'seed'),
    selector: selectorOf(found['selector'], 'selector'),
  };
}

function originOf(found: Fields): Origin {
  const project = optional(found['project'], 'project', projectRunOf);
  return {
    task: oneOf(['repair', 'write'] as const)(found['task'], 'task'),
    ...strings(found, 'file', 'label'),
    lines: pair(found['lines'], 'lines'),
    ...(project !== null && { project }),
  };
}

function turnOf(found: Fields): SessionEvent {
  const from = nullable(found, 'from');
  const note = nullable(found, 'note');
  return {
    type: 'turn',
    ...numbers(found, 'turn', 'temperature'),
    messages: list(found['messages'], 'messages', messageOf),
    ...(from !== null && { from }),
    ...(note !== null && { note }),
  };
}

function messageOf(value: unknown, place: string): Message {
  const found = fields(value, place);
  const role = oneOf(['system', 'user', 'assistant'] as const)(found['role'], `${place}.role`);
  return { role, content: text(found['content'], `${place}.content`) };
}

function candidateOf(found: Fields): SessionEvent {
  return {
    type: 'candidate',
    ...numbers(found, 'turn', 'index', 'tokens', 'ms'),
    ...strings(found, 'candidate', 'answer'),
    code: nullable(found, 'code'),
    imports: texts(found['imports'], 'imports'),
    fingerprint: nullable(found, 'fingerprint'),
    trouble: nullable(found, 'trouble'),
    duplicateOf: nullable(found, 'duplicateOf'),
    truncated: boolean(found['truncated'], 'truncated'),
  };
}

function scoresOf(found: Fields): SessionEvent {
  const scores = byCandidate(found['scores'], 'scores');
  return {
    type: 'scores',
    ...numbers(found, 'turn'),
    scores,
    // Earlier versions knew neither probabilities nor revisions, and left ranks to the reader.
    probabilities: optional(found['probabilities'], 'probabilities', byCandidate) ?? {},
    ranks: optional(found['ranks'], 'ranks', byCandidate) ?? ranksOf(scores),
    revision: nullable(found, 'revision'),
    unavailable: nullable(found, 'unavailable'),
  };
}

function byCandidate(value: unknown, place: string): Readonly<Record<string, number>> {
  const values = Object.entries(fields(value, place));
  return Object.fromEntries(values.map(([id, one]) => [id, number(one, `${place}.${id}`)]));
}

function nullable(found: Fields, name: string): string | null {
  return optional(found[name], name, text);
}

function strings<K extends string>(found: Fields, ...names: readonly K[]): Record<K, string> {
  return read(found, names, text);
}

function numbers<K extends string>(found: Fields, ...names: readonly K[]): Record<K, number> {
  return read(found, names, number);
}

function read<K extends string, T>(
  found: Fields,
  names: readonly K[],
  one: (value: unknown, place: string) => T,
): Record<K, T> {
  // The keys are exactly the names, which fromEntries cannot say.
  return Object.fromEntries(names.map((name) => [name, one(found[name], name)])) as Record<K, T>;
}
