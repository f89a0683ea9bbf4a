"""What the judge and plain pytest are both given: a project, a file under repair, and whole programs for it."""

import ast
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from fetch import Project, prepare, projects
from mutate import Mutant, recovered
from plain import Copy

BUGS = Path(__file__).resolve().parent / "bugs.jsonl"
_TRUTH_LIMIT_S = 300.0


@dataclass(frozen=True)
class Subject:
    """One file under repair and what is known about it."""

    root: Path
    python: str
    import_path: str
    adapter: str
    selection: tuple[str, ...]
    file: str
    text: str
    """The file with its bug."""
    entry_point: str
    right: str
    """The file as it should be."""
    programs: dict[str, str]
    """Candidates by name: whole new texts of the file."""

    @classmethod
    def of_project(cls, name: str, which: int) -> "Subject":
        """A prepared project with one of its bugs."""
        (project,) = projects([name])
        prepare(project)
        return cls.of_bug(project, bugs_of(name)[which])

    @classmethod
    def of_bug(cls, project: Project, bug: "Bug") -> "Subject":
        """The original and all wrong changes are the candidates."""
        right = (project.root / bug.mutant.file).read_text()
        wrong = {f"wrong: {one.kind}, line {one.line}": one.applied(right) for one in [bug.mutant, *bug.others]}
        return cls(
            project.root,
            project.python,
            project.import_path,
            project.adapter,
            project.tests,
            bug.mutant.file,
            bug.mutant.applied(right),
            bug.mutant.entry_point,
            right,
            {"right: original": right, **wrong},
        )

    def copy(self) -> Copy:
        """A copy of the tree to run plain pytest in."""
        return Copy(self.root, self.python, self.import_path)

    def tests(self) -> list[str]:
        """The tests that pass on the right program, in order. Raises ValueError when there are none."""
        with self.copy() as copy:
            copy.write(self.file, self.right)
            outcomes = copy.run(self.selection, _TRUTH_LIMIT_S) or {}
        found = [test for test, outcome in outcomes.items() if outcome == "passed"]
        if not found:
            raise ValueError(f"No test of {self.root.name} passes on the right program; run them by hand.")
        return found

    def problem(self, public: list[str], private: list[str] | None = None) -> dict[str, Any]:
        """The problem as the judge's interface has it."""
        first, last = region(self.text, self.entry_point)
        return {
            "id": f"{self.root.name} {self.file} {self.entry_point}",
            "language": "python",
            "kind": "workspace",
            "instruction": "",
            "root": str(self.root),
            "file": self.file,
            "text": self.text,
            "lines": [first, last],
            "entry_point": self.entry_point,
            "code": "\n".join(self.text.split("\n")[first - 1 : last]),
            "context": "",
            "buffers": {},
            "adapter": self.adapter,
            "public_tests": [{"id": test, "source": ""} for test in public],
            "private_tests": [{"id": test, "source": ""} for test in private or []],
            "time_limit_s": 30,
            "suite_limit_s": 120,
            "python": self.python,
        }


@dataclass(frozen=True)
class Bug:
    """One line of bugs.jsonl."""

    project: str
    mutant: Mutant
    breaks: tuple[str, ...]
    """The tests that plain pytest says fail with it, and pass without."""
    others: tuple[Mutant, ...]
    """Other wrong changes to the same function, each of which breaks one of these tests too."""

    def as_line(self) -> str:
        """One line of JSON."""
        others = [one.as_json() for one in self.others]
        row = {"project": self.project, **self.mutant.as_json(), "breaks": self.breaks, "others": others}
        return json.dumps(row, ensure_ascii=False)


def bugs_of(name: str) -> list[Bug]:
    """The bugs of one project, which must be there. Raises ValueError when its files are other ones."""
    (project,) = projects([name])
    return [_bug(project, row) for row in rows() if row["project"] == name]


def rows() -> list[dict[str, Any]]:
    """What the file holds, in its order."""
    return [json.loads(line) for line in BUGS.read_text().splitlines()] if BUGS.exists() else []


def _bug(project: Project, row: dict[str, Any]) -> Bug:
    named, breaks, others = row.pop("project"), row.pop("breaks"), row.pop("others")
    text = (project.root / row["file"]).read_text()
    return Bug(named, recovered(text, row), tuple(breaks), tuple(recovered(text, one) for one in others))


def region(text: str, entry_point: str) -> tuple[int, int]:
    """First and last line of the top-level statement that holds the entry point, decorators included."""
    name = entry_point.split(".", maxsplit=1)[0]
    node = [one for one in ast.parse(text).body if getattr(one, "name", None) == name][-1]
    decorators = [one.lineno for one in getattr(node, "decorator_list", [])]
    return min([node.lineno, *decorators]), node.end_lineno or node.lineno
