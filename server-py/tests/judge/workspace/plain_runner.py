"""Runs test files with the real pytest or unittest in a plain process, counting as the judge's own runners do.

As a script: root, framework, name of the counting object or "". Prints JSON: test → [outcome, message, counts].
"""
# ruff: noqa: ANN401, N802 - pytest hands over objects of its own; unittest has such names

import builtins
import json
import sys
import unittest
from collections.abc import Iterator
from typing import Any

import pytest

from mucode.judge.function.claims import SANG, Claims

Reports = dict[str, list[Any]]


class Plugin:
    """Reports to `reports`; with `claims`, counts and fails every test that sang."""

    def __init__(self, reports: Reports, claims: "Claims | None") -> None:
        self._reports, self._claims = reports, claims

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self) -> None:
        if self._claims is not None:
            self._claims.notes.clear()

    @pytest.hookimpl(trylast=True)
    def pytest_runtest_call(self) -> None:
        if self._claims is not None:
            sing(self._claims)

    @pytest.hookimpl(hookwrapper=True)
    def pytest_runtest_makereport(self) -> Iterator[None]:
        yield

    def pytest_runtest_logreport(self, report: Any) -> None:
        if report.when == "call" or report.outcome != "passed":
            self._reports[report.nodeid] = [report.outcome, str(report.longrepr or ""), rows(self._claims)]


def sing(claims: Claims) -> None:
    if any(row[1] for row in claims.notes.values()):
        raise AssertionError(SANG)


def rows(claims: "Claims | None") -> "list[list[int]]":
    return [] if claims is None else [[number, *row] for number, row in claims.notes.items()]


def by_unittest(root: str, reports: Reports, claims: "Claims | None") -> None:
    unittest.defaultTestLoader.discover(root, pattern="test_*.py").run(Result(reports, claims))


class Result(unittest.TestResult):
    """The same for unittest."""

    def __init__(self, reports: Reports, claims: "Claims | None") -> None:
        super().__init__()
        self._reports, self._claims = reports, claims
        self._before = 0

    def startTest(self, test: unittest.TestCase) -> None:
        super().startTest(test)
        self._before = self._odd()
        if self._claims is not None:
            self._claims.notes.clear()
            test.addCleanup(sing, self._claims)

    def _odd(self) -> int:
        return len(self.errors) + len(self.failures) + len(self.skipped) + len(self.expectedFailures)

    def stopTest(self, test: unittest.TestCase) -> None:
        super().stopTest(test)
        bad = [text for one, text in [*self.failures, *self.errors] if one is test]
        failed = self._odd() > self._before
        file, _, rest = test.id().partition(".")
        report = ["failed" if failed else "passed", "\n".join(bad), rows(self._claims)]
        self._reports[f"{file}.py::{rest.replace('.', '::')}"] = report


def main(root: str, framework: str, name: str) -> None:
    sys.path.insert(0, root)
    sys.dont_write_bytecode = True
    reports: Reports = {}
    claims = Claims(f"{root}/shop.py", root) if name else None
    if claims is not None:
        setattr(builtins, name, claims)
    if framework == "unittest":
        by_unittest(root, reports, claims)
    else:
        options = ["-q", "-p", "no:cacheprovider", "--import-mode=importlib", f"--rootdir={root}", root]
        pytest.main(options, plugins=[Plugin(reports, claims)])
    sys.stdout.write("\n@@@" + json.dumps(reports) + "\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
