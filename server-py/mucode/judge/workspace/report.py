"""Reads what a run inside the sandbox reported. Everything here was made next to untrusted code, and is checked."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Optional, cast

from ..function.reports import milliseconds
from ..function.values import parsed
from ..limits import Outcome

OUTCOMES = ("passed", "failed", "skipped", "xfailed", "xpassed", "forged", "rerun")
_WHENS = ("setup", "call", "teardown")
_TEXT_KEPT = 4000


@dataclass(frozen=True)
class Frame:
    """One line of the project that a traceback passes through."""

    file: str
    line: int
    name: str

    def as_json(self) -> dict[str, object]:
        """The object of the protocol."""
        return {"file": self.file, "line": self.line, "name": self.name}


@dataclass(frozen=True)
class Phase:
    """One report about one test."""

    when: str
    outcome: str
    raised: bool = False
    part: bool = False
    """A sub-test, which only counts when it failed."""
    message: str = ""
    frames: tuple[Frame, ...] = ()
    ms: float = 0.0
    counts: object = None
    """What the canary's assertions counted, not checked yet."""
    held: Optional[int] = None
    """Examples that held, of a doctest."""
    asks: bool = False
    """The examples show an output at all."""
    ran: tuple[tuple[str, int], ...] = ()
    """(file, first line) of the project's functions that a traced test ran, the one called last first."""


@dataclass(frozen=True)
class Broken:
    """A file that could not be imported or collected."""

    name: str
    message: str
    frames: tuple[Frame, ...] = ()


@dataclass
class Report:
    """The records of one run."""

    collected: Optional[list[str]] = None
    lines: list[Optional[int]] = field(default_factory=list[Optional[int]])
    phases: dict[str, list[Phase]] = field(default_factory=dict[str, list[Phase]])
    broken: list[Broken] = field(default_factory=list[Broken])
    left_out: dict[str, str] = field(default_factory=dict[str, str])
    """Files that skip themselves, and why."""
    own: dict[str, str] = field(default_factory=dict[str, str])
    """The project's modules that were imported, with their files."""
    installed: list[str] = field(default_factory=list[str])
    plugins: list[str] = field(default_factory=list[str])
    """Those of them whose assertions pytest rewrites, unless it is told not to."""
    python: str = ""
    """The version of the interpreter that ran it."""
    exit: Optional[int] = None
    rewritten: list[str] = field(default_factory=list[str])
    """Watched files that the tests changed."""
    sealed: bool = False
    """The sources of the tests had been taken away before anything of the project was run."""
    asked: str = ""
    """What looked for them afterwards, or may have needed them."""
    seen: str = ""
    """SHA-256 of the file under repair, as the child saw it at its start."""
    forged: bool = False
    """A record of another shape or without the job's key: something else than the runner wrote."""


def read_report(outcome: Outcome, key: str) -> Report:
    """The report of a run whose records carry `key`."""
    report = Report()
    for line in outcome.records:
        record: object = parsed(line)
        fields = cast("dict[str, Any]", record) if isinstance(record, dict) else {}
        if fields.pop("k", None) != key or report.exit is not None or not _take(report, fields):
            report.forged = True
            break
    # The runner's last record ends with its line; only somebody else writes on behind it.
    if report.exit is not None and not outcome.results.endswith(b"\n"):
        report.forged = True
    return report


def _take(report: Report, fields: "dict[str, Any]") -> bool:
    """Takes one record in; False for one of no known shape."""
    if "t" in fields:
        return _take_phase(report, fields)
    if "collected" in fields:
        names = _texts(fields["collected"])
        if names is None or report.collected is not None:
            return False
        report.sealed, report.asked = fields.get("sealed") is True, str(fields.get("asked", ""))[:_TEXT_KEPT]
        report.collected, report.lines = names, _lines(fields.get("lines"), len(names))
    elif "broken" in fields:
        message = str(fields.get("message", ""))[:_TEXT_KEPT]
        report.broken.append(Broken(str(fields["broken"]), message, _frames(fields.get("frames"))))
    elif "left_out" in fields:
        report.left_out[str(fields["left_out"])] = str(fields.get("message", ""))[:_TEXT_KEPT]
    elif "own" in fields:
        own = cast("dict[object, object]", fields["own"]) if isinstance(fields["own"], dict) else {}
        report.own = {str(name): str(file) for name, file in own.items()}
        report.installed = _texts(fields.get("installed")) or []
        report.plugins = _texts(fields.get("plugins")) or []
        report.python = str(fields.get("python", ""))[:40]
    elif "rewritten" in fields:
        report.rewritten = _texts(fields["rewritten"]) or []
    elif "asked" in fields:
        report.asked = str(fields["asked"])[:_TEXT_KEPT]
    elif type(fields.get("exit")) is int:
        report.exit, report.seen = fields["exit"], str(fields.get("seen", ""))
    else:
        return False
    return True


def asks_in(line: bytes, key: str) -> bool:
    """Whether a record says that something looked for the sources of the tests."""
    record: object = parsed(line) if b'"asked"' in line else None
    fields = cast("dict[str, Any]", record) if isinstance(record, dict) else {}
    return fields.get("k") == key and "asked" in fields


def phase_in(line: bytes, key: str) -> Optional[tuple[str, Phase]]:
    """The test and the phase that one record tells of, while the run goes on; None for every other record."""
    record: object = parsed(line)
    fields = cast("dict[str, Any]", record) if isinstance(record, dict) else {}
    return _phase(fields) if fields.get("k") == key and "t" in fields else None


def _take_phase(report: Report, fields: Mapping[str, Any]) -> bool:
    found = _phase(fields)
    if found is not None:
        report.phases.setdefault(found[0], []).append(found[1])
    return found is not None


def _phase(fields: Mapping[str, Any]) -> Optional[tuple[str, Phase]]:
    name, when, outcome = fields["t"], fields.get("when"), fields.get("outcome")
    if not isinstance(name, str) or when not in _WHENS or outcome not in OUTCOMES:
        return None
    held = fields.get("held")
    phase = Phase(
        when=when,
        outcome=outcome,
        raised=fields.get("raised") is True,
        part=fields.get("part") is True,
        message=str(fields.get("message", ""))[:_TEXT_KEPT],
        frames=_frames(fields.get("frames")),
        ms=milliseconds(fields.get("ms")),
        counts=fields.get("n"),
        held=held if type(held) is int else None,
        asks=fields.get("asks") is True,
        ran=_ran(fields.get("ran")),
    )
    return name, phase


def _texts(given: object) -> Optional[list[str]]:
    items = cast("list[object]", given) if isinstance(given, list) else [None]
    return cast("list[str]", items) if all(isinstance(item, str) for item in items) else None


def _lines(given: object, count: int) -> list[Optional[int]]:
    items = cast("list[object]", given) if isinstance(given, list) else []
    return [item if isinstance(item, int) else None for item in (*items[:count], *[None] * (count - len(items)))]


def _ran(given: object) -> tuple[tuple[str, int], ...]:
    rows = cast("list[object]", given) if isinstance(given, list) else []
    pairs = [cast("list[object]", row) for row in rows if isinstance(row, list)]
    return tuple((str(pair[0]), pair[1]) for pair in pairs if len(pair) == 2 and type(pair[1]) is int)


def _frames(given: object) -> tuple[Frame, ...]:
    found: list[Frame] = []
    for item in cast("list[object]", given) if isinstance(given, list) else []:
        fields = cast("dict[str, object]", item) if isinstance(item, dict) else {}
        line = fields.get("line")
        if type(line) is int:
            found.append(Frame(str(fields.get("file", "")), line, str(fields.get("name", ""))))
    return tuple(found)
