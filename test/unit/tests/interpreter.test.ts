// Which interpreter runs a project's tests, and where it says it comes from.

import assert from 'node:assert/strict';
import { RepairError } from '../../../src/repair/errors.ts';
import {
  installedInterpreters,
  interpreterWords,
  resolveInterpreter,
  type Sources,
} from '../../../src/tests/interpreter.ts';
import { rejectsWith } from '../../fakes/rejection.ts';
import { treeOf } from './tree.ts';

type World = {
  readonly texts?: Readonly<Record<string, string>>;
  /** What a command prints, by its text; the version of an interpreter by its path. */
  readonly prints?: Readonly<Record<string, string>>;
  readonly sources?: Partial<Sources>;
  readonly folders?: readonly string[];
};

const venv = (folder: string, version = '3.12.4'): Readonly<Record<string, string>> => ({
  [`${folder}/pyvenv.cfg`]: `home = /usr/bin\nversion = ${version}\n`,
  [`${folder}/bin/python`]: '',
});

/** Also tells what was run. */
async function resolve({ texts = {}, prints = {}, sources = {}, folders = ['/p'] }: World) {
  const ran: string[] = [];
  const run = async ([program = '', ...args]: readonly string[]): Promise<string | null> => {
    const isProbe = args[0] === '-I';
    ran.push(isProbe ? program : [program, ...args].join(' '));
    return Promise.resolve(prints[isProbe ? program : [program, ...args].join(' ')] ?? null);
  };
  const all: Sources = {
    files: treeOf(texts),
    run,
    home: '/home/ada',
    environment: {},
    named: null,
    extensions: [],
    settings: [],
    ...sources,
  };
  const { interpreter, passedOver, guessed } = await resolveInterpreter('/p', folders, all);
  const installed = async () => installedInterpreters('/p', all);
  return { ...interpreter, words: interpreterWords(interpreter), passedOver, guessed, ran, installed };
}

describe('resolveInterpreter', () => {
  it('takes .venv without starting anything, and names its tool', async () => {
    const { path, words, ran } = await resolve({ texts: { ...venv('/p/.venv'), '/p/uv.lock': '' } });
    assert.equal(path, '/p/.venv/bin/python');
    assert.equal(words, 'Python 3.12.4 from .venv (uv)');
    assert.deepEqual(ran, []);
  });

  it('takes an environment under any name, the usual ones first', async () => {
    assert.equal((await resolve({ texts: venv('/p/myenv') })).from, 'myenv');
    assert.equal((await resolve({ texts: { ...venv('/p/a'), ...venv('/p/venv') } })).from, 'venv');
  });

  it('takes the environment of the workspace above a part of it', async () => {
    const texts = { ...venv('/r/.venv'), '/r/uv.lock': '' };
    const found = await resolve({ texts, folders: ['/r/packages/a', '/r/packages', '/r'] });
    assert.equal(found.from, '/r/.venv (uv)');
  });

  it('asks the extensions first, then the settings, then the active environment, then the project', async () => {
    const texts = { ...venv('/e'), ...venv('/s'), ...venv('/active'), ...venv('/p/.venv') };
    const none = { name: 'python-envs', find: async () => Promise.resolve(null) };
    const extension = { name: 'the Python extension', find: async () => Promise.resolve('/e/bin/python') };
    const settings = [{ path: '/s/bin/python', from: 'the settings' }];
    const environment = { VIRTUAL_ENV: '/active' };
    const of = async (sources: Partial<Sources>): Promise<string> => (await resolve({ texts, sources })).from;
    assert.equal(await of({ extensions: [none, extension], settings, environment }), 'the Python extension');
    assert.equal(await of({ extensions: [none], settings, environment }), 'the settings');
    assert.equal(await of({ extensions: [none], environment }), 'the active environment /active');
    assert.equal(await of({ extensions: [none] }), '.venv');
    assert.equal(await of({ environment: { CONDA_PREFIX: '/active', CONDA_DEFAULT_ENV: 'base' } }), '.venv');
  });

  it('passes over what does not work and says so', async () => {
    const texts = { ...venv('/old', '3.8.10'), ...venv('/p/.venv') };
    const settings = [
      { path: '/old/bin/python', from: 'the settings' },
      { path: '/gone/python', from: 'the other setting' },
    ];
    const { from, passedOver } = await resolve({ texts, sources: { settings } });
    assert.equal(from, '.venv');
    assert.deepEqual(passedOver, [
      'The settings has Python 3.8.10; 3.9 or newer is needed.',
      'The other setting (/gone/python) does not start.',
    ]);
  });

  it('passes over an environment whose interpreter is gone', async () => {
    const texts = { '/p/.venv/pyvenv.cfg': 'version = 3.12.4' };
    const { from, passedOver } = await resolve({ texts, prints: { python3: '3.11.7 /usr/bin/python3\n' } });
    assert.equal(from, 'python3 on PATH');
    assert.match(passedOver[0] ?? '', /^\.venv .*does not start/);
  });

  it('takes the path behind a name on PATH', async () => {
    const { path, words } = await resolve({ prints: { python: '3.10.2 /opt/python\n' } });
    assert.equal(path, '/opt/python');
    assert.equal(words, 'Python 3.10.2 from python on PATH');
  });

  it('says that it only guesses where nothing but PATH is left, and what else there is to choose from', async () => {
    const texts = {
      ...venv('/home/ada/.virtualenvs/work', '3.10.9'),
      '/home/ada/.conda/environments.txt': '/conda/envs/science\n',
      '/conda/envs/science/bin/python': '',
      '/home/ada/.pyenv/versions/3.8.1/bin/python': '',
    };
    const prints = {
      python3: '3.11.7 /usr/bin/python3',
      python: '3.11.7 /usr/bin/python3',
      'python3.13': '3.13.1 /usr/bin/python3.13',
      '/conda/envs/science/bin/python': '3.12.1 /conda/envs/science/bin/python',
      '/home/ada/.pyenv/versions/3.8.1/bin/python': '3.8.1 /x',
    };
    const { guessed, installed } = await resolve({ texts, prints });
    assert.equal(guessed, true);
    assert.deepEqual(
      (await installed()).map(({ path, version, from }) => [path, version, from]),
      [
        ['/usr/bin/python3', '3.11.7', 'python3 on PATH'],
        ['/usr/bin/python3.13', '3.13.1', 'python3.13 on PATH'],
        ['/home/ada/.virtualenvs/work/bin/python', '3.10.9', 'virtualenvwrapper'],
        ['/conda/envs/science/bin/python', '3.12.1', 'conda'],
      ],
    );
    assert.equal((await resolve({ texts: venv('/p/.venv') })).guessed, false);
  });

  it('takes nothing else where the user named one', async () => {
    const texts = venv('/p/.venv');
    const sources = { named: { path: '/mine', from: '--python' } };
    assert.equal((await resolve({ texts, sources, prints: { '/mine': '3.13.0 /mine' } })).path, '/mine');
    await rejectsWith('judge-unavailable', resolve({ texts, sources }), /--python \(\/mine\) does not start/);
  });

  it('says what to do where there is none', async () => {
    await assert.rejects(resolve({}), (error: unknown) => {
      assert.ok(error instanceof RepairError);
      assert.match(error.message, /No Python was found for \/p\..*Python3 on PATH \(python3\) does not start/);
      return true;
    });
  });
});

describe('the environments of tools', () => {
  const python = '3.12.1 /x';
  const tools: readonly (readonly [string, World, string, string])[] = [
    [
      'uv, kept elsewhere',
      { texts: { '/p/uv.lock': '', ...venv('/c/e') }, sources: { environment: { UV_PROJECT_ENVIRONMENT: '/c/e' } } },
      '/c/e/bin/python',
      '/c/e (uv)',
    ],
    [
      'pdm',
      { texts: { '/p/.pdm-python': '/d/bin/python\n', '/d/bin/python': '' }, prints: { '/d/bin/python': python } },
      '/d/bin/python',
      '.pdm-python (pdm)',
    ],
    [
      'pixi',
      { texts: { '/p/.pixi/envs/default/bin/python': '' }, prints: { '/p/.pixi/envs/default/bin/python': python } },
      '/p/.pixi/envs/default/bin/python',
      "pixi's default",
    ],
    [
      'conda, by the name in environment.yml',
      {
        texts: {
          '/p/environment.yml': 'channels: []\nname: science\n',
          '/home/ada/.conda/environments.txt': '/conda\n/conda/envs/science\n',
          '/conda/envs/science/bin/python': '',
        },
        prints: { '/conda/envs/science/bin/python': python },
      },
      '/conda/envs/science/bin/python',
      "conda's science (environment.yml)",
    ],
    [
      'poetry',
      {
        texts: { '/p/poetry.lock': '', ...venv('/cache/p-py3') },
        prints: { 'poetry env info --executable': '/cache/p-py3/bin/python\n' },
      },
      '/cache/p-py3/bin/python',
      'poetry',
    ],
    [
      'hatch, where the environment was made',
      {
        texts: { '/p/pyproject.toml': '[tool.hatch.envs.default]\n', ...venv('/hatch/p') },
        prints: { 'hatch env find hatch-test': '/hatch/none\n', 'hatch env find default': '/hatch/p\n' },
      },
      '/hatch/p/bin/python',
      "hatch's default",
    ],
    [
      'pipenv',
      { texts: { '/p/Pipfile': '', ...venv('/envs/p') }, prints: { 'pipenv --venv': '/envs/p\n' } },
      '/envs/p/bin/python',
      'pipenv',
    ],
  ];
  for (const [name, world, path, from] of tools) {
    it(`are found: ${name}`, async () => {
      const found = await resolve(world);
      assert.deepEqual([found.path, found.from], [path, from]);
    });
  }

  it('are not asked for in a project that does not use them', async () => {
    const texts = { '/p/pyproject.toml': '[build-system]\nrequires = ["hatchling"]\n' };
    const { ran } = await resolve({ texts, prints: { python3: '3.11.7 /usr/bin/python3' } });
    assert.deepEqual(ran, ['python3']);
  });
});
