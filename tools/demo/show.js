// What the demo prints: the matrix of a turn, the difference, the summary. Pure: data in, text out.
import { eventsOf, outcomeOf, pickedCode, problemOf } from './session.js';

const MARKS = { pass: '✓', fail: '✗', error: '!', timeout: '⏱', limit: '#', tamper: '☠', skipped: '-' };

const NOTE_LENGTH = 90;

/**
 * One line per distinct program of a turn: its tests, how often it came, what it repeats or why it has no code.
 * @param {import('./session.js').Session} session
 * @param {number} turn
 */
export function matrix(session, turn) {
  /** @type {Map<string, import('./session.js').Candidate[]>} */
  const same = new Map();
  for (const event of eventsOf(session, 'candidate').filter((one) => one.turn === turn)) {
    const key = event.duplicateOf ?? event.candidate;
    same.set(key, [...(same.get(key) ?? []), event]);
  }
  const verdicts = new Map(eventsOf(session, 'verdict').map((event) => [event.candidate, event.verdict]));
  const pick = eventsOf(session, 'pick').find((event) => event.turn === turn)?.candidate;
  return [...same]
    .map(([key, [first, ...more]]) => {
      const name = first?.candidate ?? key;
      const verdict = verdicts.get(name) ?? verdicts.get(key);
      const cells = verdict?.tests.map((test) => MARKS[test.result]).join(' ') ?? '';
      const repeated = key === 'baseline' ? 'your own code again' : `the same as ${key}`;
      const note = (key === name ? (first?.trouble ?? verdict?.judged ?? '') : repeated).slice(0, NOTE_LENGTH);
      const arrow = [name, ...more.map((one) => one.candidate)].includes(pick ?? '') ? '→' : ' ';
      return `    ${arrow} ${name.padEnd(6)} ${cells.padEnd(12)} ${more.length > 0 ? `×${more.length + 1}` : '  '}  ${note}`;
    })
    .join('\n');
}

/**
 * The lines between the common beginning and the common end of two texts.
 * @param {string} before
 * @param {string} after
 */
function difference(before, after) {
  const [old, now] = [before.trimEnd().split('\n'), after.trimEnd().split('\n')];
  let top = 0;
  while (top < old.length && top < now.length && old[top] === now[top]) top += 1;
  let bottom = 0;
  const most = Math.min(old.length, now.length) - top;
  while (bottom < most && old[old.length - 1 - bottom] === now[now.length - 1 - bottom]) bottom += 1;
  const removed = old.slice(top, old.length - bottom).map((line) => `    - ${line}`);
  const added = now.slice(top, now.length - bottom).map((line) => `    + ${line}`);
  return [...removed, ...added].join('\n');
}

/**
 * What is said when a session has ended.
 * @param {import('./session.js').Session} session
 */
export function ending(session) {
  const lines = [`  ${outcomeOf(session)} in ${session.seconds.toFixed(1)} s`];
  const [problem, code] = [problemOf(session), pickedCode(session)];
  if (problem !== undefined && code !== undefined) {
    lines.push(outcomeOf(session) === 'solved' ? '  the repair:' : '  the best one, which does not pass:');
    lines.push(difference(problem.code, code) || '    (the same text)');
  }
  return lines.join('\n');
}

/**
 * @typedef {object} Row
 * @property {string} label
 * @property {string} bug
 * @property {import('./session.js').Session} session
 * @property {number} green green marks
 * @property {number} held how many of them the second opinion confirmed
 */

/** @param {readonly Row[]} rows */
export function summary(rows) {
  const table = rows.map(({ label, bug, session, green, held }) => {
    const turns = eventsOf(session, 'turn').length;
    const programs = eventsOf(session, 'candidate').length;
    const marks = green === 0 ? '' : `${held}/${green} green confirmed`;
    const time = `${session.seconds.toFixed(1)} s`.padStart(7);
    const what = `${label.padEnd(34)} ${bug.padEnd(18)} ${outcomeOf(session).padEnd(10)}`;
    return `  ${what} ${turns} turn(s) ${String(programs).padStart(3)} candidates ${time}  ${marks}`;
  });
  return table.join('\n');
}
