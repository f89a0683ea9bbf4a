"""Values that the program's own helpers give, computed in a child that holds the context and no candidate.

A helper that decides about a result must not run where the candidate could replace it.
"""
# ruff: noqa: ANN401 - the values of a program under test can be anything

from collections.abc import Sequence
from typing import Any, Callable, cast

from ..limits import Outcome
from .values import BadDataError, Opaque, RefusedError, decode, literal, parsed

Start = Callable[[str, Sequence[dict[str, Any]]], Outcome]
"""Runs tests of a job on a program in a fresh child."""
MOST_ROUNDS = 20
_MOST_AT_ONCE = 500


class PendingError(Exception):
    """A reference is not known yet; it has been noted for the next `fetch`."""


class NeedsGuardError(Exception):
    """The judge alone cannot say; the test has to run in the candidate's process, guarded."""


class References:
    """Values of expressions over the context. `context` is the program without the region under repair."""

    def __init__(self, context: str, start: Start, classes: frozenset[str] = frozenset()) -> None:
        """`classes` are the names of the program's own classes, whose objects helpers may be given."""
        self._context = context
        self._classes = classes
        self._start = start
        self._known: dict[str, Any] = {}
        self._wanted: list[str] = []

    def value(self, source: str) -> Any:
        """The plain value of an expression over the context. Raises NeedsGuardError when it has none."""
        while source not in self._known:
            self._wanted = [source]
            self.fetch()
        return self._plain(source)

    def call(self, name: str, args: Sequence[Any], kwargs: dict[str, Any]) -> Any:
        """What a helper returns for plain values. Raises PendingError until `fetch` has run, or NeedsGuardError."""
        for value in [*args, *kwargs.values()]:
            if isinstance(value, Opaque) and not self.is_trusted(value):
                raise RefusedError(f"a {value.kind} object is no plain data, and the program's helpers do not know it")
        try:
            given = [*(literal(arg) for arg in args), *(f"{key}={literal(value)}" for key, value in kwargs.items())]
        except RefusedError as error:
            raise NeedsGuardError(str(error)) from error
        source = f"{name}({', '.join(given)})"
        if source not in self._known:
            if source not in self._wanted:
                self._wanted.append(source)
            raise PendingError
        return self._plain(source)

    def is_trusted(self, value: Opaque) -> bool:
        """Whether an object is of a class that the candidate did not bring: a builtin one or one of the program."""
        first = value.mro[0] if value.mro else ""
        return not first.startswith("__candidate__.") or first.split(".", 1)[1] in self._classes

    def _plain(self, source: str) -> Any:
        value = self._known[source]
        if isinstance(value, Exception):
            raise value
        if isinstance(value, Opaque):
            raise NeedsGuardError("a helper returns an object that is no plain data")
        return value

    def fetch(self) -> None:
        """Computes what has been noted, in one child."""
        wanted, self._wanted = self._wanted[:_MOST_AT_ONCE], self._wanted[_MOST_AT_ONCE:]
        tests = [{"k": k, "names": [], "steps": [["get", source]]} for k, source in enumerate(wanted)]
        outcome = self._start(self._context, tests)
        records = [parsed(line) for line in outcome.records][1:]
        for k, source in enumerate(wanted):
            self._known[source] = _value(records[k]) if k < len(records) else NeedsGuardError("a helper did not answer")


def _value(record: Any) -> Any:
    try:
        result = cast("dict[str, Any]", cast("dict[str, Any]", record)["r"][0])
        return decode(result["v"]) if "v" in result else NeedsGuardError("a helper raised an exception")
    except (KeyError, IndexError, TypeError, BadDataError, RefusedError):
        return NeedsGuardError("a helper did not answer")


class Helper:
    """A helper of the context where an expression outside calls it."""

    def __init__(self, name: str) -> None:
        self.name = name
