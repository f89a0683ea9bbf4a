// What a test expects of a promise that fails in an expected way, and of a state that another process reaches soon.

import assert from 'node:assert/strict';
import { RepairError, type RepairErrorKind } from '../../src/repair/errors.ts';

export async function rejectsWith(kind: RepairErrorKind, promise: Promise<unknown>, message: RegExp): Promise<void> {
  await assert.rejects(promise, (error: unknown) => {
    assert.ok(error instanceof RepairError, String(error));
    assert.equal(error.kind, kind, error.message);
    assert.match(error.message, message);
    return true;
  });
}

/** Waits until the state is reached; fails after half a minute, which a busy machine may need to start a process. */
export async function settled(reached: () => boolean): Promise<void> {
  for (let i = 0; i < 6000 && !reached(); i += 1) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.ok(reached());
}
