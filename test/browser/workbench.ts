// The VS Code window as a person uses it: mouse, keyboard and what is on the screen. Nothing here knows the extension;
// its panel is panel.ts.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { FrameLocator, Locator, Page } from 'playwright-core';
import { leftovers } from '../../tools/host/aftermath.js';
import { openBrowser } from '../../tools/host/browser.js';
import { readPaths } from '../../tools/host/paths.js';
import { startServer } from '../../tools/host/server.js';

type Browser = Awaited<ReturnType<typeof openBrowser>>;
type Server = Awaited<ReturnType<typeof startServer>>;

export type WorkbenchOptions = {
  /** A folder whose copy is opened. */
  readonly folder: string;
  readonly trusted?: boolean;
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Machine-scoped settings: those that connect or run something. */
  readonly machineSettings?: Readonly<Record<string, unknown>>;
  readonly env?: Readonly<Record<string, string>>;
  /** Folders of extensions that are installed beside ours. */
  readonly beside?: string[];
};

const ROOT = resolve(import.meta.dirname, '../..');
const START_MS = 90_000;
const UI_MS = 30_000;
/** A message may report work of a model or a server: long in sum, looked for again and again. */
const MESSAGE_MS = 120_000;
const LOOK_MS = 5_000;
const KEPT_MS = 7_000;
/** Two sides for a diff, no minimap, and a terminal whose rows are drawn as text. */
const READABLE = {
  'diffEditor.useInlineViewWhenSpaceIsLimited': false,
  'editor.minimap.enabled': false,
  'terminal.integrated.gpuAcceleration': 'off',
};

export class Workbench {
  readonly page: Page;
  /** The opened copy of the folder. */
  readonly folder: string;
  readonly #browser: Browser;
  readonly #server: Server;

  private constructor(browser: Browser, server: Server, folder: string) {
    this.page = browser.page;
    this.folder = folder;
    this.#browser = browser;
    this.#server = server;
  }

  static async open(options: WorkbenchOptions): Promise<Workbench> {
    const paths = readPaths(ROOT);
    const folder = join(await mkdtemp(join(tmpdir(), 'mucode-work-')), 'project');
    await cp(options.folder, folder, { recursive: true });
    const { trusted = true, machineSettings = {}, env = {}, beside = [] } = options;
    const settings = { ...READABLE, ...options.settings };
    const server = await startServer({ paths, trusted, settings, machineSettings, env, beside });
    const browser = await openBrowser(paths.chromium);
    const workbench = new Workbench(browser, server, folder);
    await workbench.page.goto(server.url(folder, { development: ROOT }));
    await workbench.page.getByRole('treeitem').first().waitFor({ timeout: START_MS });
    return workbench;
  }

  /** Closes the window, which deactivates the extension. What it left behind, one phrase each. */
  async close(): Promise<readonly string[]> {
    await this.#browser.close();
    const left = await leftovers(this.#server);
    await this.#server.stop();
    this.#server.forget();
    await rm(join(this.folder, '..'), { recursive: true, force: true });
    return left;
  }

  /** The bytes of a file as they are on disk. */
  bytes(name: string): Buffer {
    return readFileSync(join(this.folder, name));
  }

  async openFile(name: string): Promise<void> {
    await this.#pick('Control+P', '', name);
    await this.page.getByRole('tab', { name, selected: true }).waitFor({ timeout: UI_MS });
  }

  async goToLine(line: number): Promise<void> {
    await this.#pick('Control+G', ':', String(line));
    await this.#input().waitFor({ state: 'hidden', timeout: UI_MS });
  }

  /** Runs a command through the palette by its title. */
  async run(title: string): Promise<void> {
    await this.#pick('F1', '>', title);
  }

  /** Saves until the file on disk is as it should be; two editors of one file make the first save race with the change. */
  async saved(name: string, asItShouldBe: (text: string) => boolean): Promise<void> {
    const end = Date.now() + UI_MS;
    while (!asItShouldBe(this.bytes(name).toString('latin1'))) {
      if (Date.now() > end) assert.fail(`${name} on disk is\n${this.bytes(name).toString()}`);
      await this.page.keyboard.press('Control+S');
      await this.page.waitForTimeout(100);
    }
  }

  /** Types into the box that asks for this and accepts. */
  async enter(asked: string, text: string): Promise<void> {
    const box = this.page.locator('.quick-input-widget', { hasText: asked });
    await box.waitFor({ timeout: UI_MS });
    await this.#input().fill(text);
    await this.page.keyboard.press('Enter');
    // Whatever is opened before the box is gone would close it unanswered.
    await box.waitFor({ state: 'hidden', timeout: UI_MS });
  }

  async press(key: string): Promise<void> {
    await this.page.keyboard.press(key);
  }

  /** Chooses an entry of the open list by its words. */
  async choose(label: string): Promise<void> {
    await this.page.locator('.quick-input-list .monaco-list-row', { hasText: label }).first().click({ timeout: UI_MS });
  }

  /** Presses a button of the modal question. */
  async answer(button: string): Promise<void> {
    const asked = this.page.locator('.monaco-dialog-box');
    await asked.getByRole('button', { name: button, exact: true }).click({ timeout: UI_MS });
  }

  /** Text of the modal question on the screen. */
  async question(): Promise<string> {
    const asked = this.page.locator('.monaco-dialog-box');
    await asked.waitFor({ timeout: UI_MS });
    return asked.innerText();
  }

  /**
   * Waits for a message with these words, on the screen or in the list of messages: it does not stay on the screen for
   * long, and the list closes whenever something else takes the focus.
   */
  async message(words: RegExp): Promise<string> {
    const list = this.page.locator('.notifications-center.visible');
    const toasts = this.page.locator('.notifications-toasts.visible');
    const shown = async (): Promise<string> => {
      const texts = await Promise.all([list.allInnerTexts(), toasts.allInnerTexts()]);
      return texts.flat().join('\n');
    };
    const listed = async (): Promise<string> => {
      if (!(await list.isVisible())) await this.run('Notifications: Show Notifications');
      return this.until('the messages', shown, words, LOOK_MS);
    };
    return this.until('the list of messages', listed, words, MESSAGE_MS);
  }

  async closeNotifications(): Promise<void> {
    await this.run('Notifications: Clear All Notifications');
    await this.page.locator('.notification-list-item').first().waitFor({ state: 'hidden', timeout: UI_MS });
  }

  /** Loads the window again: a new extension host, and the panel brought back. */
  async reload(): Promise<void> {
    await this.run('Developer: Reload Window');
    await this.page.waitForEvent('load');
    await this.page.getByRole('treeitem').first().waitFor({ timeout: START_MS });
  }

  /** Loads the page again as a browser does: the window is hardly warned. */
  async loadAnew(): Promise<void> {
    // What is open is kept every five seconds in a browser; before that, VS Code itself forgets the tab.
    await this.page.waitForTimeout(KEPT_MS);
    await this.page.reload();
    await this.page.getByRole('treeitem').first().waitFor({ timeout: START_MS });
  }

  /** Trusts the folder through the banner. */
  async trust(): Promise<void> {
    await this.run('Workspaces: Manage Workspace Trust');
    await this.page.getByRole('button', { name: 'Trust', exact: true }).first().click({ timeout: UI_MS });
    await this.page
      .locator('.statusbar-item', { hasText: 'Restricted Mode' })
      .waitFor({ state: 'detached', timeout: UI_MS });
  }

  /** Keeps a picture of the window for whoever looks into a failed test. */
  async keepPicture(name: string): Promise<void> {
    const path = join(ROOT, '.mucode/host-logs', `${name.replaceAll(/\W+/g, '-')}.png`);
    await this.page.screenshot({ path });
    process.stdout.write(`      A picture of the window: ${path}\n`);
  }

  statusItem(words: string | RegExp): Locator {
    return this.page.locator('.statusbar-item', { hasText: words });
  }

  codeLens(words: string | RegExp): Locator {
    return this.page.locator('.codelens-decoration a', { hasText: words });
  }

  tab(name: string | RegExp): Locator {
    return this.page.getByRole('tab', { name });
  }

  /** The page inside the webview on the screen: VS Code nests it two frames deep. */
  webview(): FrameLocator {
    return this.page.frameLocator('iframe.webview.ready').frameLocator('#active-frame');
  }

  /** The visible lines of the terminal on the screen. */
  async terminalText(): Promise<string> {
    const rows = this.page.locator('.terminal-wrapper.active .xterm-rows > div');
    await rows.first().waitFor({ timeout: UI_MS });
    const lines = await rows.allInnerTexts();
    return lines
      .map((line) => line.replaceAll('\u00a0', ' ').trimEnd())
      .join('\n')
      .trimEnd();
  }

  /** Presses a key with the terminal in focus. */
  async pressInTerminal(key: string): Promise<void> {
    await this.page.locator('.terminal-wrapper.active .xterm-screen').click({ timeout: UI_MS });
    await this.page.keyboard.press(key);
  }

  /** The visible lines of both sides of the diff editor on the screen. */
  async diff(): Promise<{ readonly original: string; readonly modified: string }> {
    const editor = this.page.locator('.monaco-diff-editor').first();
    await editor.locator('.editor.modified .view-line').first().waitFor({ timeout: UI_MS });
    return {
      original: await linesOf(editor.locator('.editor.original')),
      modified: await linesOf(editor.locator('.editor.modified')),
    };
  }

  /** Waits until the text that `read` gives matches, and says what it was when it never does. */
  async until(what: string, read: () => Promise<string>, words: RegExp, within = UI_MS): Promise<string> {
    const end = Date.now() + within;
    let last = '';
    while (Date.now() < end) {
      last = await read().catch(() => '');
      if (words.test(last)) return last;
      await this.page.waitForTimeout(50);
    }
    return assert.fail(`${what} never matched ${words} within ${within} ms. Last:\n${last}`);
  }

  #input(): Locator {
    return this.page.locator('.quick-input-widget input');
  }

  /**
   * Opens the box with a key, writes behind its sign, and takes the entry. All at once: VS Code sorts a thousand commands
   * anew for each letter. Whatever takes the focus meanwhile closes the box, and what a starting window knows late is not
   * in it: as a person would, begin again, with more patience each time.
   */
  async #pick(key: string, sign: string, words: string): Promise<void> {
    const text = `${sign}${words}`;
    const row = this.page.locator('.quick-input-list .monaco-list-row.focused', { hasText: words }).first();
    for (let patience = LOOK_MS / 2; ; patience *= 2) {
      await this.page.keyboard.press(key);
      try {
        await this.#input().fill(text, { timeout: patience });
        await row.waitFor({ timeout: patience });
        break;
      } catch (error) {
        if (patience > UI_MS) throw error;
        await this.page.keyboard.press('Escape');
      }
    }
    await this.page.keyboard.press('Enter');
  }
}

/** VS Code draws lines in any order and spaces as no-break spaces. */
async function linesOf(editor: Locator): Promise<string> {
  const lines = await editor.locator('.view-line').evaluateAll((elements) =>
    elements
      .map((element) => ({ top: element.getBoundingClientRect().top, text: element.textContent ?? '' }))
      .sort((a, b) => a.top - b.top)
      .map((line) => line.text.replaceAll('\u00a0', ' ')),
  );
  return lines.join('\n');
}
