// Activation as VS Code itself measures it: the figure of its "Running Extensions" page, in the web build.
import { join } from 'node:path';
import { Workbench } from '../../test/browser/workbench.ts';

/**
 * @param {string} root
 * @returns {Promise<number>} milliseconds for loading and activating
 */
export async function activation(root) {
  const workbench = await Workbench.open({ folder: join(root, 'test/fixtures/workspace') });
  try {
    await workbench.run('μCode: Show Log');
    await workbench.run('Developer: Show Running Extensions');
    const row = workbench.page.locator('.runtime-extensions-editor .extension', { hasText: 'mucode.mucode-repair' });
    const text = await workbench.until('the activation time', () => row.innerText(), /Activation:.*\d+ms/);
    return Number(/(\d+)ms/.exec(text)?.[1]);
  } finally {
    await workbench.close();
  }
}
