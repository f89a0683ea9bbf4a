// Recorded answers to the function of workspace/totals.py, whose four tests tell them apart. Used in the host and in the browser.

const answer = (words: string, body: string): string =>
  `${words}\n\n\`\`\`python\ndef running_total(numbers):\n${body.replaceAll(/^/gm, '    ')}\n\`\`\`\n`;

/** Passes all four tests. */
export const RIGHT = answer(
  'The number must be added before the total is kept.',
  'total = 0\ntotals = []\nfor number in numbers:\n    total += number\n    totals.append(total)\nreturn totals',
);

/** Passes the empty list only. */
export const WRONG = answer(
  'Here it is:',
  'totals = []\nfor number in numbers:\n    totals.append(number + 1)\nreturn totals',
);

/** Passes the empty list and the single number. */
export const HALF = answer('Simply:', 'return list(numbers)');

/** Raises for everything but the empty list. */
export const RAISES = answer(
  'Recursion is clearer.',
  'if not numbers:\n    return []\nreturn running_total(numbers[1:]) + numbers[0]',
);

/** Never ends for a list that is not empty. */
export const LOOPS = answer('With a loop:', 'totals = []\nwhile numbers:\n    pass\nreturn totals');

export const PROSE = 'I am sorry, but the function looks right to me.';
