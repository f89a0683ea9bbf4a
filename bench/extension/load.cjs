// Loads the bundle in this fresh process, with a stand-in for the `vscode` module that answers everything with itself, and
// prints the milliseconds that loading, or activating, took. Not a fake of VS Code: only time is measured here.
'use strict';
const Module = require('node:module');

const [bundle, what] = process.argv.slice(2);
/** A function, object and class whose every member is itself. Not a promise, and never at an end. */
const anything = new Proxy(function () {}, {
  get: (_, name) => {
    if (name === 'then') return undefined;
    if (name === Symbol.iterator) return [][Symbol.iterator].bind([]);
    return name === Symbol.toPrimitive ? () => '' : anything;
  },
  apply: () => anything,
  construct: () => anything,
});
const vscode = new Proxy(
  {
    Disposable: class {},
    EventEmitter: class {
      event = () => anything;
      fire() {}
      dispose() {}
    },
  },
  {
    get: (known, name) => known[name] ?? anything,
  },
);
const load = Module._load;
Module._load = (request, ...rest) => (request === 'vscode' ? vscode : load(request, ...rest));

const began = performance.now();
const extension = require(bundle);
const loaded = performance.now();
Promise.resolve(what === 'activate' ? extension.activate(anything) : undefined).then(() => {
  const ended = performance.now();
  process.stdout.write(`${what === 'activate' ? ended - loaded : loaded - began}\n`, () => process.exit(0));
});
