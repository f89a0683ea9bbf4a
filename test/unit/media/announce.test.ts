// What a screen reader hears, and when: progress with pauses, the end and the answer to a choice at once.

import assert from 'node:assert/strict';
import { mock } from 'node:test';
import { Announcer } from '../../../media/announce.ts';

describe('the announcer', () => {
  const region = { textContent: '' };
  let announcer: Announcer;
  beforeEach(() => {
    mock.timers.enable({ apis: ['setTimeout', 'Date'] });
    region.textContent = '';
    announcer = new Announcer(region as Element, () => Date.now());
  });
  afterEach(() => mock.timers.reset());

  const heard = (after = 0): string => {
    mock.timers.tick(after);
    return region.textContent;
  };

  it('tells progress after a pause, the newest only', () => {
    for (const text of ['one', 'two', 'three']) announcer.say(text, false);
    assert.deepEqual([heard(), heard(4999), heard(1)], ['one', 'one', 'three']);
  });

  it('tells progress that waited although a choice was answered meanwhile', () => {
    announcer.say('one', false);
    announcer.say('two', false);
    assert.equal(heard(3000), 'one');
    announcer.remark('Highest verifier score first.');
    assert.deepEqual(
      [heard(), heard(4999), heard(1)],
      [...Array<string>(2).fill('Highest verifier score first.'), 'two'],
    );
  });

  it('tells the end, and no progress after it', () => {
    announcer.say('one', false);
    announcer.say('two', false);
    announcer.say('Solved.', true);
    assert.deepEqual([heard(), heard(20_000)], ['Solved.', 'Solved.']);
    announcer.remark('');
    announcer.remark('All rows are shown.');
    assert.equal(heard(20_000), 'All rows are shown.');
  });
});
