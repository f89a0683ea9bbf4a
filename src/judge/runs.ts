// What the judge runs, as it happens, for whoever wants to watch: the "μCode sandbox" terminal and logs.

import type { TestResult, Verdict } from '../repair/problem.ts';

export type RunEvent =
  | {
      readonly type: 'started';
      readonly candidate: string;
      readonly which: 'public' | 'private';
      readonly tests: number;
    }
  | {
      readonly type: 'test';
      readonly candidate: string;
      readonly which: 'public' | 'private';
      readonly test: string;
      readonly result: TestResult;
      readonly ms: number;
    }
  | { readonly type: 'verdict'; readonly which: 'public' | 'private'; readonly verdict: Verdict }
  | { readonly type: 'infra'; readonly message: string }
  | { readonly type: 'cancelled'; readonly candidate: string }
  | { readonly type: 'judge'; readonly tier: string; readonly why: readonly string[]; readonly python: string };
