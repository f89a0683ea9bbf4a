// From failing tests of a project to a Problem: the project and its interpreter, the code to suspect, the tests around it.

import { homedir } from 'node:os';
import { resolve } from 'node:path';
import { disk, printed } from '../disk.ts';
import type { Judge } from '../judge/client.ts';
import type { Suspect } from '../protocol/workspace.ts';
import { counted } from '../repair/conclude.ts';
import { RepairError } from '../repair/errors.ts';
import { interpreterWords, resolveInterpreter } from '../tests/interpreter.ts';
import { below, relativeTo } from '../tests/paths.ts';
import {
  findFailing,
  firstSuspect,
  prepareWorkspace,
  type Failing,
  type Prepared,
  type Project,
} from '../tests/prepare.ts';
import { NO_SIGN, projectRoot, type Root } from '../tests/root.ts';
import type { Arguments } from './arguments.ts';
import { readSource } from './file.ts';
import { remarked, type Job } from './job.ts';
import type { Screen } from './screen.ts';
import { cut } from './text.ts';

type Around = { readonly screen: Screen; readonly env: Readonly<Record<string, string | undefined>> };

type Code = Pick<Suspect, 'file' | 'entry_point'>;

const WHY: Readonly<Record<Suspect['why'], string>> = {
  traceback: 'in the traceback',
  called: 'called by the test',
  executed: 'run by the test',
  imported: 'imported by the test',
};
/** Failing tests and suspects that are printed. */
const MOST_SHOWN = 6;
/** Columns of a test's message. */
const MOST_COLUMNS = 160;

export async function jobOfTests(args: Arguments, judge: Judge, around: Around, signal: AbortSignal): Promise<Job> {
  const say = (text: string): void => around.screen.say([[text, 'dim']]);
  const asked = args.failing.map((one) => splitTest(args.root, one));
  const root = await rootOf(args, asked[0]?.path ?? '.');
  const selection = asked.map(({ path, names }) => `${insideOf(root.path, path)}${names}`);
  const project = await projectOf(args, root, around, signal);
  const python = project.interpreter ? `${interpreterWords(project.interpreter)}, ` : '';
  say(`${python}project ${root.path} (${root.why})`);
  const failing = await findFailing(judge, project, selection, say, signal);
  const code = args.code ? await namedCode(args.code, root.path) : firstSuspect(failing);
  showProposal(failing, code, around.screen);
  const path = below(root.path, code.file);
  const file = await readSource(path);
  const prepared = await prepareWorkspace(judge, project, failing, code, file.text, say, signal);
  const { problem, run } = prepared;
  showPrepared(prepared, failing, code, around.screen);
  const [first, last] = problem.lines;
  const origin = { task: 'repair', file: path, label: code.entry_point, lines: problem.lines, project: run } as const;
  const place = { file, region: { start: first - 1, end: last } };
  return { problem: remarked(problem, args.note), origin, place, left: [] };
}

/** The file's absolute path, and the names behind it with their colons. */
function splitTest(root: string | null, given: string): { readonly path: string; readonly names: string } {
  const at = given.indexOf('::');
  const file = at < 0 ? given : given.slice(0, at);
  return { path: resolve(root ?? '.', file), names: at < 0 ? '' : given.slice(at) };
}

async function rootOf(args: Arguments, test: string): Promise<Root> {
  if (!(await disk.exists(test))) {
    const next = 'Give the test as its path from here, or from --root, such as "tests/test_x.py::test_y".';
    throw new RepairError('bad-problem', `There is no file ${test}. ${next}`);
  }
  if (args.root !== null) return { path: resolve(args.root), why: '--root', folders: [resolve(args.root)] };
  const found = await projectRoot(test, disk, { folder: null, home: homedir() });
  // Without any sign of a project it is the folder that the command was started in, as for the test runners.
  const here = process.cwd();
  const isHere = found.why === NO_SIGN && relativeTo(here, test) !== null;
  return isHere ? { path: here, why: 'this folder', folders: [here] } : found;
}

async function projectOf(args: Arguments, root: Root, around: Around, signal: AbortSignal): Promise<Project> {
  const named = args.python === null ? null : { path: withPath(args.python), from: '--python' };
  const sources = {
    files: disk,
    run: (command: readonly string[], cwd: string) => printed(command, cwd, signal),
    home: homedir(),
    environment: around.env,
    named,
    extensions: [],
    settings: [],
  };
  const { interpreter, passedOver } = await resolveInterpreter(root.path, root.folders, sources);
  for (const sentence of passedOver) around.screen.say([[sentence, 'warn']]);
  const { adapter, timeLimit, suiteLimit } = args;
  return { root: root.path, interpreter, adapter, buffers: {}, timeLimit, suiteLimit };
}

/** A name without a folder is looked for on PATH. */
function withPath(python: string): string {
  return python.includes('/') ? resolve(python) : python;
}

function insideOf(root: string, path: string): string {
  const relative = relativeTo(root, path);
  if (relative !== null) return relative;
  throw new RepairError('bad-problem', `${path} is not inside of the project ${root}. Name the project with --root.`);
}

/** The path as seen from here, else from the root, as the proposals have it. */
async function namedCode({ file, entryPoint }: NonNullable<Arguments['code']>, root: string): Promise<Code> {
  const here = resolve(file);
  const path = (await disk.exists(here)) ? here : below(root, file);
  return { file: insideOf(root, path), entry_point: entryPoint };
}

function showProposal(failing: Failing, code: Code, screen: Screen): void {
  const { discovered, tests } = failing;
  for (const { id, result, message } of tests.slice(0, MOST_SHOWN)) {
    const told = cut((message ?? '').replaceAll(/\s+/g, ' ').trim(), MOST_COLUMNS);
    screen.say([[`${result} `, 'bad'], [id], [told === '' ? '' : `  ${told}`, 'dim']]);
  }
  if (tests.length > MOST_SHOWN) screen.say([[`and ${tests.length - MOST_SHOWN} more that fail`, 'dim']]);
  for (const warning of discovered.warnings) screen.say([[warning, 'warn']]);
  const same = (one: Suspect): boolean => one.file === code.file && one.entry_point === code.entry_point;
  const found = discovered.suspects.find(same);
  const others = discovered.suspects.filter((one) => !same(one)).slice(0, MOST_SHOWN);
  const why = found ? `${WHY[found.why]}, line ${found.line}` : 'as you say';
  screen.say([['to repair: '], [`${code.file}::${code.entry_point}`, 'bold'], [` (${why})`, 'dim']]);
  if (others.length === 0) return;
  const names = others.map((one) => `${one.file}::${one.entry_point} (${WHY[one.why]})`).join(', ');
  screen.say([[`others, with --file: ${names}`, 'dim']]);
}

function showPrepared({ problem, run }: Prepared, { discovered, tests }: Failing, code: Code, screen: Screen): void {
  const { alsoFailing } = run;
  const { files, trouble } = run.neighbours;
  const guards = counted(problem.public_tests.length - tests.length, 'passing test');
  const around = `${counted(problem.private_tests.length, 'neighbouring test')} in ${counted(files.length, 'file')}`;
  const what = trouble === null ? `${guards} beside them, then ${around}` : `no neighbouring tests: ${trouble}`;
  screen.say([[`judged by ${counted(tests.length, 'failing test')}, ${what}`, trouble === null ? 'dim' : 'warn']]);
  if (alsoFailing.length > 0) {
    const some = alsoFailing.slice(0, MOST_SHOWN).join(', ') + (alsoFailing.length > MOST_SHOWN ? ' …' : '');
    screen.say([[`also failing, and repaired for only if given with --test: ${some}`, 'warn']]);
  }
  // Those of the first discovery are on the screen already.
  const fresh = run.warnings.filter((one) => !discovered.warnings.includes(one));
  for (const warning of fresh) screen.say([[warning, 'warn']]);
  const untold = run.flaky.filter((id) => !run.warnings.some((one) => one.includes(id)));
  if (untold.length > 0) screen.say([[`flaky, left out: ${untold.join(', ')}`, 'warn']]);
  if (run.hidden.length > 0) screen.say([[`hidden as secrets: ${run.hidden.join(', ')}`, 'dim']]);
  const { adapter, suspects } = discovered;
  const failing = tests.map(({ id, result, message }) => ({ id, result, message }));
  screen.tell({ type: 'found', root: problem.root, adapter, ...run, failing, suspects, code });
}
