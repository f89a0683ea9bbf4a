// Every step of the loop as an event. A session on disk is the list of its events; a session in memory is their fold.

import type { Problem, TestResult, Verdict } from './problem.ts';

export type Selector = 'random' | 'lv' | 'pt' | 'pt+lv';

export type Message = { readonly role: 'system' | 'user' | 'assistant'; readonly content: string };

export type Options = {
  /** Candidates per turn. */
  readonly candidates: number;
  /** Most turns. */
  readonly turns: number;
  readonly temperature: number;
  readonly selector: Selector;
  readonly seed: number;
};

export type Outcome = 'solved' | 'exhausted' | 'stopped' | 'failed';

/** What the session works on in the editor or on the command line. The loop does not look inside. */
export type Origin = {
  readonly task: 'repair' | 'write';
  /** URI of the file, or a label such as the problem's path. */
  readonly file: string;
  readonly label: string;
  /** 1-based first and last line of the region when the session began. */
  readonly lines: readonly [number, number];
  /** How the tests of a workspace problem were found and are run. */
  readonly project?: ProjectRun;
};

/** What discovery in a project found, for display; paths but the interpreter's are relative to the root. */
export type ProjectRun = {
  /** `origin` says in words where the interpreter was found. */
  readonly python: { readonly path: string; readonly version: string; readonly origin: string };
  /** Test files that import the module under repair; `trouble` says why their tests could not be run. */
  readonly neighbours: { readonly files: readonly string[]; readonly trouble: string | null };
  /** Paths that the sandbox hides as secrets. */
  readonly hidden: readonly string[];
  readonly warnings: readonly string[];
  /** Selected tests whose two runs disagreed. */
  readonly flaky: readonly string[];
  /** Tests around the selected ones that fail as well and are not asked for. */
  readonly alsoFailing: readonly string[];
  /** What the prompt shows besides the code, by its place in the file. */
  readonly context: readonly ContextPart[];
  /** About how many tokens the context is, and how many it may be. */
  readonly tokens: number;
  readonly budget: number;
};

export type ContextPart = {
  readonly kind: 'import' | 'class' | 'helper' | 'constant';
  readonly name: string;
  /** 1-based, inclusive. */
  readonly lines: readonly [number, number];
};

/** Where generation comes from, for display. */
export type ServerInfo = { readonly url: string; readonly model: string };

export type SessionEvent =
  | {
      readonly type: 'session';
      readonly v: 1;
      readonly id: string;
      readonly at: string;
      readonly problem: Problem;
      readonly options: Options;
      readonly origin: Origin;
      readonly server: ServerInfo;
    }
  /** The verdict on the code as the user has it, before the first turn. */
  | { readonly type: 'baseline'; readonly verdict: Verdict }
  | {
      readonly type: 'turn';
      readonly turn: number;
      readonly temperature: number;
      readonly messages: readonly Message[];
      /** The candidate whose conversation this turn goes on from; absent in the first turn. */
      readonly from?: string;
      readonly note?: string;
    }
  /** More text of a candidate arrived. `chars` is the length so far. Not kept on disk. */
  | { readonly type: 'progress'; readonly turn: number; readonly index: number; readonly chars: number }
  | {
      readonly type: 'candidate';
      readonly turn: number;
      readonly candidate: string;
      readonly index: number;
      readonly answer: string;
      /** New text of the region; null when the answer holds no usable code. */
      readonly code: string | null;
      readonly imports: readonly string[];
      readonly fingerprint: string | null;
      /** Why there is no code, in one sentence. */
      readonly trouble: string | null;
      /** The earlier candidate with the same fingerprint, if any: it is judged once. */
      readonly duplicateOf: string | null;
      readonly tokens: number;
      readonly truncated: boolean;
      readonly ms: number;
    }
  | {
      readonly type: 'test';
      readonly turn: number;
      readonly candidate: string;
      readonly test: string;
      readonly result: TestResult;
      readonly ms: number;
    }
  | { readonly type: 'verdict'; readonly turn: number; readonly candidate: string; readonly verdict: Verdict }
  /** By candidate; the user's own code stands once in a session under `baseline`, without a rank. */
  | {
      readonly type: 'scores';
      readonly turn: number;
      readonly scores: Readonly<Record<string, number>>;
      /** Calibrated: how likely each program is right. Empty in files of earlier versions. */
      readonly probabilities: Readonly<Record<string, number>>;
      /** 1 is the highest score of the turn; equal scores share a rank. */
      readonly ranks: Readonly<Record<string, number>>;
      /** Changes with the verifier's weights; null where it is not known. */
      readonly revision: string | null;
      /** Why there are none. */
      readonly unavailable: string | null;
    }
  | { readonly type: 'pick'; readonly turn: number; readonly candidate: string; readonly reason: string }
  /** Private tests on the pick; they never decide when to stop. */
  | { readonly type: 'final'; readonly candidate: string; readonly verdict: Verdict }
  | { readonly type: 'infra'; readonly message: string }
  | { readonly type: 'end'; readonly outcome: Outcome; readonly message: string; readonly ms: number };
