// Pictures for the documents, taken by the tests that have the right thing on the screen. Written only when asked for.
import assert from 'node:assert/strict';
import { mkdir, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import type { Workbench } from './workbench.ts';

const FOLDER = resolve(import.meta.dirname, '../../docs/images');
const MAX_BYTES = 300_000;

export const SIDE_BAR = 'View: Toggle Primary Side Bar Visibility';
export const TERMINALS = 'View: Toggle Panel Visibility';
export const WIDE = 'View: Toggle Maximize Editor Group';

/**
 * Keeps the window as docs/images/NAME.png under `--screenshots`; does nothing otherwise, so that tests leave the tree clean.
 * `arranged` are commands that toggle something: they run before, and again after.
 */
export async function screenshot(workbench: Workbench, name: string, arranged: readonly string[] = []): Promise<void> {
  if (process.env['MUCODE_SCREENSHOTS'] !== '1') return;
  for (const command of arranged) await workbench.run(command);
  await workbench.page.waitForTimeout(500); // the layout moves smoothly
  await mkdir(FOLDER, { recursive: true });
  const path = join(FOLDER, `${name}.png`);
  await workbench.page.screenshot({ path });
  assert.ok((await stat(path)).size < MAX_BYTES, `${path} is larger than ${MAX_BYTES} bytes`);
  for (const command of arranged) await workbench.run(command);
}
