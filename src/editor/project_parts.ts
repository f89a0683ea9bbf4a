// Wiring of what belongs to the tests of projects: who knows whom among them. extension.ts wires the rest.

import type * as vscode from 'vscode';

import type { Owner } from '../own.ts';
import { Confirmation } from './confirmation.ts';
import { KnownFailures } from './failures.ts';
import { Fixes } from './fixes.ts';
import type { Highlight } from './highlight.ts';
import type { Judging } from './judging.ts';
import { Projects } from './projects.ts';
import { TestRuns } from './runs.ts';
import type { Sessions } from './sessions.ts';
import { Workspaces } from './workspaces.ts';

export type ProjectParts = {
  readonly projects: Projects;
  readonly workspaces: Workspaces;
  readonly confirmation: Confirmation;
};

type Given = {
  readonly memory: vscode.Memento;
  readonly judging: Judging;
  readonly sessions: Sessions;
  readonly highlight: Highlight;
  readonly log: vscode.LogOutputChannel;
};

export function projectParts(owner: Owner, { memory, judging, sessions, highlight, log }: Given): ProjectParts {
  const { judge } = judging;
  const projects = new Projects(memory, log);
  const failures = new KnownFailures();
  owner.own(new Fixes(failures));
  owner.own(new TestRuns(sessions));
  const workspaces = new Workspaces({ judge, projects, failures, highlight, log });
  return { projects, workspaces, confirmation: new Confirmation(judge, failures, log) };
}
