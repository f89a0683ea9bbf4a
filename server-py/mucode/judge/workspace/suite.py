"""One run of a project's tests in the sandbox: the job, the files the child sees, the limits, and what came of it."""

import hashlib
import json
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Callable, Optional

from ..limits import MIB, InfraError, Limits, Outcome
from .examples import assert_lines, examples_of
from .report import Phase, Report, asks_in, phase_in, read_report
from .texts import Texts

START_S = 30.0
"""As long as nothing is known of how long the project takes to import."""
_MEMORY_BYTES = 4096 * MIB
_SCRATCH_BYTES = 256 * MIB
_FILE_BYTES = 128 * MIB
_PROCESSES = 256
_RECORD_BYTES = 64 * MIB
_PASSED = b'"outcome": "passed"'

Play = Callable[[bytes, Limits, Mapping[str, str], Callable[[bytes], None]], Outcome]
"""Runs a job in a fresh child that sees the given files (absolute path → text) in place of those on the disk, and
hands on each record as it comes."""
Hear = Callable[[str, Phase], None]
"""Told each phase of each test while the run goes on."""


@dataclass(frozen=True)
class Suite:
    """What does not change between the runs of one problem."""

    root: str
    adapter: str
    file: str
    """The file under repair, relative to root; empty where none is known yet."""
    time_limit_s: float
    suite_limit_s: float
    plugins: tuple[str, ...] = ()
    """Modules of pytest plugins that the server may have imported ahead."""
    start_s: float = START_S
    """Seconds for importing and collecting, before the first test."""
    watched: tuple[str, ...] = ()
    """Data files, relative to root, of which discovery wants to know whether the tests change them."""


@dataclass(frozen=True)
class More:
    """What only some runs have."""

    canary: Optional[str] = None
    """Name of the counting object."""
    hear: Optional[Hear] = None
    seal: bool = False
    """The sources of the tests are taken away before the candidate's first line runs."""
    traced: bool = False
    """Each test tells which functions of the project it ran."""


@dataclass(frozen=True)
class Ran:
    """One run: what it reported, and how the process ended."""

    report: Report
    outcome: Outcome


def perform(
    suite: Suite,
    mode: str,
    names: Sequence[str],
    files: Mapping[str, str],
    originals: Texts,
    play: Play,
    more: More = More(),
) -> Ran:
    """Runs the named tests once.

    mode: "discover" takes `names` as a selection, "run" and "canary" as the exact ids. files: relative path → text
    that the child sees. originals: relative path → text which the tests are read from, for the adapters that hand
    their tests to the child.
    """
    key = secrets.token_hex(8)
    job: dict[str, object] = {"adapter": suite.adapter, "root": suite.root, "mode": mode, "k": key}
    job["file"], job["plugins"] = suite.file, suite.plugins
    job["selection" if mode == "discover" else "ids"] = list(names)
    flags = {"traced": more.traced, "watched": suite.watched, "seal": more.seal}
    job.update({name: value for name, value in flags.items() if value})
    if more.canary is not None:
        # Outside of the canary's run no name may tell that there is one.
        job["canary"] = more.canary
    exact = mode != "discover"
    if suite.adapter == "doctest":
        job["examples"] = examples_of(names, originals.__getitem__, exact, falsified=mode == "canary")
    elif suite.adapter == "asserts":
        job["lines"] = {file: assert_lines(originals[file]) for file in files_of(names)}
    limits = Limits(
        step_s=suite.time_limit_s,
        wall_s=suite.suite_limit_s,
        start_s=max(suite.start_s, suite.time_limit_s),
        memory_bytes=_MEMORY_BYTES,
        file_bytes=_FILE_BYTES,
        scratch_bytes=_SCRATCH_BYTES,
        processes=_PROCESSES,
        record_bytes=_RECORD_BYTES,
    )
    seen = {f"{suite.root}/{file}": text for file, text in files.items()}
    asked = False

    def on_record(line: bytes) -> None:
        nonlocal asked
        # From then on a failure may be due to what was taken away, and is told after another run only.
        asked = asked or (more.seal and asks_in(line, key))
        # A pass is told after its canary; a record that only looks like one is read with all others at the end.
        if more.hear is None or asked or (mode != "discover" and _PASSED in line):
            return
        found = phase_in(line, key)
        if found is not None:
            more.hear(*found)

    outcome = play(json.dumps(job).encode(), limits, seen, on_record)
    report = read_report(outcome, key)
    given = files.get(suite.file)
    if given is not None and report.exit is not None and report.seen != _digest(given):
        raise InfraError(f"The sandbox did not show the candidate's {suite.file}. Run `doctor` to see what is wrong.")
    return Ran(report, outcome)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def files_of(names: Sequence[str]) -> list[str]:
    """The files that ids or a selection name, each once."""
    return list(dict.fromkeys(name.partition("::")[0] for name in names))
