"""Inside the child: loads the candidate program, performs the steps of each test, writes one record per test.

This is all that shares a process with untrusted code, so nothing it writes is believed without a check outside, and
it never holds an expected value. What may be done with a value is decided outside, in compare.py.
"""
# ruff: noqa: ANN401 - the values of a program under test can be anything

import io
import json
import os
import sys
import time
import types
from typing import Any, Callable

from ..stdio import script
from .described import PROGRAM_FILE, TEST_FILE, described
from .encode import Encoder, TooBigError
from .standing import Falsified, Standing

MODULE = "__candidate__"
_SHOWN_KEPT = 64 * 1024
_RECORD_ROOM = 900 * 1024


_REHEARSALS = 10
"""Python specialises a function at its eighth call or so."""
_SMALL_JOB = json.dumps(
    {
        "program": "def add(a, b):\n    return a + b\n",
        "tests": [{"k": 0, "names": [], "steps": [["get", "add(1, 2)"], ["get", "add([1], ['b'])"]]}],
    }
).encode()


def rehearse() -> None:
    """In the server: does a small job of our own, so that Python has done here what it does at a first time.

    Otherwise every child does it anew, in copies of memory that it would not have to make.
    """
    for _ in range(_REHEARSALS):
        Child(-1, json.loads, json.dumps, lambda _, line: len(line)).perform(_SMALL_JOB)
    del sys.modules[MODULE]


def run(job: bytes, result_fd: int) -> None:
    """Performs `job` (made by judging.py) and writes its records, one JSON line each, to `result_fd`."""
    Child(result_fd, json.loads, json.dumps, os.write).perform(job)


class Child:
    """One run. It holds its functions itself, because the candidate may replace those of the modules."""

    def __init__(
        self,
        result_fd: int,
        loads: Callable[[bytes], Any],
        dumps: Callable[[Any], str],
        write: Callable[[int, bytes], int],
    ) -> None:
        self._fd = result_fd
        self._loads = loads
        self._dumps = dumps
        self._write = write
        self._clock = time.perf_counter
        self._module = types.ModuleType(MODULE)

    def perform(self, job: bytes) -> None:
        """Loads the program, then performs the tests in their order; or runs it as a whole on an input."""
        work = self._loads(job)
        if "input" in work:
            script.run(work["program"], work["input"], self._fd)
        if not self._load(work["program"]):
            return
        for test in work["tests"]:
            start = self._clock()
            report = self._guarded(test["guard"]) if "guard" in test else {"r": self._test(test)}
            self._send({"k": test["k"], **report, "ms": round((self._clock() - start) * 1000, 3)})

    def _load(self, program: str) -> bool:
        sys.modules[MODULE] = self._module
        try:
            exec(compile(program, PROGRAM_FILE, "exec", dont_inherit=True), self._module.__dict__)
        except BaseException as error:
            self._send({"load": described(error)})
            return False
        self._send({"load": None})
        return True

    def _test(self, test: dict[str, Any]) -> list[Any]:
        names = self._module.__dict__
        # A test's own names must not stay behind: an earlier test's `x` is no part of a later one.
        before = {name: names[name] for name in test["names"] if name in names}
        results: list[Any] = []
        try:
            for kind, source in test["steps"]:
                result = self._step(kind, source)
                results.append(result)
                if kind == "do" and result is not None:
                    break
        finally:
            for name in test["names"]:
                names.pop(name, None)
            names.update(before)
        return results

    def _step(self, kind: str, source: str) -> Any:
        try:
            if kind == "get":
                code = compile(source, TEST_FILE, "eval", dont_inherit=True)
                return {"v": Encoder().encode(eval(code, self._module.__dict__))}
            if kind == "doc":
                return {"v": self._example(source)}
            exec(compile(source, TEST_FILE, "exec", dont_inherit=True), self._module.__dict__)
            return None
        except TooBigError as error:
            return {"big": str(error)}
        except BaseException as error:
            return described(error)

    def _example(self, source: str) -> dict[str, Any]:
        """What a doctest example prints and returns, as the interactive interpreter would show it."""
        stdout, sys.stdout = sys.stdout, io.StringIO()
        value = None
        try:
            try:
                code = compile(source, TEST_FILE, "eval", dont_inherit=True)
            except SyntaxError:
                exec(compile(source, TEST_FILE, "exec", dont_inherit=True), self._module.__dict__)
            else:
                value = eval(code, self._module.__dict__)
            out = sys.stdout.getvalue()[:_SHOWN_KEPT]
        finally:
            sys.stdout = stdout
        shown = None if value is None else repr(value)[:_SHOWN_KEPT]
        return {"out": out, "repr": shown, "value": Encoder().encode(value)}

    def _guarded(self, guard: dict[str, Any]) -> dict[str, Any]:
        """Runs a whole test here. Its assertions count themselves on an object that outside has chosen.

        The report repeats the job's random number, which a program that writes reports by itself cannot know.
        """
        weight = guard.pop("weight")
        falsified: bool = weight % 2 == 1
        counter = Falsified() if falsified else Standing(PROGRAM_FILE)
        self._module.__dict__[guard["name"]] = counter
        error = None
        try:
            exec(compile(guard.pop("source"), TEST_FILE, "exec", dont_inherit=True), self._module.__dict__)
        except BaseException as raised:
            error = described(raised)
        counts = [[number, *row] for number, row in counter.notes.items()]
        return {"x": error, "n": counts, "b": counter.blamed, "w": weight}

    def _send(self, record: dict[str, Any]) -> None:
        line = self._dumps(record).encode()
        if len(line) > _RECORD_ROOM:
            line = self._dumps({"k": record.get("k"), "big": "the values of one test need too much room"}).encode()
        line += b"\n"
        while line:
            line = line[self._write(self._fd, line) :]
