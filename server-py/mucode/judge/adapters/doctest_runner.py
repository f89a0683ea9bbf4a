"""Runs doctest examples that the job brings along: a candidate holds the docstrings, so its own do not count."""
# ruff: noqa: ANN401 - a job is whatever JSON holds

import doctest
import time
from typing import Any, Optional

from .loading import load
from .outcomes import say_discovered
from .places import Places
from .records import Recorder, raised_in, shown


def run(work: "dict[str, Any]", recorder: Recorder, places: Places) -> int:
    """Runs every docstring of the job, group by group; 0 when all examples held, 5 when there were none.

    work["examples"]: [{"file", "name", "line", "groups": [{"id", "wanted", "examples": [[source, want, exception,
    {flag: on}, line]]}]}], in the order of the file.
    """
    files = {entry["file"] for entry in work["examples"]}
    spaces: dict[str, Optional[dict[str, Any]]] = {file: _names_of(file, recorder, places) for file in sorted(files)}
    ids = [group["id"] for entry in work["examples"] for group in entry["groups"] if group["wanted"]]
    lines = [group["examples"][0][4] for entry in work["examples"] for group in entry["groups"] if group["wanted"]]
    recorder.send({"collected": ids, **({"lines": lines} if work["mode"] == "discover" else {})})
    failed = any(names is None for names in spaces.values())
    for entry in work["examples"]:
        names = spaces[entry["file"]]
        if names is None:
            continue
        runner = _Runner(places)
        # One namespace for the whole docstring, as doctest has it.
        space = dict(names)
        for group in entry["groups"]:
            held = runner.perform(entry, group, space)
            if group["wanted"]:
                failed = failed or not held
                recorder.send(runner.record(group["id"]))
    if work["mode"] == "discover":
        say_discovered(recorder, places)
    return 1 if failed else 0 if ids else 5


def _names_of(file: str, recorder: Recorder, places: Places) -> "Optional[dict[str, Any]]":
    """The names that a file's examples see; None when it cannot be imported."""
    if not file.endswith(".py"):
        return {"__name__": "__main__"}
    try:
        return load(file, places).__dict__
    except BaseException as error:  # noqa: BLE001 - the project's own modules may raise anything
        recorder.send({"broken": file, "message": shown(error), "frames": raised_in(error, places)})
        return None


class _Runner(doctest.DocTestRunner):
    """Collects what became of one group of examples."""

    def __init__(self, places: Places) -> None:
        super().__init__(checker=doctest.OutputChecker(), verbose=False)
        self._places = places
        self._rows: list[int] = []
        self._message = ""
        self._frames: list[dict[str, Any]] = []
        self._ms = 0.0
        self._asks = False
        self._left_out = False

    def perform(self, entry: "dict[str, Any]", group: "dict[str, Any]", space: "dict[str, Any]") -> bool:
        """Runs the examples of one group; whether all of them held."""
        examples = [
            doctest.Example(
                source,
                want,
                exception,
                line,
                options={doctest.OPTIONFLAGS_BY_NAME[flag]: on for flag, on in flags.items()},
            )
            for source, want, exception, flags, line in group["examples"]
        ]
        self._rows, self._message, self._frames = [], "", []
        run = [example for example in examples if not example.options.get(doctest.SKIP)]
        self._asks, self._left_out = any(example.want for example in run), not run
        started = time.perf_counter()
        test = doctest.DocTest(examples, {}, entry["name"], entry["file"], 0, None)
        test.globs = space
        self.run(test, out=lambda _text: None, clear_globs=False)
        self._ms = (time.perf_counter() - started) * 1000
        return not self._message

    def record(self, name: str) -> "dict[str, Any]":
        """The record of the group that was just performed; "held" counts the examples that held,
        "asks" says whether any shows an output."""
        outcome = "failed" if self._message else "skipped" if self._left_out else "passed"
        record: dict[str, Any] = {
            "t": name,
            "when": "call",
            "outcome": outcome,
            "ms": round(self._ms, 2),
            "held": len(self._rows),
            "asks": self._asks,
        }
        if self._message:
            record.update(message=self._message[:4000], frames=self._frames)
        return record

    def report_success(self, out: Any, test: Any, example: Any, got: str) -> None:  # noqa: ARG002 - doctest's
        """Only an example that expects something can hold."""
        if example.want:
            self._rows.append(example.lineno)

    def report_failure(self, out: Any, test: Any, example: Any, got: str) -> None:  # noqa: ARG002 - doctest's
        """The first failure is told."""
        wanted = example.want or "(nothing)\n"
        self._tell(f"Failed example:\n{example.source}Expected:\n{wanted}Got:\n{got or '(nothing)'}")

    def report_unexpected_exception(self, out: Any, test: Any, example: Any, exc_info: Any) -> None:  # noqa: ARG002
        """The first failure is told."""
        self._frames = self._frames or raised_in(exc_info[1], self._places)
        self._tell(f"Failed example:\n{example.source}Raised:\n{shown(exc_info[1])}")

    def _tell(self, message: str) -> None:
        self._message = self._message or message
