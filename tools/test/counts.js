// Reads what a step's own report says: how many tests passed and failed, and which were skipped and why.
// A report that is missing or cannot be read is a failure of the step, never a silent zero.

/**
 * @typedef {object} Counts
 * @property {number} passed
 * @property {number} failed
 * @property {string[]} skipped titles, with reasons where the report has them
 */

/**
 * mocha's `--reporter json`.
 * @param {string} text
 * @returns {Counts & {failures: string[]}}
 */
export function countsOfMocha(text) {
  /** @type {{passes: unknown[], pending: {fullTitle: string}[], failures: {fullTitle: string, err: {message?: string, stack?: string}}[]}} */
  const report = JSON.parse(text);
  return {
    passed: report.passes.length,
    failed: report.failures.length,
    skipped: report.pending.map((test) => test.fullTitle),
    failures: report.failures.map(({ fullTitle, err }) => `${fullTitle}\n${err.stack ?? err.message ?? ''}`),
  };
}

/**
 * pytest's `--junitxml`. Written by pytest itself, so attributes are in double quotes and escaped.
 * @param {string} text
 * @returns {Counts}
 */
export function countsOfPytest(text) {
  const number = (/** @type {string} */ name) =>
    Number(new RegExp(`<testsuite [^>]*\\b${name}="(\\d+)"`).exec(text)?.[1]);
  const [tests, failures, errors, skips] = [number('tests'), number('failures'), number('errors'), number('skipped')];
  if ([tests, failures, errors, skips].some((count) => !Number.isInteger(count))) throw new Error('it holds no counts');
  const skipped = [...text.matchAll(/<testcase [^>]*?\sname="([^"]*)"[^>]*><skipped [^>]*?message="([^"]*)"/g)];
  return {
    passed: tests - failures - errors - skips,
    failed: failures + errors,
    skipped: skipped.map(([, name = '', reason = '']) => `${plain(name)}: ${plain(reason)}`),
  };
}

/**
 * The gate's `--json`: one entry per check.
 * @param {string} text
 * @returns {Counts}
 */
export function countsOfCheck(text) {
  /** @type {{name: string, passed: boolean}[]} */
  const checks = JSON.parse(text);
  const passed = checks.filter((check) => check.passed).length;
  return { passed, failed: checks.length - passed, skipped: [] };
}

/**
 * The lines that tools/host.js and tools/browser.js print.
 * @param {string} text
 * @returns {Counts}
 */
export function countsOfHost(text) {
  const last = [...text.matchAll(/^(\d+) passed, (\d+) failed, (\d+) skipped$/gm)].at(-1);
  const skipped = [...text.matchAll(/^\s*(?:- )?SKIPPED:? (.*)$/gm)].map(([, title = '']) => title);
  if (last === undefined && skipped.length > 0) return { passed: 0, failed: 0, skipped };
  if (last === undefined) throw new Error('it did not say how many tests passed');
  return { passed: Number(last[1]), failed: Number(last[2]), skipped };
}

/** @param {string} text */
function plain(text) {
  const names = { '&quot;': '"', '&lt;': '<', '&gt;': '>', '&#10;': ' ', '&amp;': '&' };
  return text.replaceAll(/&(quot|lt|gt|#10|amp);/g, (entity) => names[/** @type {keyof typeof names} */ (entity)]);
}
