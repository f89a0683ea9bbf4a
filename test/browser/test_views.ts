// VS Code's own views of tests as a person uses them: the Test Explorer, the signs in the gutter, and their context menus.
import type { Locator } from 'playwright-core';
import type { Workbench } from './workbench.ts';

const UI_MS = 30_000;
const LOOK_MS = 2_000;

export class TestViews {
  readonly #workbench: Workbench;

  constructor(workbench: Workbench) {
    this.#workbench = workbench;
  }

  /** Opens the Test Explorer and runs everything in it. */
  async runAll(): Promise<void> {
    await this.#workbench.run('Testing: Focus on Test Explorer View');
    await this.#workbench.run('Test: Run All Tests');
  }

  /** A row of the Test Explorer, once it shows a failure. */
  async failed(name: string): Promise<Locator> {
    const row = this.#rows.filter({ hasText: name, has: this.#workbench.page.locator('.codicon-testing-failed-icon') });
    await row.first().waitFor({ timeout: 2 * UI_MS });
    return row.first();
  }

  async unfold(row: Locator): Promise<void> {
    await row.locator('.monaco-tl-twistie').click({ timeout: UI_MS });
  }

  /** The first sign of a failed test beside the lines of the editor. */
  get gutter(): Locator {
    return this.#workbench.page.locator('.glyph-margin-widgets .codicon-testing-failed-icon').first();
  }

  /** Opens the context menu of what is there and takes the entry. */
  async menu(target: Locator, entry: string): Promise<void> {
    await target.click({ button: 'right', timeout: UI_MS });
    const item = this.#workbench.page.locator('.monaco-menu').getByRole('menuitem', { name: entry });
    await item.waitFor({ timeout: UI_MS });
    // A menu that has just opened takes no click yet.
    for (const end = Date.now() + UI_MS; Date.now() < end && (await item.isVisible());) {
      await item.click({ timeout: LOOK_MS }).catch(() => {});
      await this.#workbench.page.waitForTimeout(200);
    }
  }

  /** Presses the button over the message of the peeked failure. */
  async peekButton(name: string): Promise<void> {
    await this.#workbench.page.getByText(name, { exact: true }).first().click({ timeout: UI_MS });
  }

  /** Title and entries of the open list with these words; it takes the place of the palette's, in several steps. */
  async list(words: RegExp): Promise<string> {
    const widget = this.#workbench.page.locator('.quick-input-widget');
    return this.#workbench.until('the open list', () => widget.innerText(), words);
  }

  /** Presses a button of a message, on the screen or in the list of messages. */
  async answer(words: RegExp, button: string): Promise<void> {
    await this.#workbench.message(words);
    const messages = this.#workbench.page.locator('.notification-list-item', { hasText: words });
    await messages.getByRole('button', { name: button }).first().click({ timeout: UI_MS });
  }

  get #rows(): Locator {
    return this.#workbench.page.locator('.test-explorer .monaco-list-row');
  }
}
