// The whole job with mouse and keyboard against the real embedded model and the real judge. It asserts the flow, never that
// the model solved the task: that is luck.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { startGateway } from '../../tools/demo/gateway.js';
import { Panel, type Row } from './panel.ts';
import { Workbench } from './workbench.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const READY_MS = 180_000;
const ENDED_MS = 240_000;

describe('in the window, with the embedded model', () => {
  let gateway: Awaited<ReturnType<typeof startGateway>> | null = null;

  before(async function () {
    this.timeout(READY_MS);
    const paths = JSON.parse(readFileSync(resolve(ROOT, '.mucode/paths.json'), 'utf8')) as Record<string, string>;
    if (!paths['model']) {
      console.log('    SKIPPED: there is no embedded model here; run `npm run setup -- --for test`.');
      this.skip();
    }
    gateway = await startGateway(ROOT, paths, () => {});
  });

  after(() => gateway?.stop());

  it('a person connects, repairs, sees verdicts, compares, applies and undoes', async function () {
    this.timeout(ENDED_MS + 60_000);
    assert.ok(gateway);
    const workbench = await Workbench.open({
      folder: resolve(ROOT, 'test/fixtures/workspace'),
      settings: { 'mucode.candidates': 8, 'mucode.turns': 2 },
    });
    const panel = new Panel(workbench);
    try {
      const original = workbench.bytes('totals.py').toString('latin1');
      await workbench.openFile('totals.py');
      await connect(workbench, gateway);
      await workbench.goToLine(4);
      await workbench.run('μCode: Repair Function');
      await workbench.until('the outcome', () => panel.outcome(), /Solved|Not solved/, ENDED_MS);

      const rows = await panel.rows();
      assert.ok(rows.length > 1, 'no candidate has a row');
      for (const row of rows) assert.match(row.name, /passes \d of 4 tests|no code in the answer/);
      const candidate = rows.find(differs);
      assert.ok(
        candidate,
        `every answer is without code or the user's own code:\n${rows.map((row) => row.name).join('\n')}`,
      );

      await workbench.closeNotifications();
      await panel.select(candidate.id);
      await panel.press('Enter');
      const sides = await workbench.diff();
      assert.notEqual(sides.modified, sides.original);

      await panel.select(candidate.id);
      await panel.press('a');
      if (!/4 of 4/.test(candidate.name)) {
        assert.match(await workbench.question(), /fails \d of 4 tests/);
        await workbench.answer('Apply Anyway');
      }
      await workbench.tab('totals.py').first().click();
      await workbench.saved('totals.py', (text) => text !== original);
      await workbench.press('Control+Z');
      await workbench.saved('totals.py', (text) => text === original);
    } catch (error) {
      await workbench.keepPicture('whole job');
      throw error;
    } finally {
      assert.deepEqual(await workbench.close(), [], 'left behind after the window was closed');
    }
  });
});

function differs(row: Row): boolean {
  return row.id !== 'baseline' && !/no code|same as your code/.test(row.name);
}

/** Through the command, as a person does it: address, key, test of the connection. */
async function connect(workbench: Workbench, server: { readonly url: string; readonly token: string }): Promise<void> {
  await workbench.run('μCode: Connect to a Server…');
  await workbench.choose('A server by its URL');
  await workbench.enter('URL of the server', server.url);
  await workbench.enter('Its key', server.token);
  await workbench.message(/Ready: /);
}
