// A session as the fold of its events. Pure: the same events always give the same session, on screen and from disk.

import type { Options, Origin, Outcome, Selector, ServerInfo, SessionEvent } from './events.ts';
import { upheld, type Problem, type TestResult, type Verdict } from './problem.ts';

type EventOf<T extends SessionEvent['type']> = Extract<SessionEvent, { type: T }>;

/** The id under which the user's own code is known where a candidate equals it. */
export const BASELINE = 'baseline';

/** What the verifier says of a program: an opinion, never a result. */
export type Score = {
  readonly value: number;
  /** Calibrated; null in sessions of earlier versions. */
  readonly probability: number | null;
  /** Within its turn, 1 is the highest; null for the user's own code. */
  readonly rank: number | null;
};

export type Candidate = {
  readonly id: string;
  readonly turn: number;
  readonly index: number;
  readonly state: 'streaming' | 'judging' | 'judged';
  /** Length of the answer so far. */
  readonly chars: number;
  readonly answer: string;
  readonly code: string | null;
  readonly imports: readonly string[];
  readonly fingerprint: string | null;
  readonly trouble: string | null;
  readonly duplicateOf: string | null;
  readonly tokens: number;
  readonly truncated: boolean;
  readonly ms: number;
  /** Results by test id as they arrive, before the verdict. */
  readonly results: Readonly<Record<string, TestResult>>;
  readonly verdict: Verdict | null;
  readonly score: Score | null;
};

export type Pick = { readonly candidate: string; readonly reason: string };

export type Turn = {
  readonly number: number;
  readonly temperature: number;
  readonly from: string | null;
  readonly note: string | null;
  readonly candidates: readonly Candidate[];
  readonly scoresUnavailable: string | null;
  /** Of the verifier that scored this turn. */
  readonly revision: string | null;
  readonly pick: Pick | null;
};

export type Session = {
  readonly id: string;
  readonly at: string;
  readonly problem: Problem;
  readonly options: Options;
  readonly origin: Origin;
  readonly server: ServerInfo;
  readonly baseline: Verdict | null;
  /** The verifier's score of the user's own code. */
  readonly ownScore: Score | null;
  readonly turns: readonly Turn[];
  /** The verdict of the private tests on the final pick. */
  readonly final: Verdict | null;
  /** Verdicts of the private tests by candidate: also of programs that were tried and not picked. */
  readonly finals: Readonly<Record<string, Verdict>>;
  /** null while it runs. */
  readonly outcome: Outcome | null;
  readonly message: string;
  readonly ms: number;
  readonly infra: readonly string[];
};

export function candidateId(turn: number, index: number): string {
  return `t${turn}c${index + 1}`;
}

/** Begins a session from its first event. */
export function begin(event: EventOf<'session'>): Session {
  const { id, at, problem, options, origin, server } = event;
  const unjudged = { baseline: null, ownScore: null, turns: [], final: null, finals: {} };
  return { id, at, problem, options, origin, server, ...unjudged, outcome: null, message: '', ms: 0, infra: [] };
}

/** The session after one more event. */
export function step(session: Session, event: SessionEvent): Session {
  switch (event.type) {
    case 'session':
      return begin(event);
    case 'baseline':
      return { ...session, baseline: event.verdict };
    case 'turn':
      // A further turn has a final pick of its own.
      return { ...session, outcome: null, message: '', final: null, turns: [...session.turns, newTurn(event)] };
    case 'progress':
    case 'candidate':
    case 'test':
    case 'verdict':
      return inTurn(session, event.turn, (turn) => stepCandidate(turn, event));
    case 'scores':
      return {
        ...inTurn(session, event.turn, (turn) => scored(turn, event)),
        ownScore: scoreIn(event, BASELINE) ?? (isOther(session, event) ? null : session.ownScore),
      };
    case 'pick':
      return inTurn(session, event.turn, (turn) => ({
        ...turn,
        pick: { candidate: event.candidate, reason: event.reason },
      }));
    case 'final':
      // Of the other programs that were tried only the one that holds counts: it becomes the pick.
      return {
        ...session,
        finals: { ...session.finals, [event.candidate]: event.verdict },
        ...((lastPick(session)?.id === event.candidate || upheld(session.problem, event.verdict)) && {
          final: event.verdict,
        }),
      };
    case 'infra':
      return { ...session, infra: [...session.infra, event.message] };
    case 'end':
      return { ...session, outcome: event.outcome, message: event.message, ms: session.ms + event.ms };
  }
}

/** The session of a whole list of events; null when the list does not begin with a `session` event. */
export function replay(events: readonly SessionEvent[]): Session | null {
  const [first, ...rest] = events;
  if (first?.type !== 'session') return null;
  return rest.reduce(step, begin(first));
}

export function findCandidate(session: Session, id: string): Candidate | undefined {
  return session.turns.flatMap((turn) => turn.candidates).find((candidate) => candidate.id === id);
}

/** The candidates whose answers and feedback lead to this one, oldest first, itself last. */
export function lineage(session: Session, id: string): readonly Candidate[] {
  const candidate = findCandidate(session, id);
  if (!candidate) return [];
  const from = session.turns.find((turn) => turn.number === candidate.turn)?.from ?? null;
  return from === null ? [candidate] : [...lineage(session, from), candidate];
}

/** How many candidates of the session have this one's program, itself included. */
export function copies(session: Session, id: string): number {
  const original = findCandidate(session, id)?.duplicateOf ?? id;
  const all = session.turns.flatMap((turn) => turn.candidates);
  return all.filter((candidate) => (candidate.duplicateOf ?? candidate.id) === original).length;
}

/** The pick of the last turn that has one. */
export function lastPick(session: Session): Candidate | null {
  const pick = session.turns.findLast((turn) => turn.pick !== null)?.pick;
  return pick ? (findCandidate(session, pick.candidate) ?? null) : null;
}

/** Whether scores decide or show anything under this selector. */
export function usesScores(selector: Selector): boolean {
  return selector === 'lv' || selector === 'pt+lv';
}

function newTurn(event: EventOf<'turn'>): Turn {
  return {
    number: event.turn,
    temperature: event.temperature,
    from: event.from ?? null,
    note: event.note ?? null,
    candidates: [],
    scoresUnavailable: null,
    revision: null,
    pick: null,
  };
}

function inTurn(session: Session, number: number, change: (turn: Turn) => Turn): Session {
  return { ...session, turns: session.turns.map((turn) => (turn.number === number ? change(turn) : turn)) };
}

function stepCandidate(turn: Turn, event: EventOf<'progress' | 'candidate' | 'test' | 'verdict'>): Turn {
  const id = 'candidate' in event ? event.candidate : candidateId(turn.number, event.index);
  const old = turn.candidates.find((candidate) => candidate.id === id) ?? streaming(turn.number, id, event);
  const changed = stepOne(old, event);
  const others = turn.candidates.filter((candidate) => candidate.id !== id);
  return { ...turn, candidates: [...others, changed].toSorted((a, b) => a.index - b.index) };
}

function stepOne(old: Candidate, event: EventOf<'progress' | 'candidate' | 'test' | 'verdict'>): Candidate {
  switch (event.type) {
    case 'progress':
      return { ...old, chars: event.chars };
    case 'candidate': {
      const { code, imports, fingerprint, trouble, duplicateOf, tokens, truncated, ms, answer } = event;
      const known = { code, imports, fingerprint, trouble, duplicateOf, tokens, truncated, ms, answer };
      return { ...old, ...known, state: 'judging', chars: answer.length };
    }
    case 'test':
      return { ...old, results: { ...old.results, [event.test]: event.result } };
    case 'verdict':
      return { ...old, state: 'judged', verdict: event.verdict, results: resultsOf(event.verdict) };
  }
}

function resultsOf(verdict: Verdict): Readonly<Record<string, TestResult>> {
  return Object.fromEntries(verdict.tests.map((test) => [test.test, test.result]));
}

function scored(turn: Turn, event: EventOf<'scores'>): Turn {
  const candidates = turn.candidates.map((candidate) => ({ ...candidate, score: scoreIn(event, candidate.id) }));
  return { ...turn, candidates, scoresUnavailable: event.unavailable, revision: event.revision };
}

/** Whether the verifier was exchanged since it scored a turn: its scores cannot be compared with those before. */
function isOther({ turns }: Session, { revision }: EventOf<'scores'>): boolean {
  const before = turns.findLast((turn) => turn.revision !== null)?.revision ?? null;
  return revision !== null && before !== null && revision !== before;
}

/** The verifier's word on one program of the event. */
export function scoreIn(event: EventOf<'scores'>, id: string): Score | null {
  const value = event.scores[id];
  if (value === undefined) return null;
  return { value, probability: event.probabilities[id] ?? null, rank: event.ranks[id] ?? null };
}

function streaming(turn: number, id: string, event: SessionEvent): Candidate {
  return {
    id,
    turn,
    index: 'index' in event ? event.index : Number(id.split('c')[1]) - 1,
    state: 'streaming',
    chars: 0,
    answer: '',
    code: null,
    imports: [],
    fingerprint: null,
    trouble: null,
    duplicateOf: null,
    tokens: 0,
    truncated: false,
    ms: 0,
    results: {},
    verdict: null,
    score: null,
  };
}
