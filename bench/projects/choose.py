"""Chooses the bugs of bugs.jsonl: for each project a few seeded changes that break from one test to a third of them.

Each gets further wrong changes to the same function that break some of the same tests. Run again only for new bugs:
`python3 bench/projects/choose.py [NAME …]`.
"""

import argparse
import itertools
import json
import sys
import time
from collections.abc import Iterable

from fetch import Project, prepare, projects
from mutate import Mutant, mutants
from plain import Copy, failing
from subject import BUGS, Bug, rows

PER_PROJECT = 4
OTHERS = 3
MOST_BROKEN = 40
MOST_TRIED = 60
_SMALLEST_LIMIT_S = 20.0


class Chooser:
    """The search in one project."""

    def __init__(self, project: Project, copy: Copy, seed: int) -> None:
        self._copy = copy
        self._project = project
        started = time.monotonic()
        baseline = copy.run(self._project.tests, 300)
        if not baseline:
            raise SystemExit(f"{self._project.name}: its own tests do not run.")
        self._limit_s = _SMALLEST_LIMIT_S + 3 * (time.monotonic() - started)
        self.baseline = baseline
        self._texts = {file: (self._project.root / file).read_text() for file in self._project.modules}
        self._mutants = {file: mutants(file, text, seed) for file, text in self._texts.items()}

    def bugs(self) -> list[Bug]:
        """As many as wanted, each in another function, kinds varied as far as they go."""
        found: list[Bug] = []
        rows = itertools.zip_longest(*self._mutants.values())
        pool = [one for row in rows for one in row if one is not None]
        tried = 0
        while pool and len(found) < PER_PROJECT and tried < MOST_TRIED:
            kinds = [bug.mutant.kind for bug in found]
            one = min(pool, key=lambda mutant: kinds.count(mutant.kind))
            pool.remove(one)
            tried += 1
            broken = self._broken(one, self._project.tests)
            if not broken or len(broken) > min(MOST_BROKEN, len(self.baseline) // 3):
                continue
            others = self._others(one, broken)
            if others:
                found.append(Bug(self._project.name, one, tuple(sorted(broken)), others))
                pool = [left for left in pool if left.entry_point != one.entry_point]
                print(f"  {one.file}:{one.line} {one.entry_point} {one.kind}: {len(broken)}", file=sys.stderr)
        return found

    def _others(self, bug: Mutant, broken: set[str]) -> tuple[Mutant, ...]:
        """Other wrong changes to the same function, each of which breaks a test that the bug breaks."""
        found: list[Mutant] = []
        same = [one for one in self._mutants[bug.file] if one.entry_point == bug.entry_point and one != bug]
        for one in same[: 4 * OTHERS]:
            if self._broken(one, sorted(broken)[:MOST_BROKEN]):
                found.append(one)
            if len(found) == OTHERS:
                break
        return tuple(found)

    def _broken(self, mutant: Mutant, selection: Iterable[str]) -> set[str]:
        """Tests which pass on the original code and fail with the change; none when the run did not come to its end."""
        self._copy.write(mutant.file, mutant.applied(self._texts[mutant.file]))
        outcomes = self._copy.run(selection, self._limit_s)
        self._copy.write(mutant.file, self._texts[mutant.file])
        return {test for test in failing(outcomes or {}) if self.baseline.get(test) == "passed"}


def choose(project: Project, seed: int) -> list[Bug]:
    """The bugs of one project."""
    prepare(project)
    with Copy(project.root, project.python, project.import_path) as copy:
        chooser = Chooser(project, copy, seed)
        print(f"{project.name}: {len(chooser.baseline)} tests", file=sys.stderr)
        return chooser.bugs()


def main() -> None:
    """Replaces the bugs of the named projects, keeps those of the others."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    for project in projects(options.names):
        bugs = choose(project, options.seed)
        kept = [json.dumps(row, ensure_ascii=False) for row in rows() if row["project"] != project.name]
        BUGS.write_text("".join(line + "\n" for line in [*kept, *(bug.as_line() for bug in bugs)]))


if __name__ == "__main__":
    main()
