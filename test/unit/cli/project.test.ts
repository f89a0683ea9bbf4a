// From a failing test to a fix with the real judge, in projects made for the purpose, as a process.

import assert from 'node:assert/strict';
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { fields, text } from '../../../src/protocol/shape.ts';
import { noIsolation } from '../../fakes/isolation.ts';
import { FakeModel } from '../../fakes/model.ts';

const root = join(import.meta.dirname, '../../..');
const CLI = join(root, 'src/cli.ts');

const FILES: Readonly<Record<string, string>> = {
  'pyproject.toml': '[project]\nname = "prices"\nversion = "1"\n\n[tool.pytest.ini_options]\npythonpath = ["src"]\n',
  'src/prices/__init__.py': '',
  'src/prices/rounding.py':
    'STEP = 5\n\n\ndef rounded(cents):\n    """To the next five."""\n    return cents // STEP * STEP\n',
  'src/prices/total.py':
    'from prices.rounding import rounded\n\n\ndef total(prices):\n    return rounded(sum(prices))\n',
  'tests/test_rounding.py':
    'import pytest\n\nfrom prices.rounding import rounded\n\n\n' +
    '@pytest.mark.parametrize("cents, right", [(0, 0), (3, 5), (8, 10)])\n' +
    'def test_rounded(cents, right):\n    assert rounded(cents) == right\n\n\n' +
    'def test_whole_steps_stay():\n    assert rounded(15) == 15\n',
  'tests/test_total.py':
    'from prices.total import total\n\n\ndef test_total_of_nothing():\n    assert total([]) == 0\n\n\n' +
    'def test_total_of_steps():\n    assert total([100, 5]) == 105\n',
};

const answer = (body: string): string =>
  `\`\`\`python\ndef rounded(cents):\n    """To the next five."""\n${body}\n\`\`\``;
const GOOD = answer('    return -(-cents // STEP) * STEP');
/** Right for the failing tests and those beside them, wrong for totals above a hundred. */
const GREEDY = answer('    return -(-cents // STEP) * STEP if cents < 100 else 0');
const WRONG = answer('    return cents + STEP');
/** Equal to everything. */
const CHEAT = answer('    return type("Any", (int,), {"__eq__": lambda *_: True})()');

/** An interpreter with pytest, or why there is none. */
async function pythonWithPytest(): Promise<{ readonly python: string } | { readonly missing: string }> {
  const paths = await readFile(join(root, '.mucode/paths.json'), 'utf8').catch(() => '{}');
  const python = fields(JSON.parse(paths), 'paths.json')['serverPython'];
  return typeof python === 'string'
    ? { python }
    : { missing: 'There is no Python with pytest: run `npm run setup -- --for test`.' };
}

describe('mucode-repair --test with the real judge', function () {
  this.timeout(180_000);
  let folder = '';
  let python = '';
  let server: FakeModel;
  let answers: readonly string[] = [];

  before(async function () {
    const found = await pythonWithPytest();
    const reason = 'missing' in found ? found.missing : await noIsolation();
    if ('python' in found) python = found.python;
    if (reason === null) return;
    process.stderr.write(`SKIPPED: repair from a failing test with the real judge. ${reason}\n`);
    this.skip();
  });

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mucode-prices-'));
    for (const [path, content] of Object.entries(FILES)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), content);
    }
    server = await FakeModel.start({ script: () => ({ kind: 'answers', texts: answers }) });
  });

  afterEach(async () => {
    await server.stop();
    await rm(folder, { recursive: true });
  });

  async function cli(...argv: readonly string[]): Promise<{ readonly status: unknown; readonly output: string }> {
    const all = [CLI, '--python', python, '--url', server.url, '-n', String(answers.length), '-t', '1', ...argv];
    const child = spawn(process.execPath, all, { cwd: folder, env: { ...process.env, NO_COLOR: '1' } });
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => (output += chunk));
    }
    const [status] = (await once(child, 'close')) as unknown[];
    return { status, output };
  }

  it('finds the function behind the failing test, repairs it, and runs the tests around it', async () => {
    answers = [WRONG, CHEAT, GOOD];
    const { status, output } = await cli('--test', 'tests/test_rounding.py', '--apply');
    assert.equal(status, 0, output);
    assert.match(output, /to repair: src\/prices\/rounding\.py::rounded/);
    assert.match(output, /2 failing tests, 2 passing tests beside them, then 2 neighbouring tests in 1 file/);
    assert.match(output, /t1c2: 4\/4 (pass, unguarded|tamper): \S/);
    assert.match(output, /t1c3: 4\/4 pass, guarded/);
    assert.equal(await readFile(join(folder, 'src/prices/rounding.py'), 'utf8'), solved());
  });

  it('does not call a pick solved that breaks a neighbouring test', async () => {
    answers = [GREEDY];
    const { status, output } = await cli('--test', 'tests/test_rounding.py::test_rounded', '--apply');
    assert.equal(status, 1, output);
    assert.match(
      output,
      /fixes 2, breaks 1 \(2 neighbouring tests run as well\): tests\/test_total\.py::test_total_of_steps/,
    );
    assert.equal(await readFile(join(folder, 'src/prices/rounding.py'), 'utf8'), FILES['src/prices/rounding.py']);
  });

  it('tells a program everything as JSON, one parameter of a test alone', async () => {
    answers = [GOOD];
    const { status, output } = await cli('--test', 'tests/test_rounding.py::test_rounded[3-5]', '--json');
    assert.equal(status, 0, output);
    const lines = output
      .trimEnd()
      .split('\n')
      .map((line) => fields(JSON.parse(line), 'line'));
    assert.deepEqual(
      lines.map((one) => text(one['type'], 'type')).filter((one) => one !== 'progress' && one !== 'test'),
      ['found', 'session', 'baseline', 'turn', 'candidate', 'verdict', 'scores', 'pick', 'final', 'end'],
    );
    assert.match(text(lines.at(-1)?.['message'], 'message'), /^t1c1 fixes 1, breaks 0/);
  });

  it('runs unittest without pytest, on a file of test cases', async () => {
    await rm(join(folder, 'tests'), { recursive: true });
    await mkdir(join(folder, 'tests'));
    await writeFile(join(folder, 'tests/__init__.py'), '');
    const cases =
      'import sys\nimport unittest\n\nsys.path.insert(0, "src")\n\nfrom prices.rounding import rounded\n\n\n' +
      'class Rounding(unittest.TestCase):\n    def test_up(self):\n        self.assertEqual(rounded(3), 5)\n\n' +
      '    def test_whole(self):\n        self.assertEqual(rounded(15), 15)\n';
    await writeFile(join(folder, 'tests/test_cases.py'), cases);
    answers = [WRONG, GOOD];
    const { status, output } = await cli('--test', 'tests/test_cases.py::Rounding::test_up', '--adapter', 'unittest');
    assert.equal(status, 0, output);
    assert.match(output, /t1c2: 2\/2 pass, guarded/);
    assert.match(output, /fixes 1, breaks 0/);
  });

  it('says what is missing where the interpreter has no pytest', async () => {
    answers = [GOOD];
    const environment = join(folder, 'empty');
    await promisify(execFile)(python, ['-m', 'venv', '--without-pip', environment]);
    const test = 'tests/test_rounding.py::test_rounded';
    const { status, output } = await cli('--test', test, '--python', join(environment, 'bin/python'));
    assert.equal(status, 2, output);
    assert.match(output, /pytest/);
  });

  it('leaves nothing in the project', async () => {
    answers = [GOOD];
    await cli('--test', 'tests/test_rounding.py');
    const found = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((one) => one.isFile());
    assert.deepEqual(
      found.map((one) => join(one.parentPath, one.name).slice(folder.length + 1)).toSorted(),
      Object.keys(FILES).toSorted(),
    );
  });

  function solved(): string {
    return (FILES['src/prices/rounding.py'] ?? '').replace('cents // STEP * STEP', '-(-cents // STEP) * STEP');
  }
});
