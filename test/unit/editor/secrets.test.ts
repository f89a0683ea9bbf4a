// Unsaved files that must not reach the sandbox, which hides them on the disk.

import assert from 'node:assert/strict';
import { mayBeSecret } from '../../../src/editor/secrets.ts';

describe('an unsaved file', () => {
  it('stays in the editor when it may hold secrets', () => {
    const secrets = ['.env', 'app/.env.local', '.netrc', '.aws/config', 'certs/server.pem', 'credentials.json'];
    for (const path of [...secrets, 'secrets.yml', 'id_ed25519', 'my_token.txt']) assert.ok(mayBeSecret(path), path);
  });

  it('is judged when it is code or plain data, whatever it is called', () => {
    for (const path of ['shop/prices.py', 'tokens.py', 'secrets_test.py', 'pyproject.toml', 'data/cases.json'])
      assert.ok(!mayBeSecret(path), path);
  });
});
