// The tree's words: the same content as the panel, with the same actions.

import assert from 'node:assert/strict';
import { outline, type Node } from '../../../src/editor/outline.ts';
import { panelSnapshot } from '../../../src/protocol/snapshot.ts';
import type { Session } from '../../../src/repair/session.ts';
import { exhausted, running, solvedInTurnTwo } from '../../fakes/sessions.ts';

function nodes(session: Session | null, runningSince: number | null = null): readonly Node[] {
  const queue = [{ id: 'q1', label: 'repair of parse_date' }];
  const model = { session, runningSince, queue, error: null, activity: null, readOnly: null, now: 10_000 };
  return outline(panelSnapshot(model, null), session);
}

function all(roots: readonly Node[]): readonly Node[] {
  return roots.flatMap((node) => [node, ...all(node.children())]);
}

function one(roots: readonly Node[], id: string): Node {
  const found = all(roots).find((node) => node.id.endsWith(`/${id}`));
  assert.ok(
    found,
    `no node ${id} among ${all(roots)
      .map((node) => node.id)
      .join()}`,
  );
  return found;
}

describe('outline', () => {
  it('goes from the session over its turns and candidates to their tests', () => {
    const [session, queued] = nodes(solvedInTurnTwo());
    assert.match(session?.spoken ?? '', /^repair of median in stats\.py: Solved\. t2c1 passes all 5 tests\./);
    const children = session?.children().map((node) => node.label);
    assert.deepEqual(children?.slice(2), ['Your code', 'Turn 1', 'Turn 2']);
    assert.deepEqual([queued?.label, queued?.can, queued?.target], ['repair of parse_date', ['cancel'], 'q1']);
  });

  it('says of a candidate all that its row shows', () => {
    const row = one(nodes(solvedInTurnTwo()), 't2c1');
    assert.equal(row.spoken, 't2c1: the pick, passes 5 of 5 tests, found 3 times, verified, outside');
    assert.equal(row.icon, 'verified');
    assert.match(one(nodes(solvedInTurnTwo()), 't1c1').spoken, /same as your code/);
  });

  it('gives the verifier’s opinion in words', () => {
    const roots = nodes(exhausted());
    assert.match(one(roots, 't3c1').spoken, /, verifier: rank 1 in its turn, 71 % likely to be right$/);
    assert.match(one(roots, 'baseline').spoken, /, verifier: 43 % likely to be right$/);
  });

  it('says of a failing test what it expected and got', () => {
    const test = one(nodes(solvedInTurnTwo()), 't2c4/t5');
    assert.match(test.spoken, /^t5 fail: expected 2\.5 · got 3 · assert median\(\[\]\) is None/);
    assert.equal(test.icon, 'fail');
  });

  it('gives no green icon to what cannot be trusted', () => {
    const unguarded = one(nodes(exhausted()), 't3c1');
    assert.equal(unguarded.icon, 'unverified');
    assert.equal(one([unguarded], 't3c1/t1').icon, 'unverified');
    assert.ok(unguarded.children().some((node) => /Not verified/.test(node.label)));
  });

  it('offers the same actions as the panel', () => {
    const roots = nodes(solvedInTurnTwo());
    assert.deepEqual(one(roots, 't2c4').can, ['diff', 'apply', 'turn']);
    assert.deepEqual(one(roots, 't1c3').can, ['turn']);
    assert.deepEqual(one(roots, 'baseline').can, []);
    const live = nodes(running(), 0);
    assert.deepEqual(live[0]?.can, ['stop']);
    assert.deepEqual(one(live, 't2c1').can, ['diff', 'apply']);
    assert.deepEqual(one(live, 't2c3').can, []);
  });

  it('has ids that stay the same and are unique', () => {
    const ids = all(nodes(solvedInTurnTwo())).map((node) => node.id);
    assert.equal(new Set(ids).size, ids.length);
    assert.deepEqual(
      all(nodes(solvedInTurnTwo())).map((node) => node.id),
      ids,
    );
  });
});
