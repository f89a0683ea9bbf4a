// Programs that tamper are kept for study in the folder that the judge is given.

import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Judge } from '../../../src/judge/client.ts';
import { noIsolation } from '../../fakes/isolation.ts';
import { PROBLEM } from '../../fakes/recorded.ts';

const JUDGE = join(import.meta.dirname, '../../../server-py/mucode/judge');
const FORGES = "import math\nimport os\nos.write(4, b'{}\\n')\n\ndef f(x):\n    return x\n";

describe('Programs that tamper', function () {
  this.timeout(60_000);

  it('are kept with their verdicts in the folder that was named, and no others', async function () {
    const missing = await noIsolation();
    if (missing !== null) {
      console.log(`SKIPPED: ${missing}`);
      this.skip();
    }
    const folder = await mkdtemp(join(tmpdir(), 'mucode-tampered-'));
    const judge = new Judge({ python: null, judgeDir: JUDGE, keepTampered: join(folder, 'kept') });
    const tests = [{ id: 't1', source: 'assert f(1) == 1' }];
    const problem = { ...PROBLEM, context: '', code: 'def f(x):\n    return None', public_tests: tests };
    try {
      for (const [id, program] of [
        ['honest', 'def f(x):\n    return x\n'],
        ['forges', FORGES],
      ] as const) {
        await judge.judge(problem, 'public', { id, program }, () => {}, new AbortController().signal);
      }
      const kept = await readdir(join(folder, 'kept'));
      assert.equal(kept.length, 1);
      const record: unknown = JSON.parse(await readFile(join(folder, 'kept', kept[0] ?? ''), 'utf8'));
      const { text, verdict } = record as { text: string; verdict: { candidate: string; verdict: string } };
      assert.deepEqual([text, verdict.candidate, verdict.verdict], [FORGES, 'forges', 'tamper']);
    } finally {
      await judge.dispose();
      await rm(folder, { recursive: true });
    }
  });
});
