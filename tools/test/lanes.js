// Runs the steps of one list side by side; after that, alone, once more what failed. How one step is run is test.js's business.
import { onSignal } from '../children.js';

/** Characters of a quiet step's output that are kept. */
const KEPT_OUTPUT = 2 * 1024 * 1024;

/** @typedef {import('./steps.js').Step} Step */
/** @typedef {(text: string) => void} Print */

/**
 * The results in the order of the steps. Tests that failed beside others are run again when all have ended: two cores that
 * run two things at a time are no place to measure how late a killed program ends.
 * @template {{failed: number}} R
 * @param {readonly [Step, ...Step[]]} steps
 * @param {Print} write
 * @param {(step: Step, print: Print) => Promise<R>} runStep
 * @param {(step: Step, again: readonly string[], first: R) => Promise<R>} runAgain
 * @returns {Promise<R[]>}
 */
export async function runLanes(steps, write, runStep, runAgain) {
  const [loud, ...beside] = steps;
  const firsts = await Promise.all([runStep(loud, write), ...beside.map((one) => runQuietly(one, write, runStep))]);
  /** @type {R[]} */
  const results = [];
  for (const [i, first] of firsts.entries()) {
    const step = steps[i];
    const failed = first.failed > 0 && step?.again !== undefined;
    results.push(failed ? await runAgain(step, step.again, first) : first);
  }
  return results;
}

/**
 * Keeps the last of what a step prints until it has ended: another one prints meanwhile. A signal lets it out at once.
 * @template R
 * @param {Step} step
 * @param {Print} write
 * @param {(step: Step, print: Print) => Promise<R>} runStep
 */
async function runQuietly(step, write, runStep) {
  write(`\n── ${step.name}: side by side with it; what it prints follows when it has ended\n`);
  let kept = '';
  let quiet = true;
  const letOut = () => {
    quiet = false;
    write(kept);
  };
  const off = onSignal(letOut);
  const result = await runStep(step, (text) => {
    if (quiet) kept = (kept + text).slice(-KEPT_OUTPUT);
    else write(text);
  });
  off();
  letOut();
  return result;
}
