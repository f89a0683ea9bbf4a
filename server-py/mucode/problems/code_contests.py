"""CodeContests (Li et al. 2022, CC BY 4.0) as whole programs to write, from JSON-lines or parquet files of its schema.

Where the files come from is in shards.py. Rows that need files are refused.
"""

import hashlib
import heapq
import importlib
import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from mucode.judge.problem import DEFAULT_TIME_LIMIT_S, ProblemError
from mucode.judge.stdio.problem import DEFAULT_MEMORY_MB, stdio_from_fields

from .files import DataError, read_rows
from .row import Row

_PYTHON_3 = 3
"""The number of the language in the schema; 1 is Python 2."""
_DECIMAL = re.compile(r"\d\.\d")
_TOLERANCE = 1e-5
"""What the publisher's own comparison allows between numbers with a point."""
_ANY_CASE = re.compile(r"\bany (?:case|register)\b|upper or lower case|case[- ]insensitive", re.IGNORECASE)
_MIB = 1024 * 1024
_LEAST_MEMORY_MB = 64
_BATCH = 64
_RECOGNISED = 5
"""Programs by which a row is recognised; some rows have hundreds."""
_NEEDED = ("name", "description", "public_tests", "private_tests")
_USED = (
    *("generated_tests", "source", "solutions", "time_limit", "memory_limit_bytes"),
    *("input_file", "output_file"),
)

_log = logging.getLogger(__name__)
_Pair = tuple[str, str]
"""An input and its output."""


@dataclass(frozen=True)
class Refused:
    """A row that cannot become a problem."""

    place: str
    """File and number of the row, from 1; in JSON lines the number of the line."""
    name: str
    reason: str

    def __str__(self) -> str:
        return f"{self.place} ({self.name}): {self.reason}"


class _RefusedError(Exception):
    """Why a row is refused."""


def load(path: Path) -> tuple[list[Row], list[Refused]]:
    """The rows of one file, and those that are refused, each of which is also logged as a warning.

    Public tests are the row's public ones, private tests its private and generated ones. Raises DataError for a file
    that cannot be read as rows.
    """
    refused: list[Refused] = []
    return list(_read([path], refused)), refused


def sample(
    paths: Sequence[Path], count: int, seed: int, wanted: Callable[[Row], bool]
) -> tuple[list[Row], list[Refused]]:
    """`count` of the wanted rows of these files, by id, or all where there are less; and those that are refused.

    The seed and the rows' ids decide alone: neither the order of rows nor which file holds them matters. The files are
    read once, and no more than `count` rows are held, because the published train set is larger than most memories.
    """
    refused: list[Refused] = []
    kept: list[tuple[int, int, Row]] = []
    for number, row in enumerate(filter(wanted, _read(paths, refused))):
        # A heap gives its smallest entry away, so the draw is negative: the row with the largest one goes.
        heapq.heappush(kept, (-_drawn(seed, str(row.problem["id"])), number, row))
        if len(kept) > count:
            heapq.heappop(kept)
    return sorted((row for _, _, row in kept), key=lambda row: str(row.problem["id"])), refused


def identities(paths: Sequence[Path]) -> Iterator[Row]:
    """What the rows of these files can be recognised by, also of those that are refused: no problems to judge.

    One for each of a row's first correct programs. Raises DataError for a file that cannot be read as rows.
    """
    for path in paths:
        for _, fields in _fields(path):
            try:
                programs = _solutions(fields)[:_RECOGNISED] or [""]
            except _RefusedError:
                programs = [""]
            about = {"id": str(fields.get("name")), "instruction": str(fields.get("description"))}
            yield from (Row(about, "write", program) for program in programs)


def _drawn(seed: int, name: str) -> int:
    return int.from_bytes(hashlib.sha256(f"{seed} {name}".encode()).digest()[:8], "big")


def _read(paths: Sequence[Path], refused: list[Refused]) -> Iterator[Row]:
    """Row after row; what is refused goes into the list."""
    places: dict[str, str] = {}
    for path in paths:
        for number, fields in _fields(path):
            place = f"{path}, row {number}"
            try:
                row = _row(fields)
                first = places.setdefault(str(row.problem["id"]), place)
                if first != place:
                    raise _RefusedError(f"it has the name and the source of {first}")
                yield row
            except (_RefusedError, ProblemError) as error:
                refused.append(Refused(place, str(fields.get("name")), str(error)))
                _log.warning("%s", refused[-1])


def _fields(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    return _parquet(path) if path.suffix == ".parquet" else read_rows(path)


def _parquet(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The rows with the columns that are used: wrong programs and translations are most of a file."""
    try:
        parquet: Any = importlib.import_module("pyarrow.parquet")
    except ImportError as error:
        raise DataError(f"{path} is a parquet file, which needs pyarrow: install it, or give JSON lines.") from error
    number = 0
    try:
        file = parquet.ParquetFile(path)
        absent = [name for name in _NEEDED if name not in file.schema_arrow.names]
        if absent:
            raise DataError(f"{path} is no file of CodeContests: it has no column {absent[0]}.")
        columns = [name for name in (*_NEEDED, *_USED) if name in file.schema_arrow.names]
        for batch in file.iter_batches(batch_size=_BATCH, columns=columns):
            for fields in batch.to_pylist():
                number += 1
                yield number, fields
    # pyarrow's own errors are of these two kinds.
    except (OSError, ValueError) as error:
        raise DataError(f"{path} cannot be read after row {number}: {error}") from error


def _row(fields: Mapping[str, Any]) -> Row:
    description = _text(fields, "description")
    for name in ("input_file", "output_file"):
        if fields.get(name):
            raise _RefusedError(f"its programs use the file {fields[name]!r} instead of standard input and output")
    public = _pairs(fields, "public_tests")
    shown = {given for given, _ in public}
    hidden = dict.fromkeys([*_pairs(fields, "private_tests"), *_pairs(fields, "generated_tests")])
    private = [pair for pair in hidden if pair[0] not in shown]
    for kind, found in (("public", public), ("private or generated", private)):
        if not found:
            raise _RefusedError(f"it has no {kind} tests" + (" beside the public ones" if kind != "public" else ""))
    loose = _ANY_CASE.search(description) is not None
    problem = {
        "id": f"CodeContests/{fields.get('source', 0)}/{_text(fields, 'name')}",
        "language": "python",
        "kind": "stdio",
        "instruction": description.strip(),
        "code": "",
        "public_tests": _cases(public, loose),
        "private_tests": _cases(private, loose),
        "time_limit_s": _seconds(fields.get("time_limit")),
        "memory_mb": _memory(fields.get("memory_limit_bytes")),
        "compare": "tokens",
        "tolerance": _TOLERANCE if any(_DECIMAL.search(output) for _, output in [*public, *private]) else 0,
    }
    stdio_from_fields(problem)
    return Row(problem, "write", next(iter(_solutions(fields)), ""))


def _text(fields: Mapping[str, Any], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str) or not value.strip():
        raise _RefusedError(f"its {name} is no text")
    return value


def _lists(fields: Mapping[str, Any], name: str, parts: Sequence[str]) -> list[list[Any]]:
    """The parts of a field whose structures are stored as one list per part, all of one length."""
    value = fields.get(name)
    if value is None:
        return [[] for _ in parts]
    found = [cast("Mapping[str, Any]", value).get(part) for part in parts] if isinstance(value, dict) else [None]
    lists = [cast("list[Any]", one) for one in found if isinstance(one, list)]
    if len(lists) != len(parts) or len({len(one) for one in lists}) != 1:
        raise _RefusedError(f"its {name} must hold lists of one length named {' and '.join(parts)}")
    return lists


def _pairs(fields: Mapping[str, Any], name: str) -> list[_Pair]:
    inputs, outputs = _lists(fields, name, ["input", "output"])
    if not all(isinstance(text, str) for text in [*inputs, *outputs]):
        raise _RefusedError(f"its {name} hold something else than text")
    return list(zip(inputs, outputs, strict=True))


def _cases(pairs: Sequence[_Pair], loose: bool) -> list[dict[str, Any]]:
    return [
        {"id": f"c{number}", "input": given, "outputs": _accepted(output, loose)}
        for number, (given, output) in enumerate(pairs, 1)
    ]


def _accepted(output: str, loose: bool) -> list[str]:
    """The output; also in the usual other spellings where the statement leaves upper and lower case open."""
    spellings = [output, output.lower(), output.upper(), output.title()] if loose else [output]
    return list(dict.fromkeys(spellings))


def _seconds(limit: object) -> float:
    """The time limit, `{"seconds", "nanos"}` or a number; the judge's own where the row has none."""
    if isinstance(limit, dict):
        parts = cast("Mapping[str, Any]", limit)
        limit = (parts.get("seconds") or 0) + (parts.get("nanos") or 0) / 1e9
    return limit if isinstance(limit, (int, float)) and limit else DEFAULT_TIME_LIMIT_S


def _memory(limit: object) -> int:
    if not isinstance(limit, int) or limit <= 0:
        return DEFAULT_MEMORY_MB
    return max(_LEAST_MEMORY_MB, -(-limit // _MIB))


def _solutions(fields: Mapping[str, Any]) -> list[str]:
    """The correct programs in Python 3."""
    languages, programs = _lists(fields, "solutions", ["language", "solution"])
    return [text for language, text in zip(languages, programs, strict=True) if language == _PYTHON_3]
