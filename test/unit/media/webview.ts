// A webview in plain Node: a DOM, the page in it, and what it sent. Frames are drawn when asked for.

import { Window } from 'happy-dom';
import { Page } from '../../../media/page.ts';
import type { FromPanel, PanelSnapshot } from '../../../src/protocol/panel.ts';
import { panelSnapshot, type PanelModel } from '../../../src/protocol/snapshot.ts';
import type { Session } from '../../../src/repair/session.ts';

const GLOBALS = ['document', 'Element', 'HTMLElement', 'KeyboardEvent', 'MouseEvent', 'requestAnimationFrame'] as const;

export function model(session: Session | null, change: Partial<PanelModel> = {}): PanelModel {
  return {
    session,
    runningSince: null,
    queue: [],
    error: null,
    activity: null,
    readOnly: null,
    now: 20_000,
    ...change,
  };
}

export class FakeWebview {
  readonly sent: FromPanel[] = [];
  readonly #window = new Window();
  readonly #before = new Map<string, PropertyDescriptor | undefined>();
  readonly #page: Page;
  #frame: (() => void) | null = null;
  state: unknown;

  constructor(state?: unknown) {
    this.state = state;
    const own: Record<string, unknown> = { requestAnimationFrame: (draw: () => void) => void (this.#frame = draw) };
    for (const name of GLOBALS) {
      this.#before.set(name, Object.getOwnPropertyDescriptor(globalThis, name));
      const value = own[name] ?? (this.#window as unknown as Record<string, unknown>)[name];
      Object.defineProperty(globalThis, name, { value, configurable: true });
    }
    document.body.innerHTML = '<div aria-live="polite"></div><main></main>';
    const api = {
      send: (message: FromPanel) => void this.sent.push(message),
      getState: () => this.state,
      setState: (next: unknown) => void (this.state = next),
    };
    this.#page = new Page(api, this.one('main'), this.one('[aria-live]'));
  }

  /** Posts a raw message and draws. */
  receive(message: unknown): void {
    this.#page.receive(message);
    this.draw();
  }

  show(shown: PanelModel, selected: string | null = null): PanelSnapshot {
    // As in VS Code, what arrives is a copy that went through JSON.
    const snapshot = JSON.parse(JSON.stringify(panelSnapshot(shown, selected))) as PanelSnapshot;
    this.receive({ type: 'snapshot', snapshot });
    return snapshot;
  }

  draw(): void {
    const frame = this.#frame;
    this.#frame = null;
    frame?.();
  }

  one(selector: string): HTMLElement {
    const found = document.querySelector<HTMLElement>(selector);
    if (!found) throw new Error(`nothing matches ${selector}`);
    return found;
  }

  all(selector: string): readonly HTMLElement[] {
    return [...document.querySelectorAll<HTMLElement>(selector)];
  }

  cell(row: string, column: number): HTMLElement {
    return this.one(`[data-row="${row}"] [data-column="${column}"]`);
  }

  text(selector: string): string {
    return (this.one(selector).textContent ?? '').replaceAll(/\s+/g, ' ').trim();
  }

  press(key: string, change: KeyboardEventInit = {}): void {
    document.activeElement?.dispatchEvent(
      new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...change }),
    );
    this.draw();
  }

  click(target: HTMLElement, kind: 'click' | 'dblclick' = 'click'): void {
    target.dispatchEvent(new MouseEvent(kind, { bubbles: true }));
    this.draw();
  }

  /** The place of the focus as `row:column`. */
  get focus(): string {
    const at = document.activeElement;
    return `${at?.closest('[data-row]')?.getAttribute('data-row')}:${at?.getAttribute('data-column')}`;
  }

  /** Gives the globals back. */
  async close(): Promise<void> {
    for (const [name, descriptor] of this.#before) {
      if (descriptor) Object.defineProperty(globalThis, name, descriptor);
      else Reflect.deleteProperty(globalThis, name);
    }
    await this.#window.happyDOM.close();
  }
}
