// Whole runs of the command line tool against recorded answers and a stand-in judge: exit status, output, the file.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readArguments } from '../../../src/cli/arguments.ts';
import { run } from '../../../src/cli/run.ts';
import { plainScreen } from '../../../src/cli/screen.ts';
import { FakeModel, type Script } from '../../fakes/model.ts';
import { rejectsWith } from '../../fakes/rejection.ts';

const root = join(import.meta.dirname, '../../..');
const SOURCE =
  '\ufeff"""Sums."""\r\n\r\n\r\ndef add(a, b):\r\n\treturn a - b\r\n\r\n\r\nassert add(1, 2) == 3\r\nassert add(0, 0) == 0\r\n';
const fenced = (code: string): string => `\`\`\`python\n${code}\n\`\`\``;
const GOOD = fenced('def add(a, b):\n\treturn a + b');
const BAD = fenced('def add(a, b):\n\treturn a * b');

describe('mucode-repair', function () {
  // Every run starts a Python, which takes its time on a busy machine.
  this.timeout(60_000);
  let folder = '';
  let path = '';
  let server: FakeModel;
  let script: Script = () => ({ kind: 'answers', texts: [GOOD] });
  let output = '';
  let scores: ((programs: readonly string[]) => readonly number[]) | null = null;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mucode-cli-'));
    path = join(folder, 'sums.py');
    await writeFile(path, SOURCE);
    output = '';
    scores = null;
    script = () => ({ kind: 'answers', texts: [BAD, GOOD] });
    server = await FakeModel.start({
      script: (request, count) => script(request, count),
      scores: (programs) => (scores ? scores(programs) : []),
    });
  });

  afterEach(async () => {
    await server.stop();
    await rm(folder, { recursive: true });
  });

  type More = { signal?: AbortSignal; mode?: string; ask?: (question: string) => Promise<string>; url?: string };

  async function cli(argv: readonly string[], more: More = {}): Promise<number> {
    const { signal = new AbortController().signal, mode = '', ask = null, url = server.url } = more;
    const args = readArguments([...argv, '--url', url, '-n', '2']);
    assert.ok(typeof args !== 'string');
    const write = (text: string): void => {
      output += text;
    };
    const screen = plainScreen({ write, isTerminal: false, color: false, size: () => ({ columns: 80, rows: 24 }) });
    const judge = join(root, 'test/fakes/judge.py');
    const prompts = join(root, 'server-py/mucode/prompts');
    const resources = { judge, prompts, serverPy: null, pathsFile: null };
    return run(args, { resources, env: { ...process.env, FAKE_JUDGE: mode }, screen, ask }, signal);
  }

  it('solves, shows the diff, and leaves the file alone', async () => {
    assert.equal(await cli([`${path}::add`]), 0);
    assert.match(output, /-\treturn a - b|-    return a - b/);
    assert.match(output, /\+ +return a \+ b/);
    assert.match(output, /solved: t1c2 passes all 2 tests/);
    assert.equal(await readFile(path, 'utf8'), SOURCE);
  });

  it('asks the verifier for every program and the user’s own, and shows rank and probability', async () => {
    scores = (programs) => programs.map((one) => (one.includes('a * b') ? 2 : -2));
    assert.equal(await cli([`${path}::add`, '-t', '1', '--selector', 'lv']), 1);
    assert.match(
      output,
      / verifier r1: t1c1 #1 {2}88 %, t1c2 #2 {2}12 %, your code 12 %\n pick: t1c1 \(highest verifier/,
    );
  });

  it('goes on by the tests alone where the verifier gives no scores', async () => {
    scores = () => [1];
    assert.equal(await cli([`${path}::add`]), 0);
    assert.match(output, / tests only: 127\.0\.0\.1:\d+ does not answer like a verifier: scores should be 3 numbers/);
    assert.match(output, /pick: t1c2 \(passes 2 of 2 tests \(tests only\)\)/);
  });

  it('applies the pick with --apply and changes nothing but the function', async () => {
    assert.equal(await cli([`${path}::add`, '--apply']), 0);
    assert.equal(await readFile(path, 'utf8'), SOURCE.replace('a - b', 'a + b'));
  });

  it('exhausted writes nothing with --apply, and the best with --apply-failing', async () => {
    script = () => ({ kind: 'answers', texts: [BAD] });
    assert.equal(await cli([`${path}::add`, '-t', '1', '--apply']), 1);
    assert.match(output, /Nothing was written/);
    assert.equal(await readFile(path, 'utf8'), SOURCE);
    assert.equal(await cli([`${path}::add`, '-t', '1', '--apply-failing']), 1);
    assert.equal(await readFile(path, 'utf8'), SOURCE.replace('a - b', 'a * b'));
  });

  it('does not write over a change made meanwhile', async () => {
    script = () => {
      void writeFile(path, 'changed = True\n');
      return { kind: 'answers', texts: [GOOD] };
    };
    await rejectsWith('buffer-changed', cli([`${path}::add`, '--apply']), /changed meanwhile/);
    assert.equal(await readFile(path, 'utf8'), 'changed = True\n');
  });

  it('tells a function that is not there, a syntax error, missing tests and passing ones apart', async () => {
    await rejectsWith('no-function', cli([`${path}::nothing`]), /no function nothing.*It has add/);
    await writeFile(path, 'def add(a, b:\n');
    await rejectsWith('no-function', cli([`${path}::add`]), /syntax error in .*sums\.py:1/);
    await writeFile(path, 'def add(a, b):\n    return a - b\n');
    await rejectsWith('no-tests', cli([`${path}::add`]), /no test for add.*--tests/);
    await writeFile(path, 'def add(a, b):\n    return a + b\n\nassert add(1, 2) == 3\n');
    assert.equal(await cli([`${path}::add`]), 2);
    assert.match(output, /already pass/);
    assert.equal(server.requests.length, 0);
  });

  it('takes tests from the test file beside it, or only from the one it is given', async () => {
    await writeFile(path, 'def add(a, b):\n    return a - b\n');
    const tests = join(folder, 'test_sums.py');
    await writeFile(tests, 'from sums import add\n\nassert add(2, 2) == 4\n');
    assert.equal(await cli([`${path}::add`]), 0);
    const other = join(folder, 'more.py');
    await writeFile(other, 'assert add(5, 5) == 10\nassert add(1, 0) == 1\n');
    output = '';
    assert.equal(await cli([`${path}::add`, '--tests', other]), 0);
    assert.match(output, /2 tests/);
    assert.ok(!output.includes('add(2, 2)'));
  });

  it('works on a problem file with private tests, and says what is wrong with a bad one', async () => {
    const problem = join(folder, 'p.json');
    const code = 'def add(a, b):\n    return a - b';
    const body = {
      id: 'p',
      instruction: 'Mend it.',
      entry_point: 'add',
      code,
      public_tests: ['assert add(1, 2) == 3'],
    };
    await writeFile(problem, JSON.stringify({ ...body, private_tests: ['assert add(7, 7) == 14'] }));
    assert.equal(await cli(['--problem', problem]), 0);
    assert.match(output, /only public test and 1 of 1 private test\./);
    await writeFile(problem, '{');
    await rejectsWith('bad-problem', cli(['--problem', problem]), /is not JSON/);
    await writeFile(problem, JSON.stringify({ ...body, code: 1 }));
    await rejectsWith('bad-problem', cli(['--problem', problem]), /code should be a string/);
  });

  it('adds the remark to the instruction', async () => {
    await cli([`${path}::add`, '--note', 'Mind the sign.']);
    assert.match(server.requests[0]?.messages[2]?.content ?? '', /Mind the sign\./);
  });

  it('asks once before anything goes to another machine, and takes no for an answer', async () => {
    const questions: string[] = [];
    const ask = async (question: string): Promise<string> => {
      questions.push(question);
      await Promise.resolve();
      return 'n';
    };
    const url = 'http://192.0.2.1:9/v1';
    await rejectsWith('declined', cli([`${path}::add`], { url, ask }), /Nothing was sent to 192\.0\.2\.1:9/);
    assert.match(questions[0] ?? '', /add.*2 tests.*192\.0\.2\.1:9/);
    await rejectsWith('declined', cli([`${path}::add`], { url }), /add --yes/);
  });

  it('ends with 3 when server or judge fail, with what was found before', async () => {
    script = (request) => (request.turn === 1 ? { kind: 'answers', texts: [BAD] } : { kind: 'cut', text: 'half' });
    assert.equal(await cli([`${path}::add`]), 3);
    assert.match(output, /t1c1: 1\/2 fail/);
    assert.match(output, /failed: .*broke off/);
    assert.equal(await cli([`${path}::add`], { mode: 'dies' }), 3);
  });

  it('ends with 130 when it is stopped, with nothing open', async () => {
    script = () => ({ kind: 'endless', line: 'x' });
    const stopping = new AbortController();
    const running = cli([`${path}::add`], { signal: stopping.signal });
    while (server.open === 0) await new Promise((resolve) => setTimeout(resolve, 5));
    stopping.abort();
    assert.equal(await running, 130);
    assert.match(output, /stopped/);
    while (server.open > 0) await new Promise((resolve) => setTimeout(resolve, 5));
  });

  it('writes nothing when it is stopped, also with --apply-failing', async () => {
    const stopping = new AbortController();
    script = (request) => {
      if (request.turn === 1) return { kind: 'answers', texts: [BAD] };
      stopping.abort();
      return { kind: 'silent' };
    };
    const { signal } = stopping;
    assert.equal(await cli([`${path}::add`, '--apply-failing'], { signal }), 130);
    assert.match(output, /Nothing was written, since the run was stopped/);
    assert.equal(await readFile(path, 'utf8'), SOURCE);
  });

  it('says that the embedded server is not set up', async () => {
    const args = readArguments([`${path}::add`, '--embedded']);
    assert.ok(typeof args !== 'string');
    const screen = plainScreen({
      write: () => {},
      isTerminal: false,
      color: false,
      size: () => ({ columns: 80, rows: 24 }),
    });
    const resources = { judge: join(root, 'test/fakes/judge.py'), prompts: '', serverPy: null, pathsFile: null };
    const around = { resources, env: process.env, screen, ask: null };
    await rejectsWith('server-failed', run(args, around, new AbortController().signal), /not set up/);
  });
});
