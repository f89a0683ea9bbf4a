// A person repairs a failing test from VS Code's own test views, whose tests another extension owns. Answers are recorded; the
// first test has the real judge and a real pytest, the others the judge's stand-in.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { FakeModel } from '../fakes/model.ts';
import { standIn, type StandIn } from '../fakes/stand_in.ts';
import { Panel } from './panel.ts';
import { screenshot, TERMINALS } from './screenshots.ts';
import { TestViews } from './test_views.ts';
import { Workbench } from './workbench.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const FAILING = 'test_tax_is_added';
const PROPOSAL = /repair which function[\s\S]*likeliest/;
const ENDED_MS = 60_000;
const UNFIXED = '```python\ndef with_tax(price):\n    return price + RATE\n```';
const FIXED = '```python\ndef with_tax(price):\n    return price * (100 + RATE) / 100\n```';

describe('in the window, from a failing test', () => {
  let model: FakeModel;
  let judge: StandIn;
  let workbench: Workbench;
  let panel: Panel;
  let views: TestViews;

  async function openWith(machineSettings: Readonly<Record<string, string>>): Promise<void> {
    model = await FakeModel.start({ script: () => ({ kind: 'answers', texts: [UNFIXED, FIXED] }) });
    workbench = await Workbench.open({
      folder: resolve(ROOT, 'test/fixtures/workspace'),
      settings: { 'mucode.candidates': 2, 'mucode.turns': 1, 'testing.automaticallyOpenTestResults': 'neverOpen' },
      machineSettings: { 'mucode.server.url': model.url, ...machineSettings },
      beside: [resolve(ROOT, 'test/fixtures/test-owner')],
    });
    panel = new Panel(workbench);
    views = new TestViews(workbench);
  }

  beforeEach(() => {
    judge = standIn(ROOT);
  });

  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await workbench.keepPicture(this.currentTest.title);
    const left = await workbench.close();
    await model.stop();
    judge.remove();
    assert.deepEqual(left, [], 'left behind after the window was closed');
  });

  async function ended(words: RegExp): Promise<void> {
    await workbench.until('the outcome', () => panel.outcome(), words, ENDED_MS);
  }

  function pythonOfTests(): string {
    const paths = JSON.parse(readFileSync(resolve(ROOT, '.mucode/paths.json'), 'utf8')) as Record<string, string>;
    const python = paths['serverPython'];
    assert.ok(python, 'there is no Python with pytest here; run `npm run setup -- --for test`');
    return python;
  }

  it('in the Test Explorer: proposal, repair, apply, and the tests once more in the workspace', async () => {
    await openWith({ 'mucode.python': pythonOfTests() });
    await views.runAll();
    await views.unfold(await views.failed('test_prices.py'));
    await views.menu(await views.failed(FAILING), 'Repair with μCode');
    await views.list(/repair which function for test_tax_is_added[\s\S]*with_tax[\s\S]*prices\.py:6[\s\S]*likeliest/);
    await screenshot(workbench, 'proposal');
    await workbench.press('Enter');
    await ended(/Solved/);
    assert.match(await panel.outcome(), /fixes 1, breaks 0/);
    const text = await panel.text();
    assert.match(text, /Adapter:?\s*pytest/);
    assert.match(text, /Python:?\s*3\.\d+\.\d+ from the setting mucode\.python/);
    assert.match(text, /guarded/);
    await workbench.closeNotifications();
    await screenshot(workbench, 'project', [TERMINALS]);

    const right = (await panel.rows()).find((row) => row.cells[0]?.includes('✓'));
    assert.ok(right);
    await panel.select(right.id);
    await panel.press('a');
    await views.answer(/Run its tests in the real workspace/, 'Save and Run Tests');
    await workbench.message(/the tests in the workspace/);
    assert.match(workbench.bytes('shop/prices.py').toString(), /100 \+ RATE/);
  });

  it('in the gutter of its file, and in the peek of its failure', async () => {
    await openWith({ 'mucode.judge.python': judge.program, 'mucode.python': pythonOfTests() });
    await views.runAll();
    await workbench.openFile('test_prices.py');
    await views.menu(views.gutter, 'Repair with μCode');
    await views.list(PROPOSAL);
    await workbench.press('Escape');
    await workbench.goToLine(4);
    await workbench.run('Test: Peek Output');
    await views.peekButton('Repair with μCode');
    await views.list(PROPOSAL);
    await workbench.press('Enter');
    await ended(/Solved/);
  });

  it('the session is still there after the browser loaded the page anew', async () => {
    await openWith({ 'mucode.judge.python': judge.program, 'mucode.python': pythonOfTests() });
    await workbench.openFile('prices.py');
    await workbench.goToLine(8);
    await workbench.run('μCode: Repair Function');
    await ended(/Solved/);
    for (let time = 1; time <= 2; time += 1) {
      await workbench.loadAnew();
      await ended(/Solved/);
    }
  });
});
