// The interpreter that a file's tests run with: what the user or an extension says, else what the project's tools left behind.

import { RepairError } from '../repair/errors.ts';
import { FINDERS, pythonOf, type Found, type Place } from './environments.ts';
import { below, parentOf } from './paths.ts';

export type Interpreter = {
  readonly path: string;
  /** Such as `3.12.4`. */
  readonly version: string;
  /** What named it, for the user: `.venv (uv)`, `the Python extension`. */
  readonly from: string;
};

export type Sources = Omit<Place, 'root' | 'folders'> & {
  /** What the user named for this run; nothing else is looked at then. */
  readonly named: Found | null;
  /** The editor's extensions, in their order; each may have no answer for the file. */
  readonly extensions: readonly { readonly name: string; readonly find: () => Promise<string | null> }[];
  /** What the settings name, in their order. */
  readonly settings: readonly Found[];
};

export type Resolved = {
  readonly interpreter: Interpreter;
  /** Those that came first and do not work, one sentence each. */
  readonly passedOver: readonly string[];
  /** Nothing speaks for it but that it is on PATH: whoever can ask should ask. */
  readonly guessed: boolean;
};

/** The oldest Python that the judge is written for. */
const OLDEST = [3, 9] as const;
const SCRIPT = 'import sys; print("%d.%d.%d %s" % (*sys.version_info[:3], sys.executable))';
const ON_PATH = ['python3', 'python'];
const VERSIONS = ['python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python3.9'];
const MOST_TRIED = 30;

/**
 * The first interpreter that is there and new enough. `folders` are the root and the folders above it that belong to the
 * same repository or open folder. Throws RepairError `judge-unavailable`, which says what was tried.
 */
export async function resolveInterpreter(
  root: string,
  folders: readonly string[],
  sources: Sources,
): Promise<Resolved> {
  const passedOver: string[] = [];
  for await (const { guessed, ...found } of candidates({ ...sources, root, folders }, sources)) {
    const tried = await probe(found, root, sources);
    if (typeof tried !== 'string') return { interpreter: tried, passedOver, guessed: guessed === true };
    passedOver.push(tried);
  }
  const tried = passedOver.length === 0 ? 'There is no environment, and no Python on PATH.' : passedOver.join(' ');
  const next = 'Make an environment for the project, or name its interpreter with --python or in the settings.';
  throw new RepairError('judge-unavailable', `No Python was found for ${root}. ${tried} ${next}`);
}

/** `Python 3.12.4 from .venv (uv)`. */
export function interpreterWords({ version, from }: Pick<Interpreter, 'version' | 'from'>): string {
  return `Python ${version} from ${from}`;
}

/** What this machine has besides: on PATH, of pyenv, conda and virtualenvwrapper. None of them belongs to the project. */
export async function installedInterpreters(root: string, sources: Sources): Promise<readonly Interpreter[]> {
  const { files, home } = sources;
  const environments = ((await files.read(below(home, '.conda/environments.txt'))) ?? '').split('\n');
  const within = async (folder: string): Promise<readonly string[]> =>
    (await files.list(below(home, folder))).map((name) => below(home, `${folder}/${name}`));
  const known: readonly Found[] = [
    ...[...ON_PATH, ...VERSIONS].map((name) => ({ path: name, from: `${name} on PATH` })),
    ...(await within('.pyenv/versions')).map((path) => ({ path: pythonOf(path), from: 'pyenv' })),
    ...(await within('.virtualenvs')).map((path) => ({ path: pythonOf(path), from: 'virtualenvwrapper' })),
    ...environments.filter((one) => one.startsWith('/')).map((path) => ({ path: pythonOf(path), from: 'conda' })),
  ];
  const found = new Map<string, Interpreter>();
  const probed = await Promise.all(known.slice(0, MOST_TRIED).map(async (one) => probe(one, root, sources)));
  for (const tried of probed) {
    if (typeof tried !== 'string' && !found.has(tried.path)) found.set(tried.path, tried);
  }
  return [...found.values()];
}

async function* candidates(place: Place, sources: Sources): AsyncGenerator<Found & { readonly guessed?: true }> {
  if (sources.named) {
    yield sources.named;
    return;
  }
  for (const { name, find } of sources.extensions) {
    const path = await find();
    if (path !== null && path !== '') yield { path, from: name };
  }
  yield* sources.settings;
  for (const name of ['VIRTUAL_ENV', 'CONDA_PREFIX']) {
    const active = sources.environment[name] ?? '';
    // conda's base is active in every terminal of many users; it is not a choice for this project.
    if (active !== '' && sources.environment['CONDA_DEFAULT_ENV'] !== 'base') {
      yield { path: pythonOf(active), from: `the active environment ${active}` };
    }
  }
  for (const find of FINDERS) {
    const found = await find(place);
    if (found) yield found;
  }
  for (const name of ON_PATH) yield { path: name, from: `${name} on PATH`, guessed: true };
}

/** The interpreter, or in one sentence why it is none. */
async function probe({ path, from }: Found, root: string, sources: Sources): Promise<Interpreter | string> {
  const known = await recorded(path, from, sources);
  const found = known ?? (await asked(path, from, root, sources));
  if (found === null) return `${capital(from)} (${path}) does not start.`;
  const [major = 0, minor = 0] = found.version.split('.').map(Number);
  if (major > OLDEST[0] || (major === OLDEST[0] && minor >= OLDEST[1])) return found;
  return `${capital(from)} has Python ${found.version}; ${OLDEST.join('.')} or newer is needed.`;
}

/** A virtual environment says its version in a file, so that nothing has to be started. */
async function recorded(path: string, from: string, { files }: Sources): Promise<Interpreter | null> {
  if (!path.startsWith('/') || !(await files.exists(path))) return null;
  const settings = (await files.read(below(parentOf(parentOf(path)), 'pyvenv.cfg'))) ?? '';
  const version = /^version(?:_info)?\s*=\s*(\d+\.\d+(?:\.\d+)?)/m.exec(settings)?.[1];
  return version === undefined ? null : { path, version, from };
}

async function asked(path: string, from: string, root: string, { run }: Sources): Promise<Interpreter | null> {
  const printed = (await run([path, '-I', '-c', SCRIPT], root)) ?? '';
  const [, version, executable] = /^(\d+\.\d+\.\d+) (.+)$/m.exec(printed) ?? [];
  // Behind a name on PATH there may be a shim; the path that a user or tool named stays as it is.
  return version === undefined || executable === undefined
    ? null
    : { path: path.startsWith('/') ? path : executable, version, from };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
