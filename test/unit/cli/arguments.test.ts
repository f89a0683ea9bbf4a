// The command line: defaults, every option, and what is said about a wrong one.

import assert from 'node:assert/strict';
import { readArguments, type Arguments } from '../../../src/cli/arguments.ts';
import { RepairError } from '../../../src/repair/errors.ts';

function read(...argv: readonly string[]): Arguments {
  const args = readArguments(argv);
  assert.ok(typeof args !== 'string');
  return args;
}

describe('readArguments', () => {
  it('needs no more than a function, and has the loop’s defaults', () => {
    const args = read('a/b.py::f');
    assert.deepEqual(args.target, { file: 'a/b.py', entryPoint: 'f' });
    assert.deepEqual(args.options, { candidates: 5, turns: 3, temperature: 0.7, selector: 'pt+lv', seed: 0 });
    assert.deepEqual([args.apply, args.json, args.yes, args.task, args.timeLimit], ['no', false, false, null, 5]);
  });

  it('takes a method in either spelling, and a file whose name holds colons', () => {
    assert.equal(read('a.py::Class.m').target?.entryPoint, 'Class.m');
    assert.deepEqual(read('a::b.py::f').target, { file: 'a::b.py', entryPoint: 'f' });
  });

  it('reads every option', () => {
    const line =
      'a.py::f --url http://h/v1 --key-env K --model m -n 8 -t 2 --seed 4 --temperature 0 --selector lv --write ' +
      '--note mind --time-limit 0.5 --python /p --apply --json --yes --tests t.py';
    const args = read(...line.split(' '));
    assert.deepEqual(args.options, { candidates: 8, turns: 2, temperature: 0, selector: 'lv', seed: 4 });
    assert.deepEqual([args.url, args.keyEnv, args.model, args.task], ['http://h/v1', 'K', 'm', 'write']);
    assert.deepEqual([args.note, args.timeLimit, args.python, args.tests], ['mind', 0.5, '/p', 't.py']);
    assert.deepEqual([args.apply, args.json, args.yes], ['passing', true, true]);
    assert.equal(read('a.py::f', '--apply-failing').apply, 'failing');
    assert.equal(read('--problem', 'p.json').problem, 'p.json');
  });

  it('reads the tests of a project', () => {
    const args = read(
      '--test',
      't.py::test_f[a::b]',
      '--test',
      't.py',
      '--root',
      '/p',
      '--file',
      'm.py::C::m',
      '--apply',
    );
    assert.deepEqual(args.failing, ['t.py::test_f[a::b]', 't.py']);
    assert.deepEqual([args.root, args.adapter, args.suiteLimit, args.apply], ['/p', 'auto', null, 'passing']);
    assert.deepEqual(args.code, { file: 'm.py', entryPoint: 'C.m' });
    assert.equal(read('--test', 't.py', '--suite-limit', '90').suiteLimit, 90);
    assert.equal(read('--test', 't.py', '--adapter', 'unittest').adapter, 'unittest');
  });

  it('knows help and version', () => {
    assert.equal(readArguments(['-h']), 'help');
    assert.equal(readArguments(['a.py::f', '--version']), 'version');
  });

  const wrong: readonly (readonly [readonly string[], RegExp])[] = [
    [[], /Give either FILE::FUNCTION, --test TEST or --problem/],
    [['a.py'], /is not FILE::FUNCTION/],
    [['a.py::'], /is not FILE::FUNCTION/],
    [['::f'], /is not FILE::FUNCTION/],
    [['a.py::f', 'b.py::g'], /One function at a time/],
    [['a.py::f', '--problem', 'p.json'], /Give either/],
    [['--problem', 'p.json', '--apply'], /--apply needs FILE::FUNCTION or --test/],
    [['a.py::f', '--test', 't.py::test_f'], /Give either/],
    [['a.py::f', '--root', '.'], /go with --test/],
    [['--test', 't.py::test_f', '--write'], /do not go with --test/],
    [['--test', 't.py::test_f', '--file', 'a.py'], /is not FILE::FUNCTION/],
    [['--test', 't.py::test_f', '--adapter', 'nose'], /--adapter is one of auto, pytest/],
    [['--test', 't.py::test_f', '--suite-limit', '0'], /--suite-limit is a number from 1 to 3600/],
    [['a.py::f', '-n', '0'], /-n is a whole number from 1 to 64, not "0"/],
    [['a.py::f', '-n', '2.5'], /-n is a whole number/],
    [['a.py::f', '-t', 'x'], /-t is a whole number/],
    [['a.py::f', '--temperature', '3'], /--temperature is a number from 0 to 2/],
    [['a.py::f', '--seed', ''], /--seed is a whole number/],
    [['a.py::f', '--selector', 'best'], /--selector is one of random, lv, pt, pt\+lv/],
    [['a.py::f', '--embedded', '--url', 'u'], /either --embedded or --url/],
    [['a.py::f', '--nonsense'], /nonsense/],
  ];
  for (const [argv, message] of wrong) {
    it(`refuses ${argv.join(' ') || 'nothing'}`, () => {
      assert.throws(
        () => readArguments(argv),
        (error: unknown) => error instanceof RepairError && error.kind === 'bad-problem' && message.test(error.message),
      );
    });
  }
});
