// What every file must keep to: length, a header that says what lives there, a telling name, nothing of this machine.

import { basename } from 'node:path';
import { text, trackedFiles } from './tree.js';

const MAX_LINES = 300;
const CODE = /\.(ts|js|mjs|py|css|sh)$/;
const VAGUE = /^(utils?|common|core|helpers?|misc|services?|managers?)(\.|$)/;
// Spelt in pieces so that this file does not name what it looks for.
const FOREIGN = [
  new RegExp(['/wo', 'rk/main|/fa', 'rm/|/ro', 'ot/'].join('')),
  new RegExp(['"resol', 'ved": *"http|--(extra-)?index', '-url|source = \\{ *reg', 'istry'].join('')),
  new RegExp(['registry.np', 'mjs|files.pytho', 'nhosted|pypi', '\\.org'].join('')),
];
const SKIPPED_CONTENT = /^(test\/fixtures\/|examples\/|docs\/images\/)|package-lock\.json$|\.png$|shrinkwrap/;

export function files() {
  return trackedFiles().flatMap((path) => {
    if (path.split('/').some((part) => VAGUE.test(part)))
      return [`${path}: a file or folder is named by one domain noun`];
    const inFixtures = SKIPPED_CONTENT.test(path);
    if (/\.(png|ico|gz)$/.test(path)) return [];
    const source = text(path);
    const foreign = FOREIGN.filter((pattern) => pattern.test(source)).map((pattern) => `${path}: holds ${pattern}`);
    return inFixtures || !CODE.test(path) ? foreign : [...foreign, ...shape(path, source)];
  });
}

function shape(path, source) {
  const complaints = [];
  const lines = source.split('\n').length - 1;
  if (lines > MAX_LINES)
    complaints.push(`${path}: ${lines} lines (at most ${MAX_LINES}; split it by what it is about)`);
  const first = source.split('\n').find((line) => line.trim() !== '' && !line.startsWith('#!')) ?? '';
  const empty = source.trim() === '' && basename(path) === '__init__.py';
  if (!empty && !/^(\/\/|\/\*|#|r?""")/.test(first))
    complaints.push(`${path}: opens without a comment on what lives there`);
  return complaints;
}
