// The panel as a person sees and uses it. Its page is media/; the window around it is workbench.ts.
import type { FrameLocator, Locator } from 'playwright-core';
import type { Workbench } from './workbench.ts';

/** How a row reads aloud: name, copies, what it is the same as, tests passed. */
export type Row = { readonly id: string; readonly name: string; readonly cells: readonly string[] };

export class Panel {
  readonly #workbench: Workbench;
  readonly #page: FrameLocator;

  constructor(workbench: Workbench) {
    this.#workbench = workbench;
    this.#page = workbench.webview();
  }

  /** Everything written in the panel. */
  text(): Promise<string> {
    return this.#page.locator('main').innerText();
  }

  /** The line that says how the session stands. */
  outcome(): Promise<string> {
    return this.#page.locator('.outcome').innerText();
  }

  row(id: string): Locator {
    return this.#page.locator(`tr.candidate[data-row="${id}"]`);
  }

  async rows(): Promise<readonly Row[]> {
    const rows = await this.#page.locator('tr.candidate').all();
    return Promise.all(
      rows.map(async (row) => ({
        id: (await row.getAttribute('data-row')) ?? '',
        name: (await row.locator('th').getAttribute('aria-label')) ?? '',
        cells: (await row.locator('td').allInnerTexts()).map((text) => text.replaceAll('\ufe0e', '').trim()),
      })),
    );
  }

  /** Selects a row with the mouse. */
  async select(id: string): Promise<void> {
    await this.row(id).locator('th').click();
  }

  /** Presses a key with the panel in focus. */
  async press(key: string): Promise<void> {
    await this.#workbench.press(key);
  }

  async button(name: string | RegExp): Promise<void> {
    await this.#page.getByRole('button', { name }).first().click();
  }
}
