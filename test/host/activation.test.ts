// What the extension does before anybody asks it for anything: nothing that runs or connects.
import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import * as vscode from 'vscode';
import { activated, children, EXTENSION, open, Questions, set, uriOf } from './window.ts';

/** VS Code's own: its server forks, and looks for ports to forward by listing sockets. */
const THEIRS = /server-main|bootstrap-fork|ls -l \/proc|ps -F -A -l/;

describe('activation', () => {
  it('starts no process and connects to nothing, also with a server in the settings', async () => {
    let connections = 0;
    const server = createServer().on('connection', () => (connections += 1));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    await set({ 'server.url': `http://127.0.0.1:${(server.address() as AddressInfo).port}` });
    const before = children().map((one) => one.pid);
    await activated();
    await open(uriOf('totals.py'), 'def largest');
    await vscode.commands.executeCommand('vscode.executeCodeLensProvider', uriOf('totals.py'));
    const started = children().filter((one) => !before.includes(one.pid) && !THEIRS.test(one.command));
    assert.deepEqual(started, []);
    assert.equal(connections, 0);
    server.close();
  });

  it('registers every command of the manifest', async () => {
    await activated();
    const extension = vscode.extensions.getExtension(EXTENSION);
    assert.ok(extension);
    const { contributes } = extension.packageJSON as Manifest;
    const known = new Set(await vscode.commands.getCommands(true));
    assert.ok(contributes.commands.length > 0);
    assert.deepEqual(
      contributes.commands.filter(({ command }) => !known.has(command)),
      [],
    );
  });

  it('says that nothing was kept as long as no program has tampered', async () => {
    await activated();
    const questions = new Questions();
    await vscode.commands.executeCommand('mucode.showTampered');
    await questions.said(/no candidate has tampered with its tests so far/);
    questions.restore();
  });

  it('offers a CodeLens on a function with tests and none on one without', async () => {
    await activated();
    const uri = uriOf('totals.py');
    const { document } = await open(uri, 'def largest');
    const lenses = await vscode.commands.executeCommand<vscode.CodeLens[]>('vscode.executeCodeLensProvider', uri, 10);
    const lines = lenses.map((lens) => document.lineAt(lens.range.start.line).text);
    assert.deepEqual(lines, ['def running_total(numbers):']);
  });
});

type Manifest = { readonly contributes: { readonly commands: readonly { readonly command: string }[] } };
