// What counts as this machine, and which secrets do not leave it.

import assert from 'node:assert/strict';
import { hostOf, isLoopback, Redactor, whatLeaves } from '../../../src/models/privacy.ts';

/** Put together here, so that no scanner takes them for real ones. */
const token = (prefix: string, length: number): string => prefix + 'aB3dE6gH9j'.repeat(8).slice(0, length);

const SECRETS: Readonly<Record<string, string>> = {
  'an OpenAI key': token('sk-proj-', 40),
  'a GitHub token': token('ghp_', 36),
  'a GitLab token': token('glpat-', 20),
  'a Hugging Face token': token('hf_', 34),
  'an AWS key': token('AKIA', 16).toUpperCase(),
  'a Google key': token('AIza', 35),
  'a web token': `${token('eyJ', 20)}.${token('eyJ', 20)}.${token('', 20)}`,
};

describe('isLoopback', () => {
  it('is this machine by name and number', () => {
    for (const host of ['localhost', 'LOCALHOST', 'a.localhost', '127.0.0.1', '127.9.8.7', '[::1]']) {
      assert.equal(isLoopback(`http://${host}:8600/v1`), true, host);
    }
  });

  it('is no other machine, whatever it is called', () => {
    for (const host of ['example.org', '10.0.0.2', '127.0.0.1.example.org', 'localhost.example.org', '0.0.0.0']) {
      assert.equal(isLoopback(`http://${host}/v1`), false, host);
    }
    assert.equal(isLoopback('http://user:localhost@example.org/'), false);
    assert.equal(isLoopback('nonsense'), false);
  });

  it('shows the host with its port', () => {
    assert.equal(hostOf('https://user:pw@example.org:8443/v1'), 'example.org:8443');
  });
});

describe('Redactor', () => {
  for (const [name, secret] of Object.entries(SECRETS)) {
    it(`takes out ${name} and puts it back`, () => {
      const redactor = new Redactor();
      const text = `x = call("${secret}")\nother = 1`;
      const hidden = redactor.hide(text);
      assert.ok(!hidden.includes(secret.slice(8)), hidden);
      assert.ok(hidden.includes('other = 1'));
      assert.equal(redactor.restore(hidden), text);
    });
  }

  it('takes out private keys, passwords in addresses, bearer tokens and named literals', () => {
    const rule = (word: string): string => `-----${word} RSA PRIVATE KEY-----`;
    const key = `${rule('BEGIN')}\nMIIabc\ndef\n${rule('END')}`;
    const cases = [
      [key, 'MIIabc'],
      ['db = "postgres://me:hunter22@db.example.org/x"', 'hunter22'],
      [`headers = {"Authorization": "Bearer ${token('', 24)}"}`, token('', 24)],
      ["DB_PASSWORD = 'correct horse'", 'correct horse'],
      ['config = {"api_key": "abcd1234"}', 'abcd1234'],
      ['password: str = "s3cret!"', 's3cret!'],
      ['self.secret="$&$1"', '$&$1'],
    ] as const;
    for (const [text, secret] of cases) {
      const redactor = new Redactor();
      const hidden = redactor.hide(text);
      assert.ok(!hidden.includes(secret), hidden);
      assert.equal(redactor.restore(hidden), text);
    }
  });

  it('leaves ordinary code alone', () => {
    const code = [
      'def check_password(password: str) -> bool:',
      '    return password == stored_password',
      'token = next(tokens)',
      'secret = ""',
      'url = "https://example.org/path?x=1"',
      'sk_learn = "sk-learn"',
      'assert hash_of("a") == "0cc175b9c0f1b6a831c399e269772661"',
      'key = sorted(x, key=lambda y: y)',
    ].join('\n');
    assert.equal(new Redactor().hide(code), code);
  });

  it('gives one secret one mark, also in a second text', () => {
    const redactor = new Redactor();
    const secret = SECRETS['a GitHub token'] ?? '';
    const [first, second] = [redactor.hide(`a ${secret}`), redactor.hide(`b ${secret}`)];
    assert.equal(first.slice(2), second.slice(2));
    assert.equal(redactor.count, 1);
    assert.equal(redactor.hide(first), first);
  });

  it('leaves marks alone that it did not make', () => {
    assert.equal(new Redactor().restore('[redacted-7]'), '[redacted-7]');
  });
});

describe('whatLeaves', () => {
  it('counts and shows what goes out, without the secrets', () => {
    const secret = SECRETS['an AWS key'] ?? '';
    const leaving = whatLeaves([
      { role: 'user', content: `one\ntwo "${secret}"` },
      { role: 'assistant', content: 'three' },
    ]);
    assert.equal(leaving.messages, 2);
    assert.equal(leaving.lines, 3);
    assert.equal(leaving.redacted, 1);
    assert.ok(!leaving.text.includes(secret));
    assert.ok(leaving.text.includes('three'));
  });
});
