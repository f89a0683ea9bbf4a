// The broken functions of examples/, in the order in which the demo repairs them.

/**
 * @typedef {object} Example
 * @property {string} file within examples/
 * @property {string} entryPoint
 * @property {string} bug what kind of bug it is, for people
 */

/** @type {readonly Example[]} */
export const EXAMPLES = [
  { file: 'temperature.py', entryPoint: 'to_fahrenheit', bug: 'wrong operator' },
  { file: 'stairs.py', entryPoint: 'blocks_for_stairs', bug: 'off by one' },
  { file: 'birthdays.py', entryPoint: 'oldest_age', bug: 'wrong builtin' },
  { file: 'tides.py', entryPoint: 'direction', bug: 'missing branch' },
  { file: 'badges.py', entryPoint: 'badge', bug: 'wrong variable' },
  { file: 'basket.py', entryPoint: 'put', bug: 'mutable default' },
  { file: 'seats.py', entryPoint: 'product', bug: 'wrong start value' },
  { file: 'letters.py', entryPoint: 'count_words', bug: 'missing step' },
  { file: 'median.py', entryPoint: 'median', bug: 'missing case' },
];
