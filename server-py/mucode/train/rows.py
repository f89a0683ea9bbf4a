"""The tables between stages: JSON Lines, equal bytes for equal tables. What fills them is in the stages."""

import dataclasses
import hashlib
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar, cast

from mucode.errors import MucodeError

Message = Mapping[str, str]
"""One chat message: `role` and `content`."""


@dataclass(frozen=True)
class ProblemRow:
    """A problem as the pipeline sees it: never with its solution."""

    problem: Mapping[str, Any]
    """The JSON object that the judge reads."""
    task: Literal["repair", "write"]
    source: str
    """Name of the data set."""
    baseline: Mapping[str, Any] | None = None
    """To repair: the verdict on the code as it is, by the public tests. The prompt shows its feedback."""

    @property
    def id(self) -> str:
        """The problem's id."""
        return str(self.problem["id"])


@dataclass(frozen=True)
class RolloutRow:
    """One turn of one rollout: the state, the answer, and what the judge said (μCode section 3.1)."""

    problem: str
    rollout: int
    turn: int
    """1-based."""
    seed: int
    messages: tuple[Message, ...]
    """The state: what was sent to the generator."""
    answer: str
    prompt_ids: tuple[int, ...] | None
    """Exact token ids of the state; None where the engine does not tell."""
    completion_ids: tuple[int, ...] | None
    finish: str
    """`stop`, `length` or `abort`."""
    shown: str | None
    """The program as prompts show it (imports and code, without fence); None when the answer held none."""
    program: str | None
    """The whole program that was judged."""
    fingerprint: str | None
    """Of the program's normalised syntax tree; equal programs of a problem have equal ones."""
    public: str
    """Verdict by the public tests."""
    public_passed: int
    public_total: int
    private: str | None
    """Verdict by the private tests, which only label; None where there are none, or a public one failed already."""
    private_passed: int
    private_total: int
    feedback: str
    """What the public tests' failures say to the model; empty after a pass."""
    weights: str
    """Key of the generator's artifact."""

    @property
    def correct(self) -> bool:
        """The oracle reward R: every public and every private test passed."""
        return self.shown is not None and self.public == "pass" and self.private in ("pass", None)


@dataclass(frozen=True)
class ScoreRow:
    """What the verifier gives one distinct program of a problem."""

    problem: str
    fingerprint: str
    score: float
    """R_φ: the head's number, before the temperature."""
    probability: float
    """Calibrated probability that the program is correct."""


@dataclass(frozen=True)
class ExampleRow:
    """One example to learn from: the state of a rollout, and the expert's program for it."""

    problem: str
    rollout: int
    turn: int
    messages: tuple[Message, ...]
    completion: str
    """The assistant's text: the program in a fence."""
    correct: bool
    score: float | None
    """R_φ of the program; None where the expert did not ask the verifier."""


RowT = TypeVar("RowT", ProblemRow, RolloutRow, ScoreRow, ExampleRow)


def seed_of(*parts: object) -> int:
    """A 63-bit seed from a unit's own coordinates, so that the order in which units are done never matters."""
    digest = hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1


def write_rows(path: Path, rows: Iterable[ProblemRow | RolloutRow | ScoreRow | ExampleRow]) -> int:
    """Writes a table at once: the file is whole or absent. Returns the number of rows."""
    lines = [_line(dataclasses.asdict(row)) for row in rows]
    write_whole(path, "".join(lines).encode())
    return len(lines)


def write_whole(path: Path, content: bytes) -> None:
    """Writes a file so that it is whole or absent, whatever happens to the machine."""
    partial = path.with_name(path.name + ".partial")
    with partial.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)


def _line(row: Mapping[str, Any]) -> str:
    return json.dumps(row, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False) + "\n"


def read_rows(path: Path, row_type: type[RowT]) -> Iterator[RowT]:
    """The rows of a table. Raises MucodeError with file and line where a row is torn or has other columns."""
    names = {field.name for field in dataclasses.fields(row_type)}
    with path.open(encoding="utf-8") as file:
        for number, line in enumerate(file, 1):
            try:
                found: Any = json.loads(line)
            except ValueError as error:
                raise MucodeError(
                    f"{path}, line {number} is torn: {error}. Remove the artifact and run again."
                ) from error
            columns = cast("dict[str, object]", found) if isinstance(found, dict) else {}
            if set(columns) != names:
                raise MucodeError(f"{path}, line {number} is no {row_type.__name__}: another version wrote it.")
            values: dict[str, Any] = {name: _frozen(value) for name, value in columns.items()}
            yield row_type(**values)


def _frozen(value: object) -> object:
    """A column as its row holds it: a list as a tuple, which nobody changes."""
    return tuple(cast("list[object]", value)) if isinstance(value, list) else value
