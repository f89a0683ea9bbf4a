// Opens headless Chromium for the VS Code web workbench. Pages, clicks and looks are test/browser/.
import { chromium } from 'playwright-core';

/** Chromium's own sandbox refuses root; the pages are our own. The rest keeps it from calling home. */
const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];
const KEPT_LINES = 2000;

/**
 * @typedef {object} Browser
 * @property {import('playwright-core').Page} page 1400 × 900
 * @property {() => string[]} console what the page logged, its last lines
 * @property {() => Promise<void>} close
 */

/**
 * @param {string} executablePath
 * @returns {Promise<Browser>}
 */
export async function openBrowser(executablePath) {
  const browser = await chromium.launch({ executablePath, args: FLAGS, handleSIGINT: false });
  const context = await browser.newContext({
    viewport: { width: 1400, height: 900 },
    permissions: ['clipboard-read', 'clipboard-write'],
  });
  const page = await context.newPage();
  /** @type {string[]} */
  const lines = [];
  const keep = (/** @type {string} */ line) => {
    lines.push(line);
    if (lines.length > KEPT_LINES) lines.shift();
  };
  page.on('console', (message) => keep(`${message.type()}: ${message.text()}`));
  page.on('pageerror', (error) => keep(`pageerror: ${error.stack ?? error.message}`));
  return { page, console: () => [...lines], close: () => browser.close() };
}
