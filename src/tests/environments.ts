// Where tools keep a project's interpreter: uv, poetry, pdm, pipenv, hatch, pixi, conda, and virtual environments in folders.

import { below } from './paths.ts';
import type { Files } from './root.ts';

/** A path, and what named it. Nothing says yet that it works. */
export type Found = { readonly path: string; readonly from: string };

export type Place = {
  readonly root: string;
  /** The root and the folders above it that belong to the same repository or open folder, nearest first. */
  readonly folders: readonly string[];
  readonly files: Files;
  /** What the command prints; null when it is not there or fails. */
  readonly run: (command: readonly string[], cwd: string) => Promise<string | null>;
  readonly home: string;
  readonly environment: Readonly<Record<string, string | undefined>>;
};

type Finder = (place: Place) => Promise<Found | null>;

/** Cheap ones first: only the last three start another program, and only in projects that say they use it. */
export const FINDERS: readonly Finder[] = [uv, inFolder, pdm, pixi, conda, poetry, hatch, pipenv];

/** The interpreter of a virtual or conda environment. */
export function pythonOf(environment: string): string {
  return below(environment, 'bin/python');
}

/** uv may be told to keep the environment elsewhere. */
async function uv({ root, files, environment }: Place): Promise<Found | null> {
  const named = environment['UV_PROJECT_ENVIRONMENT'] ?? '';
  if (named === '' || !(await files.exists(below(root, 'uv.lock')))) return null;
  return existing(pythonOf(below(root, named)), `${named} (uv)`, files);
}

/** `.venv` and any other folder with a pyvenv.cfg, here or above: a workspace of uv or poetry has one for all its parts. */
async function inFolder({ root, folders, files }: Place): Promise<Found | null> {
  for (const folder of folders) {
    const names = await files.list(folder);
    const usual = ['.venv', 'venv', 'env', '.env'];
    const ordered = [...usual.filter((one) => names.includes(one)), ...names.filter((one) => !usual.includes(one))];
    for (const name of ordered) {
      const environment = below(folder, name);
      if (!(await files.exists(below(environment, 'pyvenv.cfg')))) continue;
      const shown = folder === root ? name : environment;
      return { path: pythonOf(environment), from: `${shown}${await toolOf(folder, files)}` };
    }
  }
  return null;
}

async function toolOf(folder: string, files: Files): Promise<string> {
  for (const tool of ['uv', 'poetry', 'pdm']) {
    if (await files.exists(below(folder, `${tool}.lock`))) return ` (${tool})`;
  }
  return '';
}

/** pdm keeps the path in a file. */
async function pdm({ root, files }: Place): Promise<Found | null> {
  const path = (await files.read(below(root, '.pdm-python')))?.trim() ?? '';
  return path === '' ? null : existing(path, '.pdm-python (pdm)', files);
}

async function pixi({ folders, files }: Place): Promise<Found | null> {
  for (const folder of folders) {
    const names = await files.list(below(folder, '.pixi/envs'));
    const name = names.find((one) => one === 'default') ?? names[0];
    if (name !== undefined) return existing(pythonOf(below(folder, `.pixi/envs/${name}`)), `pixi's ${name}`, files);
  }
  return null;
}

/** An environment in the project, or the one that its environment.yml names, among those that conda knows. */
async function conda({ root, files, home }: Place): Promise<Found | null> {
  const own = pythonOf(below(root, '.conda'));
  if (await files.exists(own)) return { path: own, from: '.conda (conda)' };
  for (const file of ['environment.yml', 'environment.yaml', 'conda.yml', 'conda.yaml']) {
    const name = /^name:\s*["']?([\w.-]+)/m.exec((await files.read(below(root, file))) ?? '')?.[1];
    if (name === undefined) continue;
    const known = (await files.read(below(home, '.conda/environments.txt')))?.split(/\r?\n/) ?? [];
    const prefix = known.find((one) => one.endsWith(`/${name}`));
    return prefix === undefined ? null : existing(pythonOf(prefix), `conda's ${name} (${file})`, files);
  }
  return null;
}

async function poetry(place: Place): Promise<Found | null> {
  const { root, files, run } = place;
  if (!(await files.exists(below(root, 'poetry.lock'))) && !(await says(place, '[tool.poetry'))) return null;
  const path = lastLine(await run(['poetry', 'env', 'info', '--executable'], root));
  return path === null ? null : existing(path, 'poetry', files);
}

/** hatch prints where an environment would be, also when it was never made. */
async function hatch(place: Place): Promise<Found | null> {
  const { root, files, run } = place;
  if (!(await files.exists(below(root, 'hatch.toml'))) && !(await says(place, '[tool.hatch.envs'))) return null;
  for (const name of ['hatch-test', 'default']) {
    const printed = (await run(['hatch', 'env', 'find', name], root)) ?? '';
    for (const environment of printed.split('\n').map((line) => line.trim())) {
      const found = environment.startsWith('/')
        ? await existing(pythonOf(environment), `hatch's ${name}`, files)
        : null;
      if (found) return found;
    }
  }
  return null;
}

async function pipenv({ root, files, run }: Place): Promise<Found | null> {
  if (!(await files.exists(below(root, 'Pipfile')))) return null;
  const environment = lastLine(await run(['pipenv', '--venv'], root));
  return environment === null ? null : existing(pythonOf(environment), 'pipenv', files);
}

async function says({ root, files }: Place, section: string): Promise<boolean> {
  return ((await files.read(below(root, 'pyproject.toml'))) ?? '').includes(section);
}

function lastLine(printed: string | null): string | null {
  const line = printed?.trimEnd().split('\n').at(-1)?.trim() ?? '';
  return line.startsWith('/') ? line : null;
}

async function existing(path: string, from: string, files: Files): Promise<Found | null> {
  return (await files.exists(path)) ? { path, from } : null;
}
