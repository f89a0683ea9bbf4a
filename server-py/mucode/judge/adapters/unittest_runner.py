"""Runs unittest test cases by file, class and method."""
# ruff: noqa: ANN401 - a job is whatever JSON holds

import functools
import inspect
import time
import unittest
from collections.abc import Iterator, Sequence
from typing import Any, Optional

from .loading import load
from .outcomes import Canary, is_wanted, say_discovered
from .places import Places
from .records import Recorder, raised_in, shown


def run(work: "dict[str, Any]", recorder: Recorder, places: Places) -> int:
    """Runs what the job names; 0 when all of it succeeded, 5 when there was nothing."""
    canary = Canary(work, places)
    wanted: list[str] = work["ids"] if "ids" in work else work["selection"]
    cases: list[tuple[str, unittest.TestCase]] = []
    broken = False
    for file in dict.fromkeys(one.partition("::")[0] for one in wanted):
        try:
            suite = unittest.defaultTestLoader.loadTestsFromModule(load(file, places))
        except BaseException as error:  # noqa: BLE001 - the project's own modules may raise anything
            broken = True
            recorder.send({"broken": file, "message": shown(error), "frames": raised_in(error, places)})
            continue
        for case in _cases(suite):
            name = "::".join([file, *type(case).__qualname__.split("."), case._testMethodName])
            if is_wanted(name, wanted, "ids" in work):
                cases.append((name, case))
    lines = [_line(case) for _, case in cases] if work["mode"] == "discover" else None
    recorder.send({"collected": [name for name, _ in cases], **({} if lines is None else {"lines": lines})})
    result = _Result(cases, recorder, places, canary)
    unittest.TestSuite([case for _, case in cases]).run(result)
    if work["mode"] == "discover":
        say_discovered(recorder, places)
    return 1 if broken or not result.wasSuccessful() else 0 if cases else 5


def _cases(suite: Any) -> "Iterator[unittest.TestCase]":
    for one in suite:
        if isinstance(one, unittest.TestCase):
            yield one
        else:
            yield from _cases(one)


def _line(case: unittest.TestCase) -> Optional[int]:
    code = getattr(inspect.unwrap(getattr(type(case), case._testMethodName, None)), "__code__", None)  # type: ignore[arg-type] - any attribute
    return getattr(code, "co_firstlineno", None)


class _Result(unittest.TestResult):
    """Reports each test once, and a class or module that could not be set up once for each of its tests."""

    def __init__(
        self,
        cases: "Sequence[tuple[str, unittest.TestCase]]",
        recorder: Recorder,
        places: Places,
        canary: Canary,
    ) -> None:
        super().__init__()
        self._ids = {id(case): name for name, case in cases}
        self._classes = [(name, type(case)) for name, case in cases]
        self._recorder = recorder
        self._places = places
        self._canary = canary
        self._raised: dict[int, BaseException] = {}
        self._state = ("error", None)
        self._started = 0.0
        for _, case in cases:
            self._watch(case)

    _state: "tuple[str, Any]"

    def _watch(self, case: unittest.TestCase) -> None:
        """Notes what a test method raised, whatever is then made of it; a canary that failed raises at its end."""
        method = getattr(case, case._testMethodName)

        @functools.wraps(method)
        def plain() -> Any:
            try:
                given = method()
                self._canary.end()
            except BaseException as error:
                self._raised[id(case)] = error
                raise
            return given

        @functools.wraps(method)
        async def waiting() -> Any:
            try:
                given = await method()
                self._canary.end()
            except BaseException as error:
                self._raised[id(case)] = error
                raise
            return given

        setattr(case, case._testMethodName, waiting if inspect.iscoroutinefunction(method) else plain)

    def startTest(self, test: unittest.TestCase) -> None:  # noqa: N802 - unittest's name
        """A test begins."""
        super().startTest(test)
        self._state = ("missing", None)
        self._started = time.perf_counter()
        self._canary.begin()

    def _ended(self, test: Any, outcome: str, error: Optional[BaseException], reason: str = "") -> None:
        if id(test) in self._ids:
            # A failed part or clean-up comes before or after the success of the rest; the worse one stays.
            if self._state[0] in ("missing", "passed"):
                self._state = (outcome, (error, reason))
            return
        name = test.id()
        when = "teardown" if name.startswith("tearDown") else "setup"
        for case_id, owner in self._classes:
            if name.endswith(("(" + f"{owner.__module__}.{owner.__qualname__}" + ")", "(" + owner.__module__ + ")")):
                self._say(case_id, when, outcome, error, reason)

    def _say(self, name: str, when: str, outcome: str, error: Optional[BaseException], reason: str) -> None:
        record: dict[str, Any] = {"t": name, "when": when, "outcome": outcome}
        if outcome != "passed":
            record["message"] = shown(error) if error is not None else reason
            record["frames"] = [] if error is None else raised_in(error, self._places)
        if when == "call":
            record["ms"] = round((time.perf_counter() - self._started) * 1000, 2)
            record.update(self._canary.rows())
        self._recorder.send(record)

    def stopTest(self, test: unittest.TestCase) -> None:  # noqa: N802 - unittest's name
        """A test is over, cleaned up and told."""
        super().stopTest(test)
        outcome, told = self._state
        error, reason = told if told is not None else (None, "")
        raised = self._raised.pop(id(test), None)
        if outcome == "passed" and raised is not None:
            outcome, error = "forged", raised
        self._say(self._ids[id(test)], "call", outcome, error, reason)

    def addSuccess(self, test: unittest.TestCase) -> None:  # noqa: N802
        """The test passed."""
        super().addSuccess(test)
        self._ended(test, "passed", None)

    def addFailure(self, test: unittest.TestCase, err: Any) -> None:  # noqa: N802
        """An assertion failed."""
        super().addFailure(test, err)
        self._ended(test, "failed", err[1])

    def addError(self, test: unittest.TestCase, err: Any) -> None:  # noqa: N802
        """Something was raised, also by the set-up of a class or module."""
        super().addError(test, err)
        self._ended(test, "failed", err[1])

    def addSkip(self, test: unittest.TestCase, reason: str) -> None:  # noqa: N802
        """The test was skipped."""
        super().addSkip(test, reason)
        self._ended(test, "skipped", None, reason)

    def addExpectedFailure(self, test: unittest.TestCase, err: Any) -> None:  # noqa: N802
        """The test failed, as its mark says."""
        super().addExpectedFailure(test, err)
        self._ended(test, "xfailed", err[1])

    def addUnexpectedSuccess(self, test: unittest.TestCase) -> None:  # noqa: N802
        """The test passed against its mark."""
        super().addUnexpectedSuccess(test)
        self._ended(test, "xpassed", None, "it is marked as an expected failure")

    def addSubTest(self, test: unittest.TestCase, subtest: unittest.TestCase, err: Any) -> None:  # noqa: N802
        """A part of the test ended; only a failed one matters."""
        super().addSubTest(test, subtest, err)
        if err is not None:
            self._ended(test, "failed", err[1])
