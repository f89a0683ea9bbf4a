// One repair session of the command line program, as its list of events, and what the demo wants to know of it.
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { start } from '../children.js';

/** @typedef {import('../../src/repair/events.ts').SessionEvent} SessionEvent */
/** @typedef {import('../../src/repair/problem.ts').Problem} Problem */
/** @typedef {import('../../src/repair/problem.ts').Verdict} Verdict */
/** @typedef {Extract<SessionEvent, {type: 'candidate'}>} Candidate */

/**
 * @typedef {object} Session
 * @property {number} status exit status of the program: 0 solved, 1 not solved, else trouble
 * @property {string} trouble what it said on standard error
 * @property {number} seconds
 * @property {SessionEvent[]} events
 */

/**
 * @param {string} root the clone
 * @param {Record<string, string>} paths of the set-up
 * @param {import('./gateway.js').Gateway} gateway
 * @param {{target: string, seed?: number, onEvent?: (event: SessionEvent) => void}} wanted target is FILE::FUNCTION
 * @returns {Promise<Session>}
 */
export async function runSession(root, paths, gateway, { target, seed = 0, onEvent }) {
  const began = performance.now();
  const program = [join(root, 'dist/cli.cjs'), target, '--json', '--url', gateway.url, '--seed', String(seed)];
  const child = start(paths['node'] ?? process.execPath, [...program, '--python', paths['python'] ?? 'python3'], {
    env: { ...process.env, MUCODE_TOKEN: gateway.token },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const status = new Promise((resolve) => {
    child.once('error', () => resolve(127));
    child.once('close', (code) => resolve(code ?? 1));
  });
  if (child.stdout === null || child.stderr === null) throw new Error('the child has no pipes');
  let trouble = '';
  child.stderr.setEncoding('utf8').on('data', (text) => (trouble += text));
  /** @type {SessionEvent[]} */
  const events = [];
  for await (const line of createInterface({ input: child.stdout })) {
    /** @type {SessionEvent} */
    const event = JSON.parse(line);
    if (event.type === 'progress') continue;
    events.push(event);
    onEvent?.(event);
  }
  return { status: await status, trouble, seconds: (performance.now() - began) / 1000, events };
}

/**
 * All events of one type.
 * @template {SessionEvent['type']} T
 * @param {Session} session
 * @param {T} type
 */
export function eventsOf(session, type) {
  return /** @type {Extract<SessionEvent, {type: T}>[]} */ (session.events.filter((event) => event.type === type));
}

/** @param {Session} session */
export const outcomeOf = (session) => eventsOf(session, 'end').at(-1)?.outcome ?? 'failed';

/** @param {Session} session */
export const problemOf = (session) => eventsOf(session, 'session')[0]?.problem;

/**
 * A green mark: all tests passed, decided outside or under the canary, inside real isolation.
 * @param {Verdict} verdict
 */
const isGreen = (verdict) => verdict.verdict === 'pass' && verdict.judged !== 'unguarded' && verdict.tier !== 'T0';

/**
 * The programs that got a green mark in this session, each once.
 * @param {Session} session
 * @returns {{candidate: string, program: string}[]}
 */
export function greenPrograms(session) {
  const problem = problemOf(session);
  const answers = new Map(eventsOf(session, 'candidate').map((event) => [event.candidate, event]));
  /** @type {Map<string, string>} */
  const programs = new Map();
  for (const { candidate, verdict } of eventsOf(session, 'verdict')) {
    const answer = answers.get(candidate);
    if (!isGreen(verdict) || problem === undefined || answer === undefined || answer.code === null) continue;
    const program = [...answer.imports, problem.context, '', '', answer.code, ''].join('\n');
    if (!programs.has(program)) programs.set(program, candidate);
  }
  return [...programs].map(([program, candidate]) => ({ candidate, program }));
}

/**
 * The text of the last pick, if it has code.
 * @param {Session} session
 */
export function pickedCode(session) {
  const pick = eventsOf(session, 'pick').at(-1)?.candidate;
  return eventsOf(session, 'candidate').find((event) => event.candidate === pick)?.code ?? undefined;
}
