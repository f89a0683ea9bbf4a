// The lines that the judge writes, and their parsers. A line is parsed field by field, never cast.

import type { Extraction, Judged, TestResult, TestVerdict, Tier, Verdict } from '../repair/problem.ts';
import { boolean, fields, list, number, oneOf, optional, pair, text, texts, type Fields } from './shape.ts';
import { contextOf, discoveredOf, resultOf, type Context, type Discovered, type Neighbours } from './workspace.ts';

/** What the judge says about itself and the isolation it found; `why` gives the reasons why the tier is not better. */
export type Hello = {
  readonly v: number;
  readonly judge: string;
  readonly tier: Tier;
  readonly why: readonly string[];
  readonly python: string;
  readonly workers: number;
};

/** All lines are 1-based and inclusive. */
type Lines = readonly [number, number];

type Doctest = { readonly id: string; readonly source: string; readonly lines: Lines };

export type FunctionInfo = {
  /** `f` or `Class.m`. */
  readonly name: string;
  readonly kind: 'function' | 'method';
  readonly async: boolean;
  /** The body is `...`, `pass` or `raise NotImplementedError`. */
  readonly stub: boolean;
  /** With decorators. */
  readonly lines: Lines;
  /** The top-level statement that holds it. */
  readonly region: Lines;
  readonly def_line: number;
  readonly doctests: readonly Doctest[];
};

export type AssertInfo = {
  readonly source: string;
  readonly lines: Lines;
  /** Names that the assert calls. */
  readonly calls: readonly string[];
  /** `module` or the name of the test function around it. */
  readonly in: string;
};

export type Inspected = {
  readonly functions: readonly FunctionInfo[];
  readonly asserts: readonly AssertInfo[];
  /** The syntax error that kept the file from being read. */
  readonly error: { readonly message: string; readonly line: number | null } | null;
};

export type Region = { readonly lines: Lines; readonly code: string; readonly context: string };

/** One line of the judge. `id` is the request's; null where the judge could not tell which request it was. */
export type JudgeLine = { readonly id: string | null } & JudgeReply;

export type JudgeReply =
  | { readonly event: 'hello'; readonly hello: Hello }
  | { readonly event: 'inspected'; readonly inspected: Inspected }
  | { readonly event: 'region'; readonly region: Region }
  | { readonly event: 'extracted'; readonly extraction: Extraction }
  | {
      readonly event: 'test';
      readonly candidate: string;
      readonly test: string;
      readonly result: TestResult;
      readonly ms: number;
    }
  | { readonly event: 'verdict'; readonly verdict: Verdict }
  | { readonly event: 'discovering'; readonly message: string }
  | { readonly event: 'discovered'; readonly discovered: Discovered }
  | { readonly event: 'context'; readonly context: Context }
  | ({ readonly event: 'neighbours' } & Neighbours)
  | { readonly event: 'infra'; readonly message: string }
  | { readonly event: 'done' }
  | { readonly event: 'error'; readonly message: string };

const tierOf = oneOf<Tier>(['T3', 'T2', 'T1', 'T0']);
const judgedOf = oneOf<Judged>(['outside', 'guarded', 'unguarded']);
const verdictWord = oneOf<Verdict['verdict']>(['pass', 'fail', 'error', 'timeout', 'limit', 'tamper']);
const eventOf = oneOf<JudgeReply['event']>([
  'hello',
  'inspected',
  'region',
  'extracted',
  'test',
  'verdict',
  'discovering',
  'discovered',
  'context',
  'neighbours',
  'infra',
  'done',
  'error',
]);

/** Throws a TypeError that names the place which does not fit; SyntaxError when the line is not JSON. */
export function parseJudgeLine(line: string): JudgeLine {
  const found = fields(JSON.parse(line), 'line');
  return { id: optional(found['id'], 'id', text), ...replyOf(found) };
}

function replyOf(found: Fields): JudgeReply {
  const event = eventOf(found['event'], 'event');
  switch (event) {
    case 'hello':
      return { event, hello: helloOf(found) };
    case 'inspected':
      return { event, inspected: inspectedOf(found) };
    case 'region':
      return { event, region: regionOf(found) };
    case 'extracted':
      return { event, extraction: extractionOf(found) };
    case 'test': {
      const { candidate, test, result, ms } = found;
      const named = { candidate: text(candidate, 'candidate'), test: text(test, 'test') };
      return { event, ...named, result: resultOf(result, 'result'), ms: number(ms, 'ms') };
    }
    case 'verdict':
      return { event, verdict: parseVerdict(found) };
    case 'discovered':
      return { event, discovered: discoveredOf(found) };
    case 'context':
      return { event, context: contextOf(found) };
    case 'neighbours':
      return { event, files: texts(found['files'], 'files'), warnings: texts(found['warnings'] ?? [], 'warnings') };
    case 'discovering':
    case 'infra':
    case 'error':
      return { event, message: text(found['message'], 'message') };
    case 'done':
      return { event };
  }
}

/** Also reads what `judge check` prints, which is the same object. */
export function parseVerdict(value: unknown): Verdict {
  const found = fields(value, 'verdict');
  return {
    candidate: text(found['candidate'], 'candidate'),
    verdict: verdictWord(found['verdict'], 'verdict'),
    judged: judgedOf(found['judged'], 'judged'),
    tests: list(found['tests'], 'tests', testVerdictOf),
    feedback: text(found['feedback'], 'feedback'),
    fingerprint: text(found['fingerprint'], 'fingerprint'),
    ms: number(found['ms'], 'ms'),
    tier: tierOf(found['tier'], 'tier'),
    // Session files of earlier versions do not have it.
    why: optional(found['why'], 'why', text),
  };
}

function testVerdictOf(value: unknown, place: string): TestVerdict {
  const found = fields(value, place);
  return {
    test: text(found['test'], `${place}.test`),
    result: resultOf(found['result'], `${place}.result`),
    expected: optional(found['expected'], `${place}.expected`, text),
    got: optional(found['got'], `${place}.got`, text),
    error: optional(found['error'], `${place}.error`, text),
    ms: number(found['ms'], `${place}.ms`),
  };
}

function helloOf(found: Fields): Hello {
  return {
    v: number(found['v'], 'v'),
    judge: text(found['judge'], 'judge'),
    tier: tierOf(found['tier'], 'tier'),
    why: texts(found['why'], 'why'),
    python: text(found['python'], 'python'),
    workers: number(found['workers'], 'workers'),
  };
}

function inspectedOf(found: Fields): Inspected {
  return {
    functions: list(found['functions'], 'functions', functionOf),
    asserts: list(found['asserts'], 'asserts', assertOf),
    error: optional(found['error'], 'error', (value, place) => {
      const error = fields(value, place);
      return {
        message: text(error['message'], `${place}.message`),
        line: optional(error['line'], `${place}.line`, number),
      };
    }),
  };
}

function functionOf(value: unknown, place: string): FunctionInfo {
  const found = fields(value, place);
  return {
    name: text(found['name'], `${place}.name`),
    kind: oneOf(['function', 'method'] as const)(found['kind'], `${place}.kind`),
    async: boolean(found['async'], `${place}.async`),
    stub: boolean(found['stub'], `${place}.stub`),
    lines: pair(found['lines'], `${place}.lines`),
    region: pair(found['region'], `${place}.region`),
    def_line: number(found['def_line'], `${place}.def_line`),
    doctests: list(found['doctests'], `${place}.doctests`, doctestOf),
  };
}

function doctestOf(value: unknown, place: string): Doctest {
  const found = fields(value, place);
  return {
    id: text(found['id'], `${place}.id`),
    source: text(found['source'], `${place}.source`),
    lines: pair(found['lines'], `${place}.lines`),
  };
}

function assertOf(value: unknown, place: string): AssertInfo {
  const found = fields(value, place);
  return {
    source: text(found['source'], `${place}.source`),
    lines: pair(found['lines'], `${place}.lines`),
    calls: texts(found['calls'], `${place}.calls`),
    in: text(found['in'], `${place}.in`),
  };
}

function regionOf(found: Fields): Region {
  return {
    lines: pair(found['lines'], 'lines'),
    code: text(found['code'], 'code'),
    context: text(found['context'], 'context'),
  };
}

function extractionOf(found: Fields): Extraction {
  if (!boolean(found['ok'], 'ok')) {
    return { ok: false, reason: text(found['reason'], 'reason'), message: text(found['message'], 'message') };
  }
  return {
    ok: true,
    form: text(found['form'], 'form'),
    program: text(found['program'], 'program'),
    code: text(found['code'], 'code'),
    imports: texts(found['imports'], 'imports'),
    fingerprint: text(found['fingerprint'], 'fingerprint'),
  };
}
