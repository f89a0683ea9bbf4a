// Only the stable API of the oldest VS Code that the manifest allows. code-server switches every proposed API on, so a green
// test there proves nothing. The compiler finds members that are not in @types/vscode; this finds the ways around the compiler.

import { readFileSync } from 'node:fs';
import { text, trackedFiles } from './tree.js';

/** Contribution points that need no proposed API (VS Code 1.106). */
const STABLE_POINTS = new Set(
  `breakpoints colors commands configuration configurationDefaults debuggers grammars icons iconThemes jsonValidation keybindings
   languageModelTools languages mcpServerDefinitionProviders menus problemMatchers snippets submenus taskDefinitions terminal themes
   typescriptServerPlugins views viewsContainers viewsWelcome walkthroughs`.split(/\s+/),
);

/** What the compiler cannot follow, with the reason why it must not be there. */
const AROUND = [
  [/declare module ['"]vscode['"]/, 'adds to the types of vscode'],
  [/\bvscode as (?!vscode\b)\w/, 'casts the vscode module'],
  [/\bvscode\[/, 'reaches into the vscode module by a computed name'],
  [/executeCommand(?:<[^>]*>)?\(\s*['"]_/, 'runs an internal command of VS Code'],
];

export function apiMembers() {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
  return [...ofManifest(manifest), ...ofTypes(manifest), ...ofSources()];
}

function ofManifest(manifest) {
  const complaints = [];
  if ('enabledApiProposals' in manifest) complaints.push('package.json asks for proposed API (enabledApiProposals)');
  for (const point of Object.keys(manifest.contributes ?? {})) {
    if (!STABLE_POINTS.has(point))
      complaints.push(`package.json contributes "${point}", which is not known to be stable`);
  }
  return complaints;
}

/** The types must be those of the oldest allowed version: newer ones would let newer members through. */
function ofTypes(manifest) {
  const engine = minor(manifest.engines.vscode);
  const installed = JSON.parse(readFileSync('node_modules/@types/vscode/package.json', 'utf8')).version;
  if (engine === minor(installed)) return [];
  return [`@types/vscode ${installed} is not of the engine's version ${manifest.engines.vscode}`];
}

const minor = (version) => version.replace(/^\D*/, '').split('.').slice(0, 2).join('.');

function ofSources() {
  return trackedFiles().flatMap((path) => {
    if (/vscode\.proposed\..*\.d\.ts$/.test(path)) return [`${path}: types of a proposed API`];
    if (!/^(src|media)\/.*\.ts$/.test(path)) return [];
    const source = text(path);
    return AROUND.filter(([pattern]) => pattern.test(source)).map(([, why]) => `${path} ${why}`);
  });
}
