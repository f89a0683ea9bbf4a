// Which tests a candidate fixes and breaks.

import assert from 'node:assert/strict';
import { effectOf, effectWords } from '../../../src/repair/effect.ts';
import { verdict } from '../../fakes/sessions.ts';

describe('effectOf', () => {
  const baseline = verdict('baseline', 'pffpe');

  it('compares a candidate with the user’s code, test by test', () => {
    const effect = effectOf(baseline, verdict('t1c1', 'ppffp'), null);
    assert.deepEqual(effect, { fixes: ['t2', 't5'], breaks: ['t4'], still: ['t3'], neighbours: null });
    assert.equal(effectWords(effect), 'fixes 2, breaks 1');
  });

  it('counts a neighbouring test that does not pass as broken, however it fails', () => {
    const effect = effectOf(baseline, verdict('t1c1', 'ppppp'), verdict('t1c1', 'ptsxl'));
    assert.deepEqual(effect.breaks, ['t2', 't3', 't4', 't5']);
    assert.equal(effectWords(effect), 'fixes 3, breaks 4 (5 neighbouring tests run as well)');
  });

  it('counts every pass as a fix where the code was never judged', () => {
    assert.equal(
      effectWords(effectOf(null, verdict('t1c1', 'pf'), verdict('t1c1', 'p'))),
      'fixes 1, breaks 0 (1 neighbouring test run as well)',
    );
  });
});
