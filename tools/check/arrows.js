// Which room may import which (DESIGN section 3), for TypeScript and for Python.

import { dirname, join, normalize } from 'node:path';
import { text, trackedFiles } from './tree.js';

/** Room -> rooms it may import from, itself always included. `vscode` and `node` stand for the API and the runtime. */
const ALLOWED = {
  'src/repair': [],
  'src/protocol': ['src/repair'],
  'src/judge': ['src/protocol', 'src/repair', 'node'],
  'src/models': ['src/protocol', 'src/repair', 'node', 'openai'],
  'src/tests': ['src/protocol', 'src/repair'],
  'src/editor': ['src', 'src/judge', 'src/models', 'src/tests', 'src/protocol', 'src/repair', 'node', 'vscode'],
  'src/cli': ['src', 'src/judge', 'src/models', 'src/tests', 'src/protocol', 'src/repair', 'node'],
  media: ['src/protocol', 'src/repair'],
};

/** Files directly in src: the entry points and what they share. */
const TOP = {
  'src/extension.ts': ['src', ...ALLOWED['src/editor'], 'src/editor'],
  'src/commands.ts': ['src', ...ALLOWED['src/editor'], 'src/editor'],
  'src/settings.ts': ['src', 'src/repair', 'vscode'],
  'src/own.ts': ['vscode'],
  'src/disk.ts': ['src/tests', 'node'],
  'src/cli.ts': [...ALLOWED['src/cli'], 'src/cli'],
  'src/ports.ts': ['src', 'src/judge', 'src/models', 'src/protocol', 'src/repair', 'node'],
  'src/templates.ts': ['src/repair', 'node'],
};

const PYTHON_TORCH = /^\s*(?:import|from)\s+(torch|transformers)\b/m;
/** The judge imports nothing of the package by its name; dots lead at most to the judge's own folder. */
const PYTHON_PACKAGE = /^\s*(?:import|from)\s+mucode\b/m;
const TORCH_ROOMS = [
  'server-py/mucode/train/',
  'server-py/mucode/serve/inprocess/',
  'server-py/mucode/serve/convert.py',
];
const JUDGE = 'server-py/mucode/judge/';

export function arrows() {
  const complaints = [];
  for (const path of trackedFiles()) {
    if (/^(src|media)\/.*\.ts$/.test(path)) complaints.push(...typescript(path));
    if (/^server-py\/mucode\/.*\.py$/.test(path)) complaints.push(...python(path));
  }
  return complaints;
}

function typescript(path) {
  const room = roomOf(path);
  const allowed = TOP[path] ?? ALLOWED[room];
  if (allowed === undefined) return [`${path}: no room for it in tools/check/arrows.js`];
  const imports = [...text(path).matchAll(/(?<!['"\w.])(?:from|import)\s*\(?\s*'([^']+)'/g)].map((match) => match[1]);
  return imports.flatMap((specifier) => {
    const target = targetOf(path, specifier);
    return target === room || allowed.includes(target) ? [] : [`${path} must not import ${specifier}`];
  });
}

function targetOf(path, specifier) {
  if (specifier.startsWith('.')) return roomOf(normalize(join(dirname(path), specifier)));
  return specifier.startsWith('node:') ? 'node' : specifier;
}

function roomOf(path) {
  const parts = path.split('/');
  return parts[0] === 'src' && parts.length > 2 ? parts.slice(0, 2).join('/') : parts[0];
}

function python(path) {
  const source = text(path);
  const complaints = [];
  if (path.startsWith(JUDGE) && leavesJudge(path, source))
    complaints.push(`${path}: the judge imports nothing of the package`);
  if (!TORCH_ROOMS.some((room) => path.startsWith(room)) && PYTHON_TORCH.test(source)) {
    complaints.push(`${path}: torch and transformers belong in ${TORCH_ROOMS.join(', ')} only`);
  }
  return complaints;
}

function leavesJudge(path, source) {
  if (PYTHON_PACKAGE.test(source)) return true;
  const depth = path.slice(JUDGE.length).split('/').length;
  return [...source.matchAll(/^\s*from\s+(\.+)/gm)].some((match) => (match[1]?.length ?? 0) > depth);
}
