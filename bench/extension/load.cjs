// Loads the bundle in this fresh process, with a stand-in for the `vscode` module that answers everything with itself, and
// prints how long loading, or activating, took: milliseconds by the clock and of the processor. Not a fake of VS Code: only time is measured here.
'use strict';
const { readFileSync } = require('node:fs');
const Module = require('node:module');

const [bundle, what] = process.argv.slice(2);
/** A function, object and class whose every member is itself. Not a promise, and nothing to iterate over. */
const anything = new Proxy(function () {}, {
  get: (target, name) => {
    if (name === 'then') return undefined;
    if (name === 'prototype') return target.prototype;
    if (name === Symbol.iterator) return [][Symbol.iterator].bind([]);
    return name === Symbol.toPrimitive ? () => '/stand-in' : anything;
  },
  apply: () => anything,
  construct: () => anything,
  set: () => true,
});
const types = readFileSync(require.resolve('@types/vscode/index.d.ts'), 'utf8');
const names = types.matchAll(/^\s*export (?:abstract )?(?:class|enum|namespace|const|let|function) (\w+)/gm);
const vscode = Object.fromEntries([...names].map(([, name]) => [name, anything]));
const load = Module._load;
Module._load = (request, ...rest) => (request === 'vscode' ? vscode : load(request, ...rest));

const context = {
  extensionPath: '/stand-in',
  subscriptions: [],
  extensionMode: 1,
  storageUri: { fsPath: '/stand-in' },
};
const full = new Proxy(context, { get: (known, name) => known[name] ?? anything });
let began = performance.now();
let used = process.cpuUsage();
const extension = require(bundle);
if (what === 'activate') {
  began = performance.now();
  used = process.cpuUsage();
  extension.activate(full);
}
const wall = performance.now() - began;
const { user, system } = process.cpuUsage(used);
process.stdout.write(JSON.stringify({ wall, processor: (user + system) / 1000 }), () => process.exit(0));
