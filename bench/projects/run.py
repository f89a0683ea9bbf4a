"""Tries the judge on real projects with bugs.jsonl's bugs, each as a person would meet it: `npm run bench:projects`.

For each bug: the tree gets it, the tests are discovered, the suspects looked at, the original code and wrong changes
are judged, the neighbouring tests run, and the tree must be the same afterwards. Prints a table for docs/RESULTS.md.
"""
# ruff: noqa: T201  a measurement speaks by printing

import argparse
import contextlib
import hashlib
import json
import os
import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from fetch import Project, prepare, projects
from serving import RefusedError, Serve
from subject import Bug, Subject, bugs_of

_SECONDS = {"time_limit_s": 30, "suite_limit_s": 180}
_FIRST_FEW = 3
_MOST_SHOWN = 300


@dataclass
class Row:
    """What came of one bug."""

    project: str
    bug: str
    tests: int = 0
    found: str = ""
    """Failing tests as discovered, against those that plain pytest says."""
    flaky: int = 0
    writable: bool = False
    rewritten: list[str] = field(default_factory=list[str])
    """Data files that the suite changes."""
    suspect: int | None = None
    """Rank of the function that has the bug, from 1."""
    neighbours: bool = False
    """Whether every file with a test that the bug breaks is among the neighbours."""
    original: str = ""
    kept: str = ""
    """The tests that passed before, on the original."""
    kept_judged: str = ""
    """As the weakest of them was."""
    wrong: str = ""
    """Wrong changes refused, of all."""
    same_tree: bool = False
    cold_s: float = 0.0
    warm_s: float = 0.0
    """Seconds for one candidate on the failing tests, everything warm."""
    troubles: list[str] = field(default_factory=list[str])

    @property
    def good(self) -> bool:
        """Whether everything came out as it must."""
        return not self.troubles


@contextlib.contextmanager
def injected(subject: Subject) -> Iterator[None]:
    """The tree with the bug in it."""
    path = subject.root / subject.file
    path.write_text(subject.text, newline="")
    try:
        yield
    finally:
        path.write_text(subject.right, newline="")


def digest(root: Path) -> str:
    """Of names, kinds, modes and contents of everything below; of an inner environment only names and sizes."""
    total = hashlib.sha256()
    for folder, folders, files in os.walk(root):
        folders.sort()
        inner = ".venv" in Path(folder).relative_to(root).parts
        for name in [*folders, *sorted(files)]:
            path = Path(folder, name)
            state = path.lstat()
            content = path.read_bytes() if not inner and path.is_file() and not path.is_symlink() else b""
            size = 0 if path.is_dir() else state.st_size
            total.update(f"{path.relative_to(root)} {state.st_mode} {size}\0".encode() + content)
    return total.hexdigest()


def tried(serve: Serve, project: Project, bug: Bug) -> Row:
    """One bug from the failing test to the verdicts."""
    subject = Subject.of_bug(project, bug)
    row = Row(project.name, f"{bug.mutant.file}:{bug.mutant.line} `{bug.mutant.entry_point}`, {bug.mutant.kind}")
    with injected(subject):
        before = digest(subject.root)
        try:
            discovered = _discover(serve, subject, bug, row)
            if discovered:
                _judge(serve, subject, bug, row, discovered)
        except RefusedError as error:
            row.troubles.append(f"refused: {str(error)[:_MOST_SHOWN]}")
        row.same_tree = digest(subject.root) == before
        if not row.same_tree:
            row.troubles.append("the tree has changed")
    return row


def _discover(serve: Serve, subject: Subject, bug: Bug, row: Row) -> list[dict[str, Any]]:
    """The tests of the whole selection; notes what is missing or too many."""
    fields = {"root": str(subject.root), "adapter": subject.adapter, "python": subject.python, **_SECONDS}
    started = time.monotonic()
    told = serve.ask("discover", selection=list(subject.selection), **fields)[-1]
    row.cold_s = time.monotonic() - started
    tests: list[dict[str, Any]] = told["tests"]
    row.tests, row.writable, row.rewritten = len(tests), told["writable"], told["rewritten"]
    row.flaky = sum(test["flaky"] for test in tests)
    failing = {test["id"] for test in tests if test["result"] not in ("pass", "skipped")}
    missed = set(bug.breaks) - failing
    row.found = f"{len(bug.breaks) - len(missed)}/{len(bug.breaks)}"
    row.troubles += [f"not found failing: {test}" for test in sorted(missed)[:_FIRST_FEW]]
    asked = sorted(set(bug.breaks) & failing)[:5]
    if not asked:
        return []
    told = serve.ask("discover", selection=asked, **fields)[-1]
    ranks = [(one["file"], one["entry_point"]) for one in told["suspects"]]
    wanted = (subject.file, subject.entry_point)
    row.suspect = ranks.index(wanted) + 1 if wanted in ranks else None
    if row.suspect is None or row.suspect > _FIRST_FEW:
        row.troubles.append(f"suspect {row.suspect}: {ranks[:_FIRST_FEW]}")
    files = serve.ask("neighbours", root=str(subject.root), file=subject.file, python=subject.python)[-1]["files"]
    outside = {test.split("::")[0] for test in bug.breaks} - set(files)
    row.neighbours = not outside
    row.troubles += [f"no neighbour: {file}" for file in sorted(outside)[:_FIRST_FEW]]
    return tests


def _judge(serve: Serve, subject: Subject, bug: Bug, row: Row, tests: list[dict[str, Any]]) -> None:
    """The original and the wrong changes."""
    public = [test["id"] for test in tests if test["id"] in bug.breaks]
    private = [test["id"] for test in tests if test["result"] == "pass" and not test["flaky"]]
    problem = {**subject.problem(public, private), "writable": row.writable, "rewritten": row.rewritten}
    right = {"right": subject.right}
    verdict = serve.judge(problem, "public", right)[0]["right"]
    row.original = f"{verdict['verdict']}, {verdict['judged']}"
    row.troubles += _complaints(verdict, "guarded")
    row.warm_s = serve.judge(problem, "public", right)[1]
    verdict = serve.judge(problem, "private", right)[0]["right"]
    held = sum(test["result"] == "pass" for test in verdict["tests"])
    row.kept = f"{held}/{len(private)}"
    # Some tests demand nothing, and no canary can guard those; that is said, and no fault.
    row.kept_judged = verdict["judged"]
    row.troubles += _complaints(verdict, "guarded", "unguarded")
    wrong = {name: text for name, text in subject.programs.items() if text != subject.right}
    verdicts = serve.judge(problem, "public", wrong)[0]
    passed = [name for name in wrong if verdicts[name]["verdict"] == "pass"]
    row.wrong = f"{len(wrong) - len(passed)}/{len(wrong)}"
    row.troubles += [f"wrong pass: {name}" for name in passed]


def _complaints(verdict: dict[str, Any], *accepted: str) -> list[str]:
    """Why a right program is not green, or not as well guarded as is accepted."""
    if verdict["verdict"] == "pass":
        return [] if verdict["judged"] in accepted else [f"{verdict['judged']}: {verdict.get('why')}"]
    bad = [test for test in verdict["tests"] if test["result"] != "pass"]
    told = [f"{test['test']}: {test['result']}, {str(test['error'])[:200]}" for test in bad[:_FIRST_FEW]]
    return [f"right, yet {verdict['verdict']} ({len(bad)} tests): {verdict.get('why')}", *told]


def table(rows: list[Row]) -> str:
    """A line for each bug, as Markdown."""
    lines = _head("project", "bug", "failing found", "suspect", "original", "kept", "wrong refused", "cold s", "warm s")
    for row in rows:
        kept = f"{row.kept}, {row.kept_judged}"
        cells = [row.project, row.bug, row.found, row.suspect or "no", row.original, kept, row.wrong]
        lines.append(f"| {' | '.join(map(str, cells))} | {row.cold_s:.1f} | {row.warm_s:.2f} |")
    return "\n".join(lines)


def summary(rows: list[Row]) -> str:
    """A line for each project, as Markdown."""
    columns = (
        "project",
        "layout",
        "tests",
        "failing found",
        "in first 3",
        "first",
        "original",
        "kept",
        "wrong refused",
    )
    lines = _head(*columns, "tree same")
    for project in projects(list({row.project for row in rows})):
        own = [row for row in rows if row.project == project.name]
        ranks = [row.suspect or 99 for row in own]
        cells = [
            f"{project.name} {project.version}",
            project.layout,
            max(row.tests for row in own),
            _sum(row.found for row in own),
            f"{sum(rank <= _FIRST_FEW for rank in ranks)}/{len(own)}",
            f"{ranks.count(1)}/{len(own)}",
            f"{sum(row.original == 'pass, guarded' for row in own)}/{len(own)}",
            _sum(row.kept for row in own),
            _sum(row.wrong for row in own),
            f"{sum(row.same_tree for row in own)}/{len(own)}",
        ]
        lines.append(f"| {' | '.join(map(str, cells))} |")
    return "\n".join(lines)


def _head(*columns: str) -> list[str]:
    return [f"| {' | '.join(columns)} |", "|" + " --- |" * len(columns)]


def _sum(fractions: Iterable[str]) -> str:
    """Of "3/4" and "2/2": "5/6"."""
    parts = [one.split("/") for one in fractions if "/" in one]
    return f"{sum(int(one[0]) for one in parts)}/{sum(int(one[1]) for one in parts)}"


def main() -> None:
    """Prints a line for each bug as it goes, then the table and the sums."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--tier")
    parser.add_argument("--json", help="file for everything that was noted")
    parser.add_argument("--from", nargs="*", dest="noted", help="such files: prints their tables and tries nothing")
    options = parser.parse_args()
    rows = [Row(**row) for file in options.noted or [] for row in json.loads(Path(file).read_text())]
    for project in projects(options.names) if not options.noted else []:
        prepare(project)
        for bug in bugs_of(project.name):
            # A fresh judge for each bug: the first discovery is a cold one.
            with Serve(options.tier) as serve:
                row = tried(serve, project, bug)
            rows.append(row)
            print(f"{'ok  ' if row.good else 'LOOK'} {row.project} {row.bug} {row.troubles or ''}", flush=True)
    if options.json:
        Path(options.json).write_text(json.dumps([asdict(row) for row in rows], indent=1))
    print(f"\n{table(rows)}\n\n{summary(rows)}\n\n{sum(row.good for row in rows)} of {len(rows)} bugs as they must be")


if __name__ == "__main__":
    main()
