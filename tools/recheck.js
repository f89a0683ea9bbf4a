// A second opinion on a green mark that shares no code with the judge: a fresh python3 in a fresh bubblewrap runs the program
// with its tests appended as plain asserts. Weaker than the judge (the program sees its tests), but another way to the same answer.
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { dirname } from 'node:path';
import { run } from './children.js';

const LIMIT_MS = 20_000;
const MEMORY_KB = 2_000_000;
const SYSTEM = ['/usr', '/bin', '/sbin', '/lib', '/lib64', '/etc/ld.so.cache'];

/**
 * Whether the program passes all tests, and else why not.
 * @param {{python: string, bwrap: string}} paths
 * @param {string} program a whole Python module
 * @param {readonly string[]} tests Python statements, or doctest examples (`>>> f(1)` and what it prints)
 * @returns {Promise<{held: boolean, why: string}>}
 */
export async function recheck(paths, program, tests) {
  // A program that ends the interpreter early must not look like one that passed.
  const word = randomBytes(12).toString('hex');
  const source = [program, ...tests.map(asStatements), `print("\\n${word}")`, ''].join('\n');
  const script = `ulimit -v ${MEMORY_KB}; exec "$@"`;
  const inside = ['/bin/sh', '-c', script, 'sh', paths.python, '-I', '-'];
  const result = await run(paths.bwrap, [...fence(paths.python), ...inside], { input: source, timeoutMs: LIMIT_MS });
  if (result.status === 0 && result.stdout.trimEnd().endsWith(`\n${word}`)) return { held: true, why: '' };
  const last = result.stderr.trimEnd().split('\n').slice(-3).join(' | ');
  return { held: false, why: last === '' ? `ended early with status ${result.status}` : last };
}

/**
 * No network, no files but the system's and Python's own, an empty environment, no capabilities.
 * @param {string} python
 */
function fence(python) {
  const folders = [...SYSTEM, dirname(dirname(python))].filter((path) => existsSync(path));
  const binds = [...new Set(folders)].flatMap((path) => ['--ro-bind', path, path]);
  const alone = ['--unshare-all', '--die-with-parent', '--new-session', '--clearenv', '--cap-drop', 'ALL'];
  return [...alone, ...binds, '--proc', '/proc', '--dev', '/dev', '--tmpfs', '/tmp', '--chdir', '/tmp'];
}

/**
 * A doctest example becomes asserts on what Python would show; everything else is Python already.
 * @param {string} test
 */
function asStatements(test) {
  if (!test.trimStart().startsWith('>>>')) return test;
  /** @type {{code: string[], shown: string[]}[]} */
  const examples = [];
  for (const line of test.split('\n').map((text) => text.trim())) {
    const [, mark, code = ''] = /^(>>>|\.\.\.) ?(.*)$/.exec(line) ?? [];
    if (mark === '>>>') examples.push({ code: [code], shown: [] });
    else if (mark === '...') examples.at(-1)?.code.push(code);
    else if (line !== '') examples.at(-1)?.shown.push(line);
  }
  return examples
    .map(({ code, shown }) =>
      shown.length === 0 ? code.join('\n') : `assert repr(${code.join('\n')}) == ${JSON.stringify(shown.join('\n'))}`,
    )
    .join('\n');
}
