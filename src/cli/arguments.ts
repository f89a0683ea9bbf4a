// The command line `mucode-repair …` as one typed value, or a usage error.

import { parseArgs } from 'node:util';
import type { Options, Selector } from '../repair/events.ts';
import { RepairError } from '../repair/errors.ts';
import type { Adapter } from '../repair/problem.ts';

export const USAGE = `usage: mucode-repair FILE::FUNCTION [options]
       mucode-repair --test TEST [--root DIR] [--file FILE::FUNCTION] [options]
       mucode-repair --problem PROBLEM.json [options]

FUNCTION is f or Class.m. Its tests: doctests, asserts in FILE that call it, asserts in test_*.py beside FILE.
TEST is a failing test of a project, such as "tests/test_x.py::test_y", or a file of tests. The function that most likely
holds the bug is found from the failure; the project's own tests judge it, and its neighbouring tests the pick.

  --tests FILE         take the tests from this file only
  --test TEST          a failing test of a project; may be given several times
  --root DIR           the project (default: the nearest one above the test)
  --file FILE::FUNCTION  with --test: the code to repair, where it is not the one that is found
  --adapter NAME       with --test: auto, pytest, unittest, doctest or asserts (default auto)
  --suite-limit S      with --test: seconds for all tests of one candidate
  --problem FILE       work on a problem file
  --url URL            the model server (default: $MUCODE_URL or http://127.0.0.1:8600/v1)
  --key-env NAME       the environment variable that holds the server's key (default: MUCODE_TOKEN)
  --model NAME         the model (default: the first that the server lists)
  --embedded           start the embedded server for this run
  -n, --candidates N   candidates per turn (default 5)
  -t, --turns T        most turns (default 3)
  --temperature X      0 to 2 (default 0.7)
  --selector S         random, lv, pt or pt+lv (default pt+lv)
  --seed K             (default 0)
  --write              write the function instead of repairing it
  --note TEXT          a remark that is added to the instruction
  --time-limit S       seconds for one test (default 5)
  --python PATH        the interpreter for the judge; with --test the one for the project's tests
  --apply              write the pick into FILE if it passes its tests
  --apply-failing      write the best candidate into FILE even if it does not
  --json               one event per line on standard output
  --yes                agree to send code and tests to a server on another machine
  --version, --help

Exit status: 0 solved, 1 not solved, 2 usage or problem error, 3 server or judge failed, 130 stopped.`;

export type Arguments = {
  readonly target: { readonly file: string; readonly entryPoint: string } | null;
  readonly problem: string | null;
  readonly tests: string | null;
  /** Failing tests of a project, as they were given; empty where the target is a function or a problem. */
  readonly failing: readonly string[];
  readonly root: string | null;
  /** With failing tests: the code to repair. */
  readonly code: { readonly file: string; readonly entryPoint: string } | null;
  readonly adapter: 'auto' | Adapter;
  readonly suiteLimit: number | null;
  /** null: not given. */
  readonly url: string | null;
  readonly keyEnv: string;
  readonly model: string | null;
  readonly embedded: boolean;
  readonly options: Options;
  readonly task: 'repair' | 'write' | null;
  readonly note: string | null;
  readonly timeLimit: number;
  readonly python: string | null;
  readonly apply: 'no' | 'passing' | 'failing';
  readonly json: boolean;
  readonly yes: boolean;
};

const SELECTORS: readonly Selector[] = ['random', 'lv', 'pt', 'pt+lv'];
const ADAPTERS: readonly ('auto' | Adapter)[] = ['auto', 'pytest', 'unittest', 'doctest', 'asserts'];
const TEXT = { type: 'string' } as const;
const FLAG = { type: 'boolean', default: false } as const;

const CONFIG = {
  tests: TEXT,
  test: { ...TEXT, multiple: true },
  root: TEXT,
  file: TEXT,
  adapter: { ...TEXT, default: 'auto' },
  'suite-limit': TEXT,
  problem: TEXT,
  url: TEXT,
  'key-env': { ...TEXT, default: 'MUCODE_TOKEN' },
  model: TEXT,
  embedded: FLAG,
  candidates: { ...TEXT, short: 'n', default: '5' },
  turns: { ...TEXT, short: 't', default: '3' },
  temperature: { ...TEXT, default: '0.7' },
  selector: { ...TEXT, default: 'pt+lv' },
  seed: { ...TEXT, default: '0' },
  write: FLAG,
  note: TEXT,
  'time-limit': { ...TEXT, default: '5' },
  python: TEXT,
  apply: FLAG,
  'apply-failing': FLAG,
  json: FLAG,
  yes: FLAG,
  version: FLAG,
  help: { ...FLAG, short: 'h' },
} as const;

/** `help` and `version` ask for no run. Throws RepairError `bad-problem` for a wrong command line. */
export function readArguments(argv: readonly string[]): Arguments | 'help' | 'version' {
  const { values, positionals } = parsed(argv);
  if (values.help) return 'help';
  if (values.version) return 'version';
  const selector = SELECTORS.find((one) => one === values.selector);
  if (!selector) throw usage(`--selector is one of ${SELECTORS.join(', ')}, not "${values.selector}"`);
  const target = targetOf(positionals);
  const failing = values.test ?? [];
  checkWork(target !== null, failing.length > 0, values.problem !== undefined);
  if (values.problem !== undefined && (values.apply || values['apply-failing'])) {
    throw usage('--apply needs FILE::FUNCTION or --test');
  }
  if (failing.length === 0 && (values.root ?? values.file ?? values['suite-limit']) !== undefined) {
    throw usage('--root, --file and --suite-limit go with --test');
  }
  if (failing.length > 0 && (values.write || values.tests !== undefined)) {
    throw usage('--write and --tests do not go with --test');
  }
  const adapter = ADAPTERS.find((one) => one === values.adapter);
  if (!adapter) throw usage(`--adapter is one of ${ADAPTERS.join(', ')}, not "${values.adapter}"`);
  if (values.embedded && values.url !== undefined) throw usage('Give either --embedded or --url');
  const applyPassing = values.apply ? 'passing' : 'no';
  return {
    target,
    problem: values.problem ?? null,
    tests: values.tests ?? null,
    failing,
    root: values.root ?? null,
    code: values.file === undefined ? null : functionOf(values.file),
    adapter,
    suiteLimit:
      values['suite-limit'] === undefined ? null : numberIn(values['suite-limit'], '--suite-limit', 1, 3600, false),
    url: values.url ?? null,
    keyEnv: values['key-env'],
    model: values.model ?? null,
    embedded: values.embedded,
    options: {
      candidates: numberIn(values.candidates, '-n', 1, 64, true),
      turns: numberIn(values.turns, '-t', 1, 20, true),
      temperature: numberIn(values.temperature, '--temperature', 0, 2, false),
      selector,
      seed: numberIn(values.seed, '--seed', 0, 1_000_000, true),
    },
    task: values.write ? 'write' : null,
    note: values.note ?? null,
    timeLimit: numberIn(values['time-limit'], '--time-limit', 0.1, 600, false),
    python: values.python ?? null,
    apply: values['apply-failing'] ? 'failing' : applyPassing,
    json: values.json,
    yes: values.yes,
  };
}

function parsed(argv: readonly string[]) {
  try {
    return parseArgs({ args: [...argv], options: CONFIG, allowPositionals: true });
  } catch (error) {
    throw usage(error instanceof Error ? error.message : String(error));
  }
}

function targetOf(positionals: readonly string[]): Arguments['target'] {
  const [first, ...more] = positionals;
  if (first === undefined) return null;
  if (more.length > 0) throw usage(`One function at a time; "${more[0]}" is too much`);
  return functionOf(first);
}

function functionOf(given: string): NonNullable<Arguments['target']> {
  // A method may be written as pytest writes it.
  const [, file, names] = /^(.*\.py)::(\w+::\w+)$/u.exec(given) ?? [];
  if (file !== undefined && names !== undefined) return { file, entryPoint: names.replace('::', '.') };
  const at = given.lastIndexOf('::');
  if (at <= 0 || at + 2 === given.length) throw usage(`"${given}" is not FILE::FUNCTION, such as stats.py::mean`);
  return { file: given.slice(0, at), entryPoint: given.slice(at + 2) };
}

function checkWork(...given: readonly boolean[]): void {
  if (given.filter(Boolean).length !== 1) throw usage('Give either FILE::FUNCTION, --test TEST or --problem FILE');
}

function numberIn(text: string, name: string, least: number, most: number, whole: boolean): number {
  const value = Number(text);
  const fits = text.trim() !== '' && value >= least && value <= most && (!whole || Number.isInteger(value));
  if (!fits) throw usage(`${name} is a ${whole ? 'whole ' : ''}number from ${least} to ${most}, not "${text}"`);
  return value;
}

function usage(message: string): RepairError {
  return new RepairError('bad-problem', `${message.replace(/\.$/, '')}. \`mucode-repair --help\` says more.`);
}
