// What the terminal shows: marks, widths, redrawing, and no escape codes of others.

import assert from 'node:assert/strict';
import { unifiedDiff } from '../../../src/cli/diff.ts';
import { matrix } from '../../../src/cli/matrix.ts';
import { jsonScreen, liveScreen, plainScreen, summary, type Screen, type Terminal } from '../../../src/cli/screen.ts';
import { cut, line, widthOf } from '../../../src/cli/text.ts';
import { begin, step, type Session } from '../../../src/repair/session.ts';
import { answer, Recorded, scoring } from '../../fakes/recorded.ts';

const ESCAPE = '\u001b';

function terminalOf(columns: number, color: boolean): { terminal: Terminal; text: () => string } {
  let text = '';
  const write = (more: string): void => {
    text += more;
  };
  return { terminal: { write, isTerminal: true, color, size: () => ({ columns, rows: 24 }) }, text: () => text };
}

function rows(session: Session): readonly string[] {
  return matrix(session).map((spans) => line(spans, 200, false));
}

function play(recorded: Recorded, screen: Screen): void {
  const [first, ...rest] = recorded.events;
  assert.ok(first?.type === 'session');
  let session = begin(first);
  screen.show(first, session);
  for (const event of rest) {
    session = step(session, event);
    screen.show(event, session);
  }
  screen.end();
}

async function recordedSession(): Promise<Recorded> {
  const turns = [
    [answer('a', 1), answer('a', 1), 'no code'],
    [answer('a', 1), answer('good', 3), answer('broken', 0)],
  ];
  const recorded = new Recorded({ turns });
  await recorded.run();
  return recorded;
}

describe('matrix', () => {
  it('has a row for each program with its count, marks, pick and what it repeats', async () => {
    const found = rows((await recordedSession()).session);
    assert.match(found[1] ?? '', /^your code +✗ ✗ ✗ +0\/3 +outside/);
    assert.match(found[2] ?? '', /^turn 1 \(temperature 0.7\)/);
    assert.match(found[3] ?? '', /^ t1c1 ×2 +✓ ✗ ✗ +1\/3 .*← pick/);
    assert.match(found[4] ?? '', /^ t1c3 +E E E +0\/3 .*holds no code/);
    assert.match(found[5] ?? '', /from t1c1/);
    assert.match(found[6] ?? '', /t2c1 .*same as t1c1/);
    assert.match(found[7] ?? '', /t2c2 +✓ ✓ ✓ +3\/3 .*← pick/);
    assert.match(found[8] ?? '', /same as your code/);
  });

  it('has rank and probability of each program, the user’s own beside them, in no colour', async () => {
    const turns = [[answer('a', 1, 'score 2'), answer('b', 3, 'score -1')]];
    const recorded = new Recorded({ turns, options: { selector: 'pt+lv' }, score: scoring });
    const { session } = await recorded.run().then(() => recorded);
    const found = rows(session);
    assert.match(found[1] ?? '', /^your code .* outside +50 %/);
    assert.match(found[3] ?? '', /t1c1 .* outside +#1 {2}88 %/);
    assert.match(found[4] ?? '', /t1c2 .* outside +#2 {2}27 %/);
    const spans = matrix(session).flat();
    for (const [shown, style] of spans) if (shown.includes('%')) assert.equal(style, 'plain');
  });

  it('says why there are no scores', async () => {
    const recorded = new Recorded({ turns: [[answer('b', 3)]], options: { selector: 'pt+lv' } });
    const found = rows(await recorded.run());
    assert.match(found[2] ?? '', /^turn 1 .* tests only: recorded has no verifier\.$/);
  });

  it('is green only where the pass is certain', async () => {
    for (const [script, green] of [
      [{}, true],
      [{ judged: 'unguarded' }, false],
      [{ tier: 'T0' }, false],
    ] as const) {
      const recorded = new Recorded({ turns: [[answer('good', 3)]], ...script });
      const session = await recorded.run();
      const styles = matrix(session)
        .flat()
        .map(([, style]) => style);
      assert.equal(styles.includes('good'), green);
    }
  });

  it('shows only counts beyond what fits', async () => {
    const public_tests = Array.from({ length: 40 }, (_, i) => ({ id: `t${i}`, source: `assert f(${i})` }));
    const session = await new Recorded({
      turns: [[answer('a', 7)]],
      problem: { public_tests },
      options: { turns: 1 },
    }).run();
    assert.ok(rows(session).some((row) => /t1c1 +7\/40/.test(row)));
    assert.ok(rows(session).every((row) => !row.includes('✓')));
  });
});

describe('a screen', () => {
  it('live redraws within the width and ends with the whole matrix', async () => {
    const { terminal, text } = terminalOf(40, false);
    play(await recordedSession(), liveScreen(terminal));
    const lines = text().split('\n');
    assert.ok(
      lines.slice(-9).every(
        (one) =>
          widthOf(
            one
              .split(ESCAPE)
              .at(-1)
              ?.replace(/^\[[0-9;]*[A-Za-z]/, '') ?? '',
          ) <= 40,
      ),
    );
    assert.ok(lines.some((one) => one.includes('t2c2')));
  });

  it('without colour writes no colour', async () => {
    const { terminal, text } = terminalOf(80, false);
    play(await recordedSession(), plainScreen(terminal));
    assert.ok(!text().includes(ESCAPE));
    assert.match(text(), / t2c2: 3\/3 pass, outside\n/);
    assert.match(text(), / t1c2: 1\/3 fail, same as t1c1\n/);
  });

  it('as JSON writes each event on a line', async () => {
    const { terminal, text } = terminalOf(80, true);
    const recorded = await recordedSession();
    play(recorded, jsonScreen(terminal));
    const lines = text().trimEnd().split('\n');
    assert.deepEqual(
      lines.map((one): unknown => JSON.parse(one)),
      JSON.parse(JSON.stringify(recorded.events)),
    );
  });
});

describe('summary', () => {
  it('says how it ended, with honest counts', async () => {
    const text = line(summary((await recordedSession()).session), 500, false);
    assert.match(text, /^solved: t2c2 passes all 3 tests\./);
    assert.match(text, /6 answers, 3 programs, 2 turns, 60 tokens/);
  });
});

describe('text', () => {
  it('of others cannot steer the terminal', () => {
    const shown = line([['a\u001b[2Jb\rc\u202ed\u200be\u0007']], 100, false);
    for (const steering of [ESCAPE, '\r', '\u202e', '\u200b', '\u0007']) assert.ok(!shown.includes(steering));
    assert.ok(shown.startsWith('a') && shown.endsWith('\\x07'));
  });

  it('is cut by columns, not by characters', () => {
    assert.equal(cut('abcdef', 4), 'abc…');
    assert.equal(cut('abcd', 4), 'abcd');
    assert.equal(widthOf('日本'), 4);
    assert.equal(cut('日本語', 5), '日本…');
    assert.equal(cut('abc', 0), '');
  });
});

describe('unifiedDiff', () => {
  const lines = (text: string): readonly string[] => text.split('');
  const of = (before: string, after: string): readonly string[] =>
    unifiedDiff(lines(before), lines(after)).map((spans) => line(spans, 80, false));

  it('gives a hunk with three lines around', () => {
    assert.deepEqual(of('abcdefghij', 'abcdeXghij'), [
      '@@ -3,7 +3,7 @@',
      ' c',
      ' d',
      ' e',
      '-f',
      '+X',
      ' g',
      ' h',
      ' i',
    ]);
  });

  it('gives two hunks for distant edits, the second where it stands afterwards', () => {
    const found = of('abcdefghijklmnop', 'aXbcdefghijklmnoY');
    assert.deepEqual(
      found.filter((one) => one.startsWith('@@')),
      ['@@ -1,4 +1,5 @@', '@@ -13,4 +14,4 @@'],
    );
  });

  it('of equal texts is empty', () => {
    assert.deepEqual(of('abc', 'abc'), []);
  });
});
