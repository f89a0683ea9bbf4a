// Several streams as one.

import assert from 'node:assert/strict';
import { merge } from '../../../src/models/merge.ts';

async function* counted(name: string, count: number, running: Set<string>): AsyncGenerator<string> {
  running.add(name);
  try {
    for (let i = 0; i < count; i += 1) {
      await new Promise((resolve) => setImmediate(resolve));
      yield `${name}${i}`;
    }
  } finally {
    running.delete(name);
  }
}

describe('merge', () => {
  it('gives every item, the order within each source kept, few sources at a time', async () => {
    const running = new Set<string>();
    const sources = ['a', 'b', 'c', 'd', 'e'].map((name) => counted(name, 3, running));
    const seen: string[] = [];
    for await (const item of merge(sources, 2)) {
      assert.ok(running.size <= 2);
      seen.push(item);
    }
    assert.equal(seen.length, 15);
    for (const name of 'abcde') {
      assert.deepEqual(
        seen.filter((item) => item.startsWith(name)),
        [0, 1, 2].map((i) => `${name}${i}`),
      );
    }
  });

  it('fails with the first failure and closes the others', async () => {
    const running = new Set<string>();
    async function* failing(): AsyncGenerator<string> {
      await Promise.resolve();
      yield 'x';
      throw new Error('broken');
    }
    const reading = async (): Promise<void> => {
      for await (const item of merge([counted('a', 1000, running), failing()], 2)) assert.ok(item);
    };
    await assert.rejects(reading(), /broken/);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(running.size, 0);
  });

  it('of nothing is empty', async () => {
    for await (const item of merge([], 2)) assert.fail(String(item));
  });
});
