"""The pytest plugin of the judge: what is run, and what is reported about it.

It changes nothing about how the project's tests behave, except where an option would spread the tests over other
processes, repeat or reorder them, measure them, or write into the tree.
"""
# ruff: noqa: ANN401 - pytest's hooks pass objects of plugins

import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Optional, TextIO, cast

import pytest

from .outcomes import Canary, is_wanted, say_discovered
from .places import Places
from .records import Recorder, raised_in, shown

_SETTLED = {
    "xdist": ["-n0", "--dist=no"],
    "_cov": [],
    "pytest_cov": ["--no-cov"],
    "randomly": ["--randomly-seed=1", "--randomly-dont-reorganize"],
    "rerunfailures": ["--reruns=0"],
    "timeout": ["--timeout=0"],
    "benchmark": ["--benchmark-disable"],
    "hypothesispytest": ["--hypothesis-seed=0"],
}
"""By name of a plugin that is loaded: options which come after the project's own."""
_CLEARED = ("xmlpath", "htmlpath", "basetemp", "log_file", "pastebin", "usepdb", "trace", "forked", "report_log")
_REPEATING = "flaky"
_EXAMPLE = "DoctestItem"
_DOCTEST_FAILURES = ("DocTestFailure", "MultipleDoctestFailures")


class Plugin:
    """One run."""

    def __init__(self, work: "dict[str, Any]", wanted: Sequence[str], recorder: Recorder, places: Places) -> None:
        self._exact = "ids" in work
        self._wanted: Sequence[str] | frozenset[str] = frozenset(wanted) if self._exact else wanted
        self._discovers = work["mode"] == "discover"
        self._recorder = recorder
        self._places = places
        self._raised: dict[tuple[str, str], Optional[BaseException]] = {}
        self._canary = Canary(work, places)
        # The file under repair has no other tests than its examples, and only where it was asked for.
        files = {one.partition("::")[0] for one in wanted}
        self._examples: str = work["file"] if work["file"] in files else ""
        self._sings = work["mode"] == "canary"
        self._ends: list[Callable[[], None]] = []
        self._printed: Optional[TextIO] = None

    def only_until_tests(self, end: Callable[[], None]) -> None:
        """Has something ended before the first test that was begun for pytest's start."""
        self._ends.append(end)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_load_initial_conftests(self, early_config: Any, args: "list[str]") -> "Iterator[None]":
        """Puts our options behind the project's, now that it is known which plugins there are to understand them."""
        for name, options in _SETTLED.items():
            if early_config.pluginmanager.hasplugin(name):
                args.extend(options)
        if not self._examples or early_config.known_args_namespace.doctestmodules:
            self._examples = ""
        elif early_config.pluginmanager.hasplugin("doctest"):
            args.append("--doctest-modules")
        # pytest-cov starts to measure before the options are read for good.
        early_config.known_args_namespace.no_cov = True
        early_config.known_args_namespace.cov_source = None
        yield

    @pytest.hookimpl(tryfirst=True)
    def pytest_configure(self, config: Any) -> None:
        """Takes options back that write files, ask a person or leave this process."""
        for name in _CLEARED:
            if getattr(config.option, name, None):
                setattr(config.option, name, None)
        if not config.pluginmanager.hasplugin("cacheprovider"):
            # Our own setting of its folder would be an unknown one, which is an error in strict projects.
            for name in ("_inicfg", "inicfg"):
                settings = cast("dict[str, Any]", vars(config)).get(name)
                if isinstance(settings, dict):
                    cast("dict[str, Any]", settings).pop("cache_dir", None)

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionstart(self, session: Any) -> None:
        """What pytest prints is read at the end, if at all; to write each dot at once would wake the judge for it.

        It waits in a file of the reporter's own: a test that flushes `sys.__stdout__` must not find it there.
        """
        reporter = session.config.pluginmanager.get_plugin("terminalreporter")
        writer = getattr(reporter, "_tw", None)
        if reporter is None or self._discovers or not hasattr(writer, "_file"):
            return
        reporter.flush()
        self._printed = open(os.dup(1), "w", encoding="utf-8", errors="backslashreplace")  # noqa: PTH123, SIM115 - a descriptor, closed at the end of the run
        cast("Any", writer)._file = self._printed
        reporter.flush = _nothing

    def close(self) -> None:
        """Prints what pytest has said, unless a program has closed its file: it is not worth an error."""
        if self._printed is not None:
            with contextlib.suppress(OSError):
                self._printed.close()

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: "list[Any]") -> None:
        """Keeps what is wanted, and takes marks off that would repeat a failed test."""
        if self._wanted:
            items[:] = [item for item in items if self._is_wanted(item.nodeid)]
        if self._examples:
            inside = f"{self._examples}::"
            items[:] = [one for one in items if type(one).__name__ != _EXAMPLE or one.nodeid.startswith(inside)]
        for item in items:
            for node in item.listchain():
                node.own_markers[:] = [mark for mark in node.own_markers if mark.name != _REPEATING]

    def _is_wanted(self, node_id: str) -> bool:
        return is_wanted(node_id, self._wanted, self._exact)

    def pytest_collectreport(self, report: Any) -> None:
        """Says what could not be collected; a step forward either way."""
        if report.failed:
            error = self._raised.get((report.nodeid, "collect"))
            message = shown(error) if error is not None else str(report.longrepr)
            where = [] if error is None else raised_in(error, self._places)
            self._recorder.send({"broken": report.nodeid, "message": message[-4000:], "frames": where})
        elif report.outcome == "skipped":
            self._recorder.send({"left_out": report.nodeid, "message": _reason(report)})

    @pytest.hookimpl(tryfirst=True)
    def pytest_exception_interact(self, call: Any, report: Any) -> None:
        """Keeps the exception of a collection that failed, before it is reported as text."""
        if getattr(report, "when", "collect") in ("collect", None) and call.excinfo is not None:
            error = call.excinfo.value
            # pytest puts an exception of its own around an import that failed; the cause says more.
            cause = error.__cause__ if type(error).__name__ == "CollectError" else None
            self._raised[report.nodeid, "collect"] = cause or error

    def pytest_collection_finish(self, session: Any) -> None:
        """Says what will run, and ends what was begun for the start alone."""
        for end in self._ends:
            end()
        record: dict[str, Any] = {"collected": [item.nodeid for item in session.items]}
        if self._discovers:
            record["lines"] = [_line(item) for item in session.items]
        self._recorder.send(record)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self) -> None:
        """Counts anew for every test."""
        self._canary.begin()

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_call(self) -> None:
        """A falsified test goes on behind a demand that failed, so its own failure is raised when it is over."""
        self._canary.end()

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self, item: Any, call: Any) -> "Iterator[None]":
        """Keeps the exception itself: a report can be changed by anything in this process."""
        if self._sings:
            # Every falsified test fails, and pytest would take as long to describe that as the test takes.
            item.repr_failure = _undescribed
        yield
        self._raised[item.nodeid, call.when] = None if call.excinfo is None else call.excinfo.value

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_logreport(self, report: Any) -> None:
        """One record for each phase of each test."""
        part = "context" in vars(report)
        error = None if part else self._raised.pop((report.nodeid, report.when), None)
        record: dict[str, Any] = {
            "t": report.nodeid,
            "when": report.when,
            "outcome": _outcome(report),
            "raised": error is not None,
            "ms": round(report.duration * 1000, 2),
        }
        if part:
            record["part"] = True
        if record["outcome"] != "passed":
            record["message"] = _told(error) if error is not None else _reason(report)
            record["frames"] = [] if error is None else raised_in(error, self._places)
        if report.when == "teardown":
            record.update(self._canary.rows())
        # Each record wakes the judge. One for a test is enough, and a passed phase says nothing without the next one.
        self._recorder.send(record, soon=record["outcome"] == "passed" and report.when != "teardown")

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: Any) -> None:
        """Which modules the tests had imported: the project's own, and what may be imported ahead the next time."""
        if not self._discovers:
            return
        rewritten = getattr(session.config.pluginmanager.rewrite_hook, "_must_rewrite", ())
        say_discovered(self._recorder, self._places, [name for name in sys.modules if name in rewritten])


def _nothing() -> None:
    """In place of a flush."""


def _undescribed(*_: Any, **__: Any) -> str:
    """In place of a traceback that nobody reads."""
    return "failed"


def _outcome(report: Any) -> str:
    """pytest's word, or xfailed and xpassed, which it calls skipped and passed."""
    if hasattr(report, "wasxfail"):
        return "xpassed" if report.outcome == "passed" else "xfailed"
    return str(report.outcome)


def _told(error: BaseException) -> str:
    """What an exception says; of a failed doctest the example, as doctest itself would show it."""
    if type(error).__name__ in _DOCTEST_FAILURES:
        first = next(iter(getattr(error, "failures", ())), error)
        example, got = getattr(first, "example", None), getattr(first, "got", None)
        if example is not None and isinstance(got, str):
            return f"Failed example:\n{example.source}Expected:\n{example.want}Got:\n{got}"[:4000]
    return shown(error)


def _reason(report: Any) -> str:
    """Why a test was skipped, or the report's own text."""
    if hasattr(report, "wasxfail"):
        return f"xfail: {report.wasxfail}"[:1000]
    longrepr: Any = report.longrepr
    if report.outcome == "skipped" and isinstance(longrepr, tuple):
        return str(cast("tuple[object, ...]", longrepr)[-1])[:1000]
    crash = getattr(longrepr, "reprcrash", None)
    text = str(longrepr if crash is None else crash.message) if longrepr is not None else ""
    return text[-4000:]


def _line(item: Any) -> Optional[int]:
    """The line of a test's function, 1-based."""
    line = item.location[1]
    return line + 1 if isinstance(line, int) else None
