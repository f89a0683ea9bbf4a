// What the gateway says, and that nothing else is taken for it.

import assert from 'node:assert/strict';
import { parseAnnouncement, parseGatewayState, parseHealthz, parseModels } from '../../../src/protocol/gateway.ts';

describe('the gateway’s words', () => {
  it('are read', () => {
    assert.deepEqual(parseHealthz({ status: 'ok', state: 'starting' }), { status: 'ok', state: 'starting' });
    assert.deepEqual(parseModels({ object: 'list', data: [{ id: 'a' }, { id: 'b', more: 1 }] }), ['a', 'b']);
    const listening = { event: 'listening', url: 'http://127.0.0.1:1', token_file: '/t', pid: 3 };
    assert.deepEqual(parseAnnouncement(JSON.stringify(listening)), listening);
    const state = { event: 'state', state: 'ready', message: 'Ready.' };
    assert.deepEqual(parseAnnouncement(JSON.stringify(state)), { ...state, log: [] });
  });

  it('are told from anything else', () => {
    assert.throws(() => parseHealthz({ status: 'ok' }), /state should be one of/);
    assert.throws(() => parseHealthz('ok'), /healthz should be an object/);
    assert.throws(() => parseModels({ data: ['a'] }), /data\[0\] should be an object/);
    assert.throws(() => parseModels('<html>'), /models should be an object/);
    assert.throws(() => parseGatewayState({ state: 'ready' }), /message should be a string/);
    assert.throws(() => parseAnnouncement('Loading…'), SyntaxError);
    assert.throws(() => parseAnnouncement('{"event":"other"}'), /event should be one of/);
  });
});
