// What crosses between the extension and the panel, both ways. Whole snapshots go out on one channel; small messages come back.

import type { Outcome } from '../repair/events.ts';
import type { Judged, TestResult, Tier } from '../repair/problem.ts';
import type { Score } from '../repair/session.ts';
import type { RunFact } from './project.ts';

/** One cell of the matrix: a result, or why there is none yet. */
export type Cell = TestResult | 'running' | 'waiting';

export type PanelTest = {
  readonly id: string;
  /** Short name of its column: t1, t2 … */
  readonly label: string;
  /** The label, with a readable name where the id is one of a project's tests. */
  readonly name: string;
  readonly source: string;
};

/** How a row's result may be shown. Only `verified` is ever green. */
export type Mark = 'verified' | 'unverified' | 'failing' | 'none';

/** One distinct program of a turn, or the user's own code. */
export type PanelRow = {
  readonly id: string;
  /** Every candidate of the turn with this program, `id` included. */
  readonly copies: readonly string[];
  /** The earlier candidate, or `baseline`, whose program this one repeats. */
  readonly sameAs: string | null;
  /** `unfinished`: the run ended before the answer or its verdict was there. */
  readonly state: 'waiting' | 'streaming' | 'judging' | 'judged' | 'unfinished';
  readonly chars: number;
  readonly cells: readonly Cell[];
  readonly passed: number;
  readonly total: number;
  readonly mark: Mark;
  /** Whether a passed test of this row may be shown in green: judged outside or guarded, in real isolation, no tampering. */
  readonly trusted: boolean;
  readonly judged: Judged | null;
  /** The verifier's opinion. It is never shown like a result. */
  readonly score: Score | null;
  /** Milliseconds of sampling, and of judging; tokens of the answer, or null where not known. */
  readonly sampledMs: number | null;
  readonly judgedMs: number | null;
  readonly tokens: number | null;
  readonly pick: boolean;
  readonly truncated: boolean;
  readonly hasCode: boolean;
};

export type PanelTurn = {
  readonly number: number;
  readonly temperature: number;
  readonly from: string | null;
  readonly note: string | null;
  readonly rows: readonly PanelRow[];
  readonly pick: { readonly candidate: string; readonly reason: string } | null;
  readonly scoresUnavailable: string | null;
  /** Of the verifier that scored the turn. */
  readonly revision: string | null;
  /** Rows left out because the session is too large for one snapshot. */
  readonly omitted: number;
};

/** A test that the selected candidate did not pass. */
export type PanelFailure = {
  readonly test: string;
  readonly result: TestResult;
  readonly source: string;
  readonly expected: string | null;
  readonly got: string | null;
  readonly error: string | null;
};

/** All about the selected row; the other rows travel without these texts. */
export type PanelDetail = {
  readonly row: PanelRow;
  readonly turn: number | null;
  readonly failures: readonly PanelFailure[];
  /** Failures beyond those listed. */
  readonly moreFailures: number;
  readonly feedback: string;
  readonly pickReason: string | null;
  /** Why a result that passes is not called verified; null where it is, or where it fails anyway. */
  readonly unverified: string | null;
  /** How the program games its tests, where it does. */
  readonly tamper: string | null;
  /** Why the answer holds no code. */
  readonly trouble: string | null;
  /** The model's answer where it holds no code. */
  readonly answer: string | null;
};

export type PanelSession = {
  readonly id: string;
  readonly label: string;
  readonly file: string;
  readonly lines: readonly [number, number];
  readonly task: 'repair' | 'write';
  readonly running: boolean;
  /** What is going on, in words; empty when it ended. */
  readonly activity: string;
  readonly outcome: Outcome | null;
  readonly message: string;
  /** Why nothing can be applied or continued; null where it can. */
  readonly readOnly: string | null;
  readonly turn: number;
  readonly turns: number;
  /** When this snapshot was made; the panel ticks on from here while `running`. */
  readonly elapsedMs: number;
  readonly server: string;
  readonly model: string;
  /** How picks are made, in words. */
  readonly selection: string;
  readonly tier: Tier | null;
  readonly tests: readonly PanelTest[];
  readonly omittedTests: number;
  readonly baseline: PanelRow;
  readonly rounds: readonly PanelTurn[];
  readonly detail: PanelDetail | null;
  /** The private tests on the final pick; `words` say what it does to a project's suite: `fixes 3, breaks 0`. */
  readonly final: {
    readonly candidate: string;
    readonly passed: number;
    readonly total: number;
    readonly held: boolean;
    readonly words: string;
  } | null;
  /** How a project's tests are run; empty for other problems. */
  readonly run: readonly RunFact[];
  readonly infra: readonly string[];
};

export type PanelSnapshot = {
  readonly v: 1;
  readonly session: PanelSession | null;
  readonly queue: readonly { readonly id: string; readonly label: string }[];
  /** Trouble outside any session, in the user's words with the next step. */
  readonly error: string | null;
  /** Work before a session exists, such as starting the judge. */
  readonly activity: string | null;
};

export type ToPanel = { readonly type: 'snapshot'; readonly snapshot: PanelSnapshot };

/** What the panel sends. Ids are checked against the model by whoever acts on them. */
export type FromPanel =
  /** The page can draw now; `session` is what it showed before a reload. */
  | { readonly type: 'ready'; readonly session: string | null }
  | { readonly type: 'select'; readonly session: string; readonly candidate: string }
  | { readonly type: 'diff'; readonly session: string; readonly candidate: string }
  | { readonly type: 'apply'; readonly session: string; readonly candidate: string }
  | { readonly type: 'turn'; readonly session: string; readonly candidate: string }
  | { readonly type: 'reveal'; readonly session: string }
  /** `session` is what the user saw running; null while one was still being prepared. */
  | { readonly type: 'stop'; readonly session: string | null }
  | { readonly type: 'cancelQueued'; readonly id: string }
  | { readonly type: 'repair' }
  | { readonly type: 'history' }
  | { readonly type: 'log' };

/** What the panel and the tree ask of the extension. Every call returns at once; failures are shown by the callee. */
export type PanelActions = {
  /** Opens a kept session after a reload, the newest for null; does nothing where one is already shown. Never rejects. */
  restore(session: string | null): Promise<void>;
  diff(session: string, candidate: string): void;
  apply(session: string, candidate: string): void;
  anotherTurn(session: string, candidate: string): void;
  /** Shows the function in its file. */
  reveal(session: string): void;
  /** Stops the run that the user saw: this session's, or the one being prepared when null. */
  stop(session: string | null): void;
  cancelQueued(id: string): void;
  repair(): void;
  history(): void;
  log(): void;
};

const MAX_ID_CHARS = 200;

/** The message, or null where it is none of ours. */
export function parseFromPanel(message: unknown): FromPanel | null {
  if (!isRecord(message)) return null;
  const { type } = message;
  switch (type) {
    case 'ready':
    case 'stop': {
      const { session } = message;
      return session === null || isId(session) ? { type, session } : null;
    }
    case 'select':
    case 'diff':
    case 'apply':
    case 'turn': {
      const { session, candidate } = message;
      return isId(session) && isId(candidate) ? { type, session, candidate } : null;
    }
    case 'reveal':
      return isId(message['session']) ? { type, session: message['session'] } : null;
    case 'cancelQueued':
      return isId(message['id']) ? { type, id: message['id'] } : null;
    case 'repair':
    case 'history':
    case 'log':
      return { type };
    default:
      return null;
  }
}

/** The snapshot in a message to the panel, or null. Both ends ship in one package, so the version stands for the shape. */
export function parseToPanel(message: unknown): ToPanel | null {
  if (!isRecord(message) || message['type'] !== 'snapshot') return null;
  const snapshot = message['snapshot'];
  if (!isRecord(snapshot) || snapshot['v'] !== 1 || !Array.isArray(snapshot['queue'])) return null;
  return { type: 'snapshot', snapshot: snapshot as PanelSnapshot };
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isId(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= MAX_ID_CHARS;
}
