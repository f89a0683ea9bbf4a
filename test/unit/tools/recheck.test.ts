// The second opinion: it must confirm what is right, and must be able to say no.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createServer, type AddressInfo } from 'node:net';
import { recheck } from '../../../tools/recheck.js';
import { onPath } from '../../../tools/setup/debian.js';
import { findInterpreter } from '../../../tools/setup/interpreter.js';

const DOUBLE = 'def double(x):\n    return x * 2\n';

describe('the second opinion', function () {
  this.timeout(60_000);
  let paths = { python: '', bwrap: '' };
  before(async function () {
    const [python, bwrap] = [(await findInterpreter())?.path, onPath('bwrap')];
    if (python === undefined || bwrap === undefined) return this.skip();
    paths = { python, bwrap };
    assert.equal(spawnSync(bwrap, ['--ro-bind', '/', '/', 'true']).status, 0, 'bubblewrap does not run here');
  });

  it('confirms a program that passes asserts and doctests', async () => {
    const tests = ['assert double(2) == 4', ">>> double('a')\n'aa'\n>>> y = double(4)\n>>> y\n8"];
    assert.deepEqual(await recheck(paths, DOUBLE, tests), { held: true, why: '' });
  });

  it('names the failure of an assert', async () => {
    const { held, why } = await recheck(paths, DOUBLE, ['assert double(2) == 5']);
    assert.equal(held, false);
    assert.match(why, /AssertionError/);
  });

  it('does not believe a doctest with another output', async () => {
    assert.equal((await recheck(paths, DOUBLE, ['>>> double(2)\n5'])).held, false);
  });

  it('does not believe a program that ends before its tests', async () => {
    const { held, why } = await recheck(paths, `import os\n${DOUBLE}os._exit(0)\n`, ['assert double(2) == 5']);
    assert.equal(held, false);
    assert.match(why, /ended early/);
  });

  it('gives the program no network and no way to write', async () => {
    const listener = createServer().listen(0, '127.0.0.1');
    await once(listener, 'listening');
    const { port } = listener.address() as AddressInfo;
    const curious = [
      'import os, socket',
      "assert os.listdir('/tmp') == [] and 'HOME' not in os.environ",
      'def refused(action, *arguments):',
      '    try:',
      '        action(*arguments)',
      '    except OSError:',
      '        return True',
      `assert refused(socket.create_connection, ('127.0.0.1', ${port}), 1)`,
      "assert refused(open, '/usr/x', 'w')",
    ].join('\n');
    const { why } = await recheck(paths, curious, []);
    listener.close();
    assert.equal(why, '');
  });
});
