// Files keep every byte that a repair does not change.

import assert from 'node:assert/strict';
import { chmod, mkdtemp, readFile, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { edited, readSource, writeSource } from '../../../src/cli/file.ts';
import { seededRandom } from '../../../src/ports.ts';
import { applyEdits, lineEdits } from '../../../src/repair/patch.ts';
import { rejectsWith } from '../../fakes/rejection.ts';

describe('a source file', () => {
  let folder = '';
  let path = '';

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'mucode-file-'));
    path = join(folder, 'a.py');
  });

  afterEach(() => rm(folder, { recursive: true }));

  async function changed(before: string, change: (lines: readonly string[]) => readonly string[]): Promise<string> {
    await writeFile(path, before);
    const file = await readSource(path);
    await writeSource(file, edited(file, lineEdits(file.lines, change(file.lines))));
    return readFile(path, 'utf8');
  }

  const replaceB = (lines: readonly string[]): readonly string[] =>
    lines.flatMap((one) => (one === 'b' ? ['x', 'y'] : [one]));

  it('without edits stays the same to the byte', async () => {
    for (const text of ['', '\n', 'a', 'a\r\nb\nc\rd', '\ufeffa\tb\r\n', '\ufeff']) {
      await writeFile(path, text);
      const file = await readSource(path);
      assert.deepEqual(edited(file, []), file.bytes, JSON.stringify(text));
    }
  });

  it('keeps its mark, its line ends, its tabs and its last line', async () => {
    assert.equal(await changed('a\nb\nc\n', replaceB), 'a\nx\ny\nc\n');
    assert.equal(await changed('\ufeffa\r\nb\r\n\tc\r\n', replaceB), '\ufeffa\r\nx\r\ny\r\n\tc\r\n');
    assert.equal(await changed('a\r\nb', replaceB), 'a\r\nx\r\ny');
    assert.equal(
      await changed('a\nb\r\nc\r\nd\n', (lines) => lines.map((one) => (one === 'd' ? 'e' : one))),
      'a\nb\r\nc\r\ne\n',
    );
  });

  it('ends as it did when its last lines go', async () => {
    assert.equal(await changed('a\nb\nc', (lines) => lines.slice(0, 2)), 'a\nb');
    assert.equal(await changed('a\nb\nc\n', (lines) => [...lines.slice(0, 2), '']), 'a\nb\n');
  });

  it('holds the lines of the edit, whatever the edit', async () => {
    const random = seededRandom(9);
    const some = (): readonly string[] =>
      Array.from({ length: 1 + Math.floor(random() * 6) }, () => 'abc'.charAt(random() * 3));
    for (const end of ['\n', '\r\n']) {
      for (let round = 0; round < 60; round += 1) {
        const after = [...some(), ''];
        const text = await changed(`${some().join(end)}${end}`, (lines) => applyEdits(lines, lineEdits(lines, after)));
        assert.equal(text, after.join(end));
      }
    }
  });

  it('is not written when it changed meanwhile or vanished', async () => {
    await writeFile(path, 'a\n');
    const file = await readSource(path);
    await writeFile(path, 'b\n');
    await rejectsWith('buffer-changed', writeSource(file, Buffer.from('c')), /changed meanwhile/);
    assert.equal(await readFile(path, 'utf8'), 'b\n');
    await rm(path);
    await rejectsWith('buffer-changed', writeSource(file, Buffer.from('c')), /nothing was written/);
  });

  it('stays a link with its permissions', async () => {
    const target = join(folder, 'real.py');
    await writeFile(target, 'b\n');
    await chmod(target, 0o750);
    await symlink(target, path);
    const file = await readSource(path);
    await writeSource(file, Buffer.from('c\n'));
    assert.equal(await readFile(target, 'utf8'), 'c\n');
    assert.equal((await stat(target)).mode & 0o777, 0o750);
  });

  it('that is missing, not UTF-8, or too large is refused with the reason', async () => {
    await rejectsWith('bad-problem', readSource(path), /cannot be read/);
    await writeFile(path, Buffer.from([0x61, 0xff, 0x0a]));
    await rejectsWith('unsupported', readSource(path), /not UTF-8/);
    await writeFile(path, '#'.repeat(10_000_000));
    await rejectsWith('unsupported', readSource(path), /10 MB/);
  });
});
