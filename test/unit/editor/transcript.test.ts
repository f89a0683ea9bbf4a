// The terminal's lines and the status bar's words: what is shown, and that no program can write control sequences into them.

import assert from 'node:assert/strict';
import { stripVTControlCharacters } from 'node:util';
import { runLines, sessionLines } from '../../../src/editor/transcript.ts';
import { sessionId, statusWords } from '../../../src/editor/words.ts';
import type { SessionEvent } from '../../../src/repair/events.ts';
import type { Verdict } from '../../../src/repair/problem.ts';
import { begin, step, type Session } from '../../../src/repair/session.ts';
import { scored } from '../../fakes/sessions.ts';

const SOURCES = new Map([['line 3', 'assert f(1) == 2']]);
const PASS: Verdict = {
  candidate: 't1c1',
  verdict: 'pass',
  judged: 'outside',
  tests: [{ test: 'line 3', result: 'pass', expected: null, got: null, error: null, ms: 1 }],
  feedback: '',
  fingerprint: 'f',
  ms: 4,
  tier: 'T3',
  why: null,
};

function plain(lines: readonly string[]): string {
  return lines.map((line) => stripVTControlCharacters(line)).join('\n');
}

describe('the sandbox terminal', () => {
  it('shows candidate, result, time and source of each test', () => {
    const line = plain(
      runLines({ type: 'test', candidate: 't1c1', which: 'public', test: 'line 3', result: 'fail', ms: 4.25 }, SOURCES),
    );
    assert.match(line, /t1c1 +fail +4\.3 ms +line 3 +assert f\(1\) == 2/);
  });

  it('shows where a verdict was decided and in which isolation', () => {
    const [line = ''] = runLines({ type: 'verdict', which: 'public', verdict: PASS }, SOURCES);
    assert.match(stripVTControlCharacters(line), /pass 1 of 1, judged outside, T3/);
    assert.ok(line.includes('\u001b[32m'), 'a verified pass is green');
  });

  it('is not green for what ran without isolation', () => {
    const [line = ''] = runLines({ type: 'verdict', which: 'public', verdict: { ...PASS, tier: 'T0' } }, SOURCES);
    assert.ok(!line.includes('\u001b[32m'));
  });

  it('does not show the source of a private test', () => {
    const lines = runLines(
      { type: 'test', candidate: 'c', which: 'private', test: 'line 3', result: 'pass', ms: 1 },
      SOURCES,
    );
    assert.doesNotMatch(plain(lines), /assert/);
  });

  it('lets no control sequence of a program through', () => {
    const hostile = '\u001b]0;owned\u0007\u001b[2J\r\nnext';
    const lines = [
      ...runLines({ type: 'infra', message: hostile }, SOURCES),
      ...runLines({ type: 'test', candidate: hostile, which: 'public', test: hostile, result: 'pass', ms: 1 }, SOURCES),
      ...sessionLines({ type: 'end', outcome: 'failed', message: hostile, ms: 1 }),
    ];
    const colour = new RegExp(`${String.fromCodePoint(27)}\\[\\d+m`, 'g');
    for (const line of lines) {
      const rest = line.replaceAll(colour, '');
      assert.ok(
        Array.from(rest).every((one) => one >= ' ' && one !== '\u007f'),
        JSON.stringify(rest),
      );
    }
  });
});

describe('the verifier in the sandbox terminal', () => {
  it('gives its opinion of each program by rank, or the reason why there is none', () => {
    const [line = ''] = sessionLines(scored(1, { t1c1: -2, t1c3: 2, baseline: 0 }));
    assert.match(line, /verifier r1: t1c3 #1 88 %, t1c1 #2 12 %, your code 50 %/);
    assert.ok(!line.includes('\u001b[32m'));
    const [none = ''] = sessionLines(scored(1, {}, { unavailable: 'tests only: h has no verifier.', revision: null }));
    assert.match(none, /tests only: h has no verifier\./);
  });
});

describe('the status bar', () => {
  function session(...events: readonly SessionEvent[]): Session {
    const first: Extract<SessionEvent, { type: 'session' }> = {
      type: 'session',
      v: 1,
      id: 's',
      at: '',
      problem: {
        id: 'p',
        language: 'python',
        kind: 'function',
        instruction: '',
        context: '',
        entry_point: 'f',
        code: '',
        public_tests: [],
        private_tests: [],
        time_limit_s: 5,
      },
      options: { candidates: 5, turns: 3, temperature: 0.7, selector: 'pt', seed: 1 },
      origin: { task: 'repair', file: 'file:///a.py', label: 'f', lines: [1, 2] },
      server: { url: 'u', model: 'm' },
    };
    return events.reduce(step, begin(first));
  }

  it('says the turn and how many candidates are judged', () => {
    assert.equal(statusWords(session()), 'running your tests');
    const turn: SessionEvent = { type: 'turn', turn: 2, temperature: 0.7, messages: [] };
    const judged: SessionEvent = { type: 'verdict', turn: 2, candidate: 't2c1', verdict: PASS };
    const progress: SessionEvent = { type: 'progress', turn: 2, index: 1, chars: 30 };
    assert.equal(statusWords(session(turn, progress, judged)), 'turn 2/3, 1 of 5 judged');
  });

  it('counts a turn beyond the planned ones as one more', () => {
    assert.equal(
      statusWords(session({ type: 'turn', turn: 4, temperature: 1, messages: [] })),
      'turn 4/4, 0 of 5 judged',
    );
  });
});

describe('a session id', () => {
  it('sorts by time and is a plain file name', () => {
    const early = sessionId(new Date('2026-01-02T03:04:05Z'), 0.9999999);
    const late = sessionId(new Date('2026-01-02T03:04:06Z'), 0);
    assert.equal(early, '20260102-030405-zzzz');
    assert.ok(early < late);
    assert.match(late, /^[\w-]+$/);
  });
});
