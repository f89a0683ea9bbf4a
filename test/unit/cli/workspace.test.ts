// From a failing test of a project to a pick, with a judge that calls test functions in its own process.

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readArguments } from '../../../src/cli/arguments.ts';
import { run } from '../../../src/cli/run.ts';
import { jsonScreen, plainScreen } from '../../../src/cli/screen.ts';
import { parseEvent } from '../../../src/protocol/events.ts';
import { fields, list, text } from '../../../src/protocol/shape.ts';
import { FakeModel } from '../../fakes/model.ts';
import { rejectsWith } from '../../fakes/rejection.ts';

const root = join(import.meta.dirname, '../../..');
const SHAPES = 'def area(a, b):\n    return a + b\n\n\ndef half(a):\n    return a / 2\n';
const TESTS = `from shapes import area, half


def test_area():
    assert area(2, 3) == 6


def test_half():
    assert half(4) == 2


def test_flaky_half():
    assert half(2) == 1
`;
const NEIGHBOUR = 'from shapes import area\n\n\ndef test_nothing():\n    assert area(0, 0) == 0\n';
const answer = (body: string): string => `\`\`\`python\ndef area(a, b):\n    return ${body}\n\`\`\``;
const GOOD = answer('a * b');
/** Passes the failing test and breaks the neighbouring one. */
const GREEDY = answer('a * b or 1');

describe('mucode-repair --test', function () {
  this.timeout(60_000);
  let folder = '';
  let server: FakeModel;
  let answers: readonly string[] = [];
  let output = '';

  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'mucode-project-')));
    await mkdir(join(folder, 'tests'));
    await writeFile(join(folder, 'pyproject.toml'), '[project]\nname = "shapes"\n');
    await writeFile(join(folder, 'shapes.py'), SHAPES);
    await writeFile(join(folder, 'tests/test_shapes.py'), TESTS);
    await writeFile(join(folder, 'tests/test_more.py'), NEIGHBOUR);
    output = '';
    answers = [answer('a - b'), GOOD];
    server = await FakeModel.start({ script: () => ({ kind: 'answers', texts: answers }) });
  });

  afterEach(async () => {
    await server.stop();
    await rm(folder, { recursive: true });
  });

  async function cli(argv: readonly string[], mode = ''): Promise<number> {
    const args = readArguments([...argv, '--url', server.url, '-n', '2', '-t', '1']);
    assert.ok(typeof args !== 'string');
    const write = (piece: string): void => {
      output += piece;
    };
    const terminal = { write, isTerminal: false, color: false, size: () => ({ columns: 80, rows: 24 }) };
    const screen = args.json ? jsonScreen(terminal) : plainScreen(terminal);
    const judge = join(root, 'test/fakes/judge.py');
    const prompts = join(root, 'server-py/mucode/prompts');
    const env = { ...process.env, FAKE_JUDGE: mode, FAKE_JUDGE_JUDGED: 'guarded' };
    const around = { resources: { judge, prompts, serverPy: null, pathsFile: null }, env, screen, ask: null };
    return run(args, around, new AbortController().signal);
  }

  const failing = (): readonly string[] => ['--test', join(folder, 'tests/test_shapes.py::test_area')];

  it('finds the code, solves, and says what the pick fixes and breaks', async () => {
    assert.equal(await cli([...failing(), '--apply']), 0);
    assert.match(output, /Python 3\.\d+\.\d+ from .*, project .*mucode-project-\w+ \(pyproject\.toml\)/);
    assert.match(output, /fail tests\/test_shapes\.py::test_area {2}test_area says fail/);
    assert.match(output, /to repair: shapes\.py::area \(called by the test, line 1\)/);
    assert.match(output, /others, with --file: shapes\.py::half/);
    assert.match(output, /1 failing test, 1 passing test beside them, then 1 neighbouring test in 1 file/);
    assert.match(output, /flaky, left out: tests\/test_shapes\.py::test_flaky_half/);
    assert.match(output, /solved: t1c2 fixes 1, breaks 0 \(1 neighbouring test run as well\)\./);
    assert.equal(await readFile(join(folder, 'shapes.py'), 'utf8'), SHAPES.replace('a + b', 'a * b'));
  });

  it('is not solved by a pick that breaks a neighbouring test, and writes nothing', async () => {
    answers = [GREEDY];
    assert.equal(await cli([...failing(), '--apply']), 1);
    assert.match(output, /exhausted: t1c1 fixes 1, breaks 1 .*: tests\/test_more\.py::test_nothing\./);
    assert.equal(await readFile(join(folder, 'shapes.py'), 'utf8'), SHAPES);
  });

  it('repairs the code that it is told to', async () => {
    answers = [GOOD];
    await writeFile(join(folder, 'shapes.py'), `def aaa():\n    pass\n\n\n${SHAPES}`);
    assert.equal(await cli([...failing(), '--file', 'shapes.py::area']), 0);
    assert.match(output, /to repair: shapes\.py::area/);
  });

  it('says that neighbours could not be run, and goes on', async () => {
    assert.equal(await cli(failing(), 'lonely'), 0);
    assert.match(output, /no neighbouring tests: The neighbouring tests cannot be imported\./);
    assert.match(output, /fixes 1, breaks 0; no neighbouring test was run\./);
  });

  it('tells a program what was found, then one event per line', async () => {
    assert.equal(await cli([...failing(), '--json']), 0);
    const [first = '', ...rest] = output.trimEnd().split('\n');
    const found = fields(JSON.parse(first), 'found');
    assert.equal(found['type'], 'found');
    assert.deepEqual(found['code'], { file: 'shapes.py', entry_point: 'area', line: 1, why: 'called' });
    const tests = list(found['failing'], 'failing', (one) => text(fields(one, 'test')['id'], 'id'));
    assert.deepEqual(tests, ['tests/test_shapes.py::test_area']);
    const events = rest.map((line) => parseEvent(line));
    assert.equal(events[0]?.type === 'session' && events[0].problem.kind, 'workspace');
    assert.ok(events.some((event) => event.type === 'final'));
    assert.equal(events.at(-1)?.type, 'end');
  });

  it('says what is wrong with the test or the project', async () => {
    await rejectsWith('bad-problem', cli(['--test', join(folder, 'tests/gone.py::test_a')]), /There is no file/);
    const passing = join(folder, 'tests/test_shapes.py::test_half');
    await rejectsWith('tests-already-pass', cli(['--test', passing]), /test_half passes\. Choose a test that fails/);
    const missing = join(folder, 'tests/test_shapes.py::test_zzz');
    await rejectsWith('no-tests', cli(['--test', missing]), /test_zzz holds no test/);
    await rejectsWith(
      'bad-problem',
      cli([...failing(), '--root', join(folder, 'sub')]),
      /is not inside of the project/,
    );
    const nowhere = cli([...failing(), '--python', '/nowhere/python']);
    await rejectsWith('judge-unavailable', nowhere, /--python \(\/nowhere\/python\) does not start/);
    assert.equal(server.requests.length, 0);
  });
});
