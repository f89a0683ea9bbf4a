// The judge's stand-in as an interpreter: a program that answers as any Python would when asked for its version, and is
// judge.py when it is started as the judge.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export type StandIn = { readonly program: string; remove(): void };

/** `root` is the repository. */
export function standIn(root: string): StandIn {
  const folder = mkdtempSync(join(tmpdir(), 'fake-judge-'));
  const program = join(folder, 'python');
  const judge = join(root, 'test/fakes/judge.py');
  writeFileSync(program, `#!/bin/sh\nif [ "$2" = -c ]; then echo "3.11 $0"; else exec python3 ${judge}; fi\n`);
  chmodSync(program, 0o755);
  return { program, remove: () => rmSync(folder, { recursive: true, force: true }) };
}
