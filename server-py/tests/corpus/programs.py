"""Reads the corpus: programs in text files, one per file, each with a small header, and the problems they answer.

    # problem: double, loops
    # expect: not-pass
    # attacks: leaves the process before any test has run

`expect` is `pass` (and green), `not-pass` (no single test may be green), `any` (whatever the verdict, nothing may stay
behind), or results of which the verdict must be one: `limit|timeout`. A `# seconds: 1` line sets the time per test.
"""

import functools
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mucode.judge.problem import Problem, function_from_json

FOLDER = Path(__file__).parent
_SECONDS = {"hostile": 0.5, "honest": 20.0}


@dataclass(frozen=True)
class Program:
    """One program of the corpus against one of its problems."""

    path: Path
    problem: str
    expect: str
    seconds: float

    @property
    def kind(self) -> str:
        """The class of hostile or honest programs: its folder."""
        return self.path.parent.name

    def __str__(self) -> str:
        return f"{self.kind}-{self.path.stem}-{self.problem}"


def programs(part: str) -> list[Program]:
    """All programs of `hostile` or `honest`, once for each problem of theirs, in a fixed order."""
    found: list[Program] = []
    for path in sorted((FOLDER / part).glob("*/*.txt")):
        fields = _header(path)
        seconds = float(fields.get("seconds", _SECONDS[part]))
        names = [name.strip() for name in fields["problem"].split(",")]
        found.extend(Program(path, name, fields["expect"], seconds) for name in names)
    return found


def _header(path: Path) -> dict[str, str]:
    fields: dict[str, str] = {}
    for line in path.read_text("utf-8").splitlines():
        name, colon, value = line.removeprefix("# ").partition(": ")
        if not line.startswith("# ") or not colon:
            break
        fields[name] = value.strip()
    return fields


@functools.cache
def _fields(name: str) -> dict[str, Any]:
    return json.loads((FOLDER / "problems" / f"{name}.json").read_text("utf-8"))


def posed(program: Program) -> Problem:
    """The program's problem, with the program's own time limit."""
    return function_from_json({**_fields(program.problem), "time_limit_s": program.seconds})


def whole(program: Program) -> str:
    """The whole program: what the problem has around the code, and the file."""
    return f"{_fields(program.problem)['context']}\n\n{program.path.read_text('utf-8')}"
