// The main job with mouse and keyboard and recorded answers, so that every step and number on the screen is known.
import assert from 'node:assert/strict';
import { resolve } from 'node:path';
import { HALF, LOOPS, RAISES, RIGHT, WRONG } from '../fakes/answers.ts';
import { FakeModel, type Script } from '../fakes/model.ts';
import { Panel } from './panel.ts';
import { screenshot, SIDE_BAR, TERMINALS, WIDE } from './screenshots.ts';
import { Workbench } from './workbench.ts';

const FOLDER = resolve(import.meta.dirname, '../fixtures/workspace');
const ENDED_MS = 60_000;

describe('in the window, with recorded answers', () => {
  let model: FakeModel;
  let workbench: Workbench;
  let panel: Panel;

  async function openWith(script: Script, trusted = true): Promise<void> {
    model = await FakeModel.start({ script });
    workbench = await Workbench.open({
      folder: FOLDER,
      trusted,
      settings: { 'mucode.candidates': 5, 'mucode.turns': 3, 'mucode.timeLimit': 1 },
      machineSettings: { 'mucode.server.url': model.url },
    });
    panel = new Panel(workbench);
    await workbench.openFile('totals.py');
  }

  async function ended(words: RegExp): Promise<void> {
    await workbench.until('the outcome', () => panel.outcome(), words, ENDED_MS);
  }

  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await workbench.keepPicture(this.currentTest.title);
    const left = await workbench.close();
    await model.stop();
    assert.deepEqual(left, [], 'left behind after the window was closed');
  });

  it('a function is repaired in two turns, compared, applied and undone', async () => {
    await openWith(({ turn }) => ({
      kind: 'answers',
      texts: turn === 1 ? [WRONG, HALF, RAISES, HALF, LOOPS] : [HALF, RIGHT, RIGHT, RAISES, RIGHT],
    }));
    const original = workbench.bytes('totals.py').toString('latin1');
    await workbench.codeLens(/repair/i).click();
    await ended(/^✓ Solved/);
    const rows = await panel.rows();
    const right = rows.find((row) => row.name.includes('found 3 times'));
    assert.ok(right, rows.map((row) => row.name).join('\n'));
    assert.match(right.name, /pick/);
    assert.equal(right.cells[0], '4/4 ✓');
    assert.deepEqual(
      rows.filter((row) => row.cells[0]?.includes('✓')),
      [right],
    );
    await workbench.closeNotifications();
    await screenshot(workbench, 'panel', [SIDE_BAR, TERMINALS]);

    await panel.select(right.id);
    await panel.press('Enter');
    const { original: before, modified } = await workbench.diff();
    assert.match(before, /totals\.append\(total\)\s+total \+= number/);
    assert.match(modified, /total \+= number\s+totals\.append\(total\)/);
    await screenshot(workbench, 'diff', [SIDE_BAR, TERMINALS, WIDE]);

    await panel.select(right.id);
    await panel.press('a');
    await workbench.tab('totals.py').first().click();
    await workbench.saved('totals.py', (text) => /total \+= number\n\s+totals\.append\(total\)/.test(text));
    await workbench.press('Control+Z');
    await workbench.saved('totals.py', (text) => text === original);
  });

  it('the terminal shows every run, and Ctrl+C in it stops the repair', async () => {
    await openWith((_, count) =>
      count === 1 ? { kind: 'answers', texts: [WRONG, HALF, RAISES] } : { kind: 'silent' },
    );
    await workbench.goToLine(4);
    await workbench.run('μCode: Repair Function');
    await workbench.run('μCode: Show Sandbox Terminal');
    const text = await workbench.until('the terminal', () => workbench.terminalText(), /Turn 2/, ENDED_MS);
    assert.match(text, /T[0-3]/);
    assert.match(text, /fail/);
    await screenshot(workbench, 'terminal');
    await workbench.pressInTerminal('Control+C');
    await workbench.until('the terminal', () => workbench.terminalText(), /stopped/);
    await ended(/Stopped/);
    assert.equal(model.open, 0);
  });

  it('the panel is still there after the page was loaded again', async () => {
    await openWith(() => ({ kind: 'answers', texts: [RIGHT, HALF] }));
    await workbench.goToLine(4);
    await workbench.run('μCode: Repair Function');
    await ended(/Solved/);
    await workbench.reload();
    await ended(/Solved/);
    const names = (await panel.rows()).map((row) => row.name);
    assert.ok(
      names.some((name) => /passes 4 of 4 tests/.test(name)),
      names.join('\n'),
    );
  });

  it('in a folder that is not trusted nothing runs, until the user trusts it', async () => {
    await openWith(() => ({ kind: 'answers', texts: [RIGHT] }), false);
    await workbench.goToLine(4);
    await workbench.run('μCode: Repair Function');
    await workbench.message(/not trusted/);
    assert.equal(model.requests.length, 0);
    await workbench.trust();
    await workbench.openFile('totals.py');
    await workbench.goToLine(4);
    await workbench.run('μCode: Repair Function');
    await ended(/Solved/);
  });
});
