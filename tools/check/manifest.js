// package.json and the code name the same settings and commands, and no setting has a second default.

import { readFileSync } from 'node:fs';

export function manifest() {
  const { contributes = {} } = JSON.parse(readFileSync('package.json', 'utf8'));
  const settings = readFileSync('src/settings.ts', 'utf8');
  const commands = readFileSync('src/commands.ts', 'utf8');
  const configuration = [contributes.configuration ?? []].flat();
  const contributedSettings = configuration.flatMap((section) => Object.keys(section.properties ?? {}));
  const withoutDefault = configuration.flatMap((section) =>
    Object.entries(section.properties ?? {}).flatMap(([key, value]) => ('default' in value ? [] : [key])),
  );
  const readSettings = quoted(settings, /'(mucode\.)?([a-z]\w*(?:\.\w+)*)'/g, contributedSettings);
  const contributedCommands = (contributes.commands ?? []).map((command) => command.command);
  const tableCommands = [...new Set([...commands.matchAll(/'(mucode\.\w+)'/g)].map((match) => match[1]))];
  return [
    ...difference('setting', contributedSettings, readSettings, 'src/settings.ts'),
    ...difference('command', contributedCommands, tableCommands, 'src/commands.ts'),
    ...withoutDefault.map((key) => `setting ${key} has no default in package.json`),
  ];
}

/** Keys quoted in the settings file, with the section's prefix added where it is left out. */
function quoted(source, pattern, contributed) {
  const keys = [...source.matchAll(pattern)].map((match) => `mucode.${match[2]}`);
  return [...new Set(keys)].filter((key) => contributed.includes(key) || key.split('.').length > 2);
}

function difference(kind, declared, used, where) {
  return [
    ...declared
      .filter((one) => !used.includes(one))
      .map((one) => `${kind} ${one} is in package.json but not in ${where}`),
    ...used
      .filter((one) => !declared.includes(one))
      .map((one) => `${kind} ${one} is in ${where} but not in package.json`),
  ];
}
