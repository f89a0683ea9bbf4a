// The steps of `npm test` and `npm run test:long`, in order: what is run, and how its report is read.
import { join } from 'node:path';
import { countsOfCheck, countsOfHost, countsOfMocha, countsOfPytest } from './counts.js';

/** @typedef {import('./counts.js').Counts} Counts */

/**
 * @typedef {object} Step
 * @property {string} name
 * @property {string} command
 * @property {readonly string[]} args
 * @property {string} [cwd] relative to the clone
 * @property {Record<string, string>} [env] added to the environment
 * @property {number} minutes after which it is ended and counts as failed
 * @property {string} [report] the file it writes; without one its output is read
 * @property {readonly string[]} [again] what is run instead of args after a failure: the failed tests alone
 * @property {(text: string) => Counts & {failures?: string[]}} [counts] absent: the step itself is one test
 */

const MOCHA = 'node_modules/mocha/bin/mocha.js';

/**
 * One after the other; those in one list side by side: what happens in a window is much waiting, and patient.
 * @param {Record<string, string>} paths of the set-up
 * @param {string} folder for reports
 * @returns {[Step, ...Step[]][]}
 */
export function everyDay(paths, folder) {
  const { node = process.execPath } = paths;
  const file = (/** @type {string} */ name) => join(folder, name);
  return [
    [
      {
        name: 'gate',
        command: node,
        args: ['tools/check.js', '--json', file('check.json')],
        minutes: 5,
        report: file('check.json'),
        counts: countsOfCheck,
      },
    ],
    [{ name: 'bundle', command: node, args: ['esbuild.js', '--tests'], minutes: 2 }],
    [
      {
        name: 'unit tests',
        command: node,
        args: [MOCHA, '--reporter', 'json', '--reporter-option', `output=${file('unit.json')}`],
        minutes: 10,
        report: file('unit.json'),
        counts: countsOfMocha,
      },
      withAgain({
        ...pytest(paths, file('real.xml'), 'Python tests with the real model', 'real and not long and not train', 10),
        env: realModel(paths),
      }),
    ],
    [threeAtATime(pytest(paths, file('python.xml'), 'Python tests', 'not long and not real and not train', 20))],
    [editor(node, 'tests inside VS Code', ['tools/host.js'])],
    [editor(node, 'the packaged extension in VS Code', ['tools/host.js', '--package'])],
    [editor(node, 'tests inside a downloaded VS Code', ['tools/host.js', '--electron'])],
    [
      editor(node, 'mouse and keyboard in VS Code', ['tools/browser.js']),
      withAgain(training(paths, file('train.xml'), 'training tests', 'train and not long', 20)),
    ],
  ];
}

/**
 * @param {Record<string, string>} paths
 * @param {string} folder
 * @returns {Step[]}
 */
export function soaks(paths, folder) {
  const { node = process.execPath } = paths;
  const embedded = editor(node, 'the embedded server in VS Code', ['tools/host.js', '--grep', 'the embedded server']);
  return [
    { name: 'bundle', command: node, args: ['esbuild.js', '--tests'], minutes: 2 },
    { ...embedded, env: { MUCODE_HOST_EMBEDDED: '1' } },
    pytest(paths, join(folder, 'long.xml'), 'soaks', 'long and not train', 120),
    training(paths, join(folder, 'train.xml'), 'training soaks', 'long and train', 180),
  ];
}

/**
 * @param {Record<string, string>} paths
 * @param {string} report
 * @param {string} name
 * @param {string} marks
 * @param {number} minutes
 * @returns {Step}
 */
function pytest({ serverPython = 'python3' }, report, name, marks, minutes) {
  const args = ['-m', 'pytest', '-q', '-m', marks, `--junitxml=${report}`];
  return { name, command: serverPython, args, cwd: 'server-py', minutes, report, counts: countsOfPytest };
}

/**
 * Three processes of pytest-xdist, whatever the machine has: tests start processes of their own, and many wait for the end
 * of a time limit. On two cores three took 325 s where two took 443.
 * @param {Step} step
 * @returns {Step}
 */
const threeAtATime = (step) => ({
  ...withAgain(step),
  args: [...step.args, '--numprocesses=3'],
});

/**
 * For tests in Python that run beside others.
 * @param {Step} step
 * @returns {Step}
 */
const withAgain = (step) => ({ ...step, again: [...step.args, '--last-failed', '--last-failed-no-failures=none'] });

/**
 * Tests that need torch, in the environment for training; the real model is served to those that ask for it.
 * @param {Record<string, string>} paths
 * @param {string} report
 * @param {string} name
 * @param {string} marks
 * @param {number} minutes
 * @returns {Step}
 */
function training(paths, report, name, marks, minutes) {
  const { trainPython: serverPython = 'python3' } = paths;
  return { ...pytest({ serverPython }, report, name, marks, minutes), env: realModel(paths) };
}

/**
 * @param {string} node
 * @param {string} name
 * @param {readonly string[]} args
 * @returns {Step}
 */
const editor = (node, name, args) => ({ name, command: node, args, minutes: 16, counts: countsOfHost });

/**
 * @param {Record<string, string>} paths
 * @returns {Record<string, string>}
 */
function realModel({ sglangPython, model }) {
  return sglangPython && model ? { MUCODE_SGLANG_PYTHON: sglangPython, MUCODE_MODEL: model } : {};
}
