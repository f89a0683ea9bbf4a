// Entry of the webview: connects the page with VS Code and with the clock. Nothing else.

import type { FromPanel } from '../src/protocol/panel.ts';
import { Page, type Api } from './page.ts';

/** VS Code's function in every webview; it may be called once. */
declare function acquireVsCodeApi(): Omit<Api, 'send'> & { readonly postMessage: (message: FromPanel) => void };

const [root, region] = [document.querySelector<HTMLElement>('main'), document.querySelector('[aria-live]')];
if (root && region) {
  const { postMessage: send, ...memory } = acquireVsCodeApi();
  const page = new Page({ send, ...memory }, root, region);
  window.addEventListener('message', (event) => page.receive(event.data));
  setInterval(() => page.tick(), 1000);
}
