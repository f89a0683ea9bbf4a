// The frame of the panel: a policy that lets only our own script and style in.

import assert from 'node:assert/strict';
import { panelHtml } from '../../../src/editor/html.ts';

const html = panelHtml(
  { script: 'https://file.test/panel.js', style: 'https://file.test/panel.css', source: 'https://*.test' },
  'bm9uY2U=',
);

describe('the panel’s HTML', () => {
  it('has a content security policy that begins with nothing allowed', () => {
    const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)?.[1] ?? '';
    assert.match(policy, /^default-src 'none';/);
    assert.match(policy, /script-src 'nonce-bm9uY2U='(;|$)/);
    assert.doesNotMatch(policy, /unsafe|\*;|data:|http:/);
  });

  it('has no inline script, style or handler', () => {
    assert.equal([...html.matchAll(/<script/g)].length, 1);
    assert.match(html, /<script nonce="bm9uY2U=" src="https:\/\/file\.test\/panel\.js"><\/script>/);
    assert.doesNotMatch(html, /\son\w+\s*=|<style|\sstyle=|javascript:/i);
  });

  it('has the place for the page and the region that screen readers listen to', () => {
    assert.match(html, /<main><\/main>/);
    assert.match(html, /aria-live="polite"/);
  });
});
