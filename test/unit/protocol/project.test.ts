// What the panel and the tree say about a project's tests: readable names, how they are run, and what the fix does to the rest.

import assert from 'node:assert/strict';
import { outline, type Node } from '../../../src/editor/outline.ts';
import { parseEvent } from '../../../src/protocol/events.ts';
import { testName } from '../../../src/protocol/names.ts';
import type { PanelSession } from '../../../src/protocol/panel.ts';
import { panelSnapshot } from '../../../src/protocol/snapshot.ts';
import type { Session } from '../../../src/repair/session.ts';
import { detailOf } from '../../../src/protocol/detail.ts';
import { concluded, FAILING, fixed } from '../../fakes/projects.ts';
import { fold, PROBLEM } from '../../fakes/sessions.ts';

function shown(session: Session, runningSince: number | null = null): PanelSession {
  const model = { session, runningSince, queue: [], error: null, activity: null, readOnly: null, now: 10_000 };
  const snapshot = panelSnapshot(model, null).session;
  assert.ok(snapshot);
  return snapshot;
}

function nodes(session: Session): readonly Node[] {
  const model = { session, runningSince: null, queue: [], error: null, activity: null, readOnly: null, now: 10_000 };
  const all = (roots: readonly Node[]): readonly Node[] => roots.flatMap((node) => [node, ...all(node.children())]);
  return all(outline(panelSnapshot(model, null), session));
}

describe('the name of a test', () => {
  it('is its last parts, whatever the adapter', () => {
    const names = {
      'tests/test_x.py::TestA::test_b[1-2]': 'TestA.test_b[1-2]',
      'test_x.py::test_b': 'test_b',
      'pkg/mod.py::pkg.mod.f::0': 'f example 1',
      'tests/check_x.py::12': 'check_x.py:12',
      'doctest 2': 'doctest 2',
    };
    for (const [id, name] of Object.entries(names)) assert.equal(testName(id), name);
  });
});

describe('a session on a project', () => {
  it('labels its tests readably and keeps the ids', () => {
    const [first] = shown(fixed()).tests;
    assert.deepEqual([first?.label, first?.name, first?.id], ['t1', 't1 TestPrice.test_total[3-4]', FAILING[0]]);
  });

  it('says how its tests are run, with the whole lists behind', () => {
    const facts = new Map(shown(fixed()).run.map(({ name, value, whole }) => [name, { value, whole }]));
    assert.equal(facts.get('Adapter')?.value, 'pytest');
    assert.deepEqual(facts.get('Python'), {
      value: '3.12.4 from .venv (uv)',
      whole: '/home/ada/shop/.venv/bin/python',
    });
    assert.equal(facts.get('Tests')?.whole, FAILING.join('\n'));
    assert.equal(
      facts.get('Neighbours')?.value,
      '2 passing tests in 1 file and beside the failing ones, run on the pick',
    );
    assert.match(facts.get('Context')?.value ?? '', /^RATE \(about 3 of 1250 tokens\)$/);
    assert.match(facts.get('Flaky, left out')?.value ?? '', /test_clock/);
    assert.match(facts.get('Hidden as secrets')?.value ?? '', /\.env/);
  });

  it('names the tests that also fail and are not repaired for, in the panel and in the tree', () => {
    const [id] = ['tests/test_shop.py::test_voucher'];
    const fact = shown(fixed()).run.find(({ name }) => name === 'Also failing');
    assert.deepEqual(fact, { name: 'Also failing', value: '1 other test, not repaired for: test_voucher', whole: id });
    const node = nodes(fixed()).find((one) => one.label === 'Also failing');
    assert.equal(node?.spoken, 'Also failing: 1 other test, not repaired for: test_voucher');
  });

  it('says which files of the tree the suite changes in copies', () => {
    const { problem, ...rest } = fixed();
    assert.ok(problem.kind === 'workspace');
    const session = shown({
      ...rest,
      problem: { ...problem, rewritten: ['data/a.db', 'out.txt'] },
    });
    const fact = session.run.find(({ name }) => name === 'Tree');
    assert.equal(fact?.value, '2 files that the suite changes, in copies: data/a.db, out.txt');
  });

  it('has nothing to say of that for a function of its own', () => {
    assert.deepEqual(shown({ ...fixed(), problem: PROBLEM }).run, []);
  });

  it('does not call a fix verified before the neighbouring suite has run', () => {
    const session = shown(fixed(), 5000);
    assert.equal(session.activity, 'Running 2 neighbouring tests on t1c1');
    assert.equal(session.rounds[0]?.rows[0]?.mark, 'unverified');
    assert.match(session.detail?.unverified ?? '', /the neighbouring tests have not run on it\.$/);
  });

  it('says what the fix does to the suite, in the panel and in the tree', () => {
    const session = shown(concluded());
    assert.equal(session.rounds[0]?.rows[0]?.mark, 'verified');
    assert.equal(session.final?.words, 'fixes 2, breaks 0 (2 neighbouring tests run as well)');
    const row = nodes(concluded()).find((node) => node.id.endsWith('/t1c1'));
    assert.match(row?.spoken ?? '', /verified, fixes 2, breaks 0/);
  });

  it('is not verified when a neighbouring test breaks', () => {
    const session = shown(concluded(['tests/test_shop.py::test_empty']));
    assert.equal(session.rounds[0]?.rows[0]?.mark, 'unverified');
    assert.match(session.final?.words ?? '', /^fixes 2, breaks 1 /);
    assert.match(session.detail?.unverified ?? '', /it breaks 1 of 2 neighbouring tests/);
  });

  it('remembers of every program that was tried what it breaks', () => {
    const broken = fixed();
    const [pick] = broken.turns[0]?.candidates ?? [];
    assert.ok(pick?.verdict);
    const [final, clean] = [concluded(['tests/test_shop.py::test_empty']).final, concluded().final];
    assert.ok(final && clean);
    const other = { ...pick, id: 't1c2', index: 1, fingerprint: 'print-t1c2' };
    const turns = broken.turns.map((turn) => ({ ...turn, candidates: [pick, other] }));
    const tried = [
      { type: 'final', candidate: 't1c1', verdict: final },
      { type: 'final', candidate: 't1c2', verdict: { ...clean, candidate: 't1c2' } },
    ] as const;
    const session = fold({ ...broken, turns }, tried);
    const rows = shown(session).rounds[0]?.rows ?? [];
    assert.equal(session.final?.candidate, 't1c2');
    assert.match(detailOf(session, rows[0] as (typeof rows)[number]).unverified ?? '', /it breaks 1 of 2/);
  });

  it('gives the judge’s reason for a pass that is not trusted', () => {
    const unguarded = shown(fixed({ judged: 'unguarded', why: 'The program uses sys._getframe.' }));
    assert.match(unguarded.detail?.unverified ?? '', /The program uses sys\._getframe, and the neighbouring/);
    const tampered = shown(fixed({ verdict: 'tamper', why: 'It passed a falsified copy of test_tax.' }));
    assert.equal(tampered.detail?.tamper, 'It passed a falsified copy of test_tax.');
    assert.equal(tampered.rounds[0]?.rows[0]?.mark, 'failing');
  });

  it('is read back from disk as it was', () => {
    const { id, at, problem, options, origin, server } = fixed();
    const event = { type: 'session', v: 1, id, at, problem, options, origin, server } as const;
    assert.deepEqual(parseEvent(JSON.stringify(event)), event);
  });

  it('has the full id of a test in the tree’s tooltip', () => {
    const test = nodes(concluded()).find((node) => node.label.startsWith('t1 TestPrice.test_total'));
    assert.equal(test?.whole, FAILING[0]);
  });
});
