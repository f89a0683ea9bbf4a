// The packaged extension, installed from its VSIX beside an empty extension under development: it is all there and starts.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import * as vscode from 'vscode';
import { EXTENSION, until, uriOf } from './window.ts';

describe('the installed package', () => {
  it('activates and registers its commands, and gives no test API away', async () => {
    const extension = vscode.extensions.getExtension(EXTENSION);
    assert.ok(extension, 'the package is not installed');
    await vscode.window.showTextDocument(uriOf('totals.py'));
    assert.equal(await extension.activate(), undefined);
    const commands = await vscode.commands.getCommands(true);
    assert.ok(commands.includes('mucode.repairFunction'));
  });

  it('carries a judge that runs', () => {
    const path = vscode.extensions.getExtension(EXTENSION)?.extensionPath ?? '';
    const { status, stdout, stderr } = spawnSync('python3', ['-I', join(path, 'dist/judge'), 'doctor', '--json'], {
      encoding: 'utf8',
    });
    assert.equal(status, 0, stderr);
    assert.match((JSON.parse(stdout) as { tier: string }).tier, /^T[0-3]$/);
  });

  it('opens its panel', async () => {
    await vscode.commands.executeCommand('mucode.showPanel');
    const shown = (): boolean => vscode.window.tabGroups.all.some((group) => group.tabs.some(isPanel));
    await until('the panel has a tab', shown);
  });
});

function isPanel({ input }: vscode.Tab): boolean {
  return input instanceof vscode.TabInputWebview && input.viewType.endsWith('mucode.panel');
}
