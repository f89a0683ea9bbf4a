// The panel's model of this window, put together from the sessions and the reporter.

import * as vscode from 'vscode';

import type { PanelModel } from '../protocol/snapshot.ts';
import type { Reporter } from './report.ts';
import type { Sessions } from './sessions.ts';

export function panelModel(sessions: Sessions, reporter: Reporter): PanelModel {
  return {
    session: sessions.current,
    runningSince: sessions.runningSince,
    queue: sessions.queued,
    error: reporter.trouble,
    activity: sessions.runningSince === null ? sessions.activity : null,
    readOnly: vscode.workspace.isTrusted ? null : 'This folder is not trusted, so nothing of it is run.',
    now: Date.now(),
  };
}
