"""Plays test files against a program in a plain process: in earnest, then as the canary; decides as the judge does."""

import json
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mucode.judge.workspace.canaries import FileGuard, OracleInfo, counter_name, counts_of, decide_canary, falsify_file

HERE = Path(__file__).parent
_PACKAGE = HERE.parents[2]


@dataclass(frozen=True)
class Played:
    """What became of one test."""

    earnest: str
    """The outcome in earnest; only a pass has a canary."""
    judged: str
    """guarded, unguarded or tamper; empty without a pass."""
    detail: str


def play(folder: Path, program: str, tests: Mapping[str, str], framework: str = "pytest") -> "dict[str, Played]":
    """By id of the test. `tests` are texts by file name; the program is shop.py."""
    name = counter_name()
    guards: dict[str, FileGuard] = {}
    for file, text in tests.items():
        guards[file] = falsify_file(text, name, sum(len(guard.sources) for guard in guards.values()))
    falsified = {file: guard.text for file, guard in guards.items()}
    with ThreadPoolExecutor(2) as threads:
        running = threads.submit(_run, folder / "canary", {"shop.py": program, **falsified}, framework, name)
        earnest = _run(folder / "earnest", {"shop.py": program, **tests}, framework, "")
        canary = running.result()
    return {test: _decided(test, report, canary.get(test), guards) for test, report in earnest.items()}


def _decided(test: str, report: "list[Any]", canary: "list[Any] | None", guards: Mapping[str, FileGuard]) -> Played:
    if report[0] != "passed":
        return Played(report[0], "", report[1])
    file, _, rest = test.partition("::")
    info = guards[file].oracle(rest.partition("[")[0].replace("::", ".")) if file in guards else OracleInfo({})
    outcome, message, rows = canary or ["missing", "", []]
    told = decide_canary(info, counts_of(rows), outcome, message)
    judged = "guarded" if told is None else told if isinstance(told, str) else "tamper"
    why = "" if told is None or isinstance(told, str) else str(told.error)
    return Played("passed", judged, f"{why} {outcome} {rows} {info} {message[-300:]}")


def _run(folder: Path, files: Mapping[str, str], framework: str, name: str) -> "dict[str, list[Any]]":
    folder.mkdir(parents=True)
    for file, text in files.items():
        (folder / file).write_text(text)
    command = [sys.executable, str(HERE / "plain_runner.py"), str(folder), framework, name]
    environment = {
        "PYTHONPATH": str(_PACKAGE),
        "PATH": "",
        "PYTHONHASHSEED": "0",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "TMPDIR": str(folder.parent),
    }
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=120, cwd=folder, env=environment, check=False
    )
    _, mark, last = done.stdout.rpartition("@@@")
    if not mark:
        return {}
    return json.loads(last)
