"""Outside: decides one divided test from what the child sent about it, and says what was expected and what came."""
# ruff: noqa: ANN401 - the values of a program under test can be anything

import errno
import re
from collections.abc import Iterable
from typing import Any, Optional, cast

from ..verdict import TestVerdict
from .allowed import TooMuchError
from .checks import AnyCheck, Check, DocCheck, RaiseCheck, SplitTest
from .described import MESSAGE_KEPT
from .doctests import example_holds
from .explain import expected_alone, explain
from .oracle import NotPlainError, Oracle
from .references import MOST_ROUNDS, NeedsGuardError, PendingError, References
from .values import BadDataError, Opaque, RefusedError, decode, literal, printable, shorten

_ERROR_SHOWN = 300
_REFUSED = " (the sandbox allows programs under test no sockets and no calls that manage the machine)"
_REPEATS = re.compile(r"[*+{]")
_DISK_FULL = tuple(f"[Errno {code}]" for code in (errno.EFBIG, errno.ENOSPC, errno.EDQUOT))


class RaisedError(Exception):
    """The candidate raised where a value was wanted; `record` is the child's description of it."""

    def __init__(self, record: dict[str, Any]) -> None:
        super().__init__(describe_exception(record))
        self.record = record


class OpaqueValueError(NeedsGuardError):
    """It holds not on what came outside, but part of that stayed in the child; `verdict` says what is known here."""

    def __init__(self, verdict: TestVerdict) -> None:
        super().__init__("an object of the program")
        self.verdict = verdict


class TooBigValueError(Exception):
    """The candidate's value was too large to send."""


class Sent:
    """The child's results for the steps of one test, checked for shape."""

    def __init__(self, test: SplitTest, results: object, references: References) -> None:
        self.references = references
        self.opaque = False
        """Whether a value was only described, and is of a class that the candidate did not bring."""
        if not isinstance(results, list):
            raise BadDataError("no results")
        self._results = cast("list[Any]", results)
        stopped = bool(self._results) and self._results[-1] is not None
        if len(self._results) > len(test.steps) or (len(self._results) < len(test.steps) and not stopped):
            raise BadDataError("results of other steps")
        for step, result in zip(test.steps, self._results):
            check_result(step.kind, result)

    def oracle(self, check: Check) -> Oracle:
        """What evaluates a check on these results."""
        return Oracle(check.names, self.value_of, self.references)

    def error_of(self, step: int) -> Optional[dict[str, Any]]:
        """What a statement raised, or None."""
        result = self._results[step] if step < len(self._results) else None
        record = cast("dict[str, Any]", result) if isinstance(result, dict) else {}
        return record if "x" in record else None

    def value_of(self, step: int) -> Any:
        """The value of a step. Raises RaisedError or TooBigValueError."""
        value = decode(self.data_of(step))
        self.opaque = self.opaque or any(self.references.is_trusted(part) for part in _opaques(value))
        return value

    def data_of(self, step: int) -> Any:
        """The same, still tagged."""
        result = self._results[step] if step < len(self._results) else None
        if not isinstance(result, dict):
            raise BadDataError("a value is missing")
        record = cast("dict[str, Any]", result)
        if "x" in record:
            raise RaisedError(record)
        if "big" in record:
            raise TooBigValueError(str(record["big"])[:_ERROR_SHOWN])
        return record["v"]


def _opaques(value: Any) -> list[Opaque]:
    """The objects in a value that were only described."""
    if isinstance(value, Opaque):
        return [value]
    parts = cast("dict[Any, Any]", value).values() if isinstance(value, dict) else value
    inner = cast("Iterable[Any]", parts) if isinstance(value, (list, tuple, dict)) else ()
    return [found for part in inner for found in _opaques(part)]


def check_result(kind: str, result: object) -> None:
    """Raises BadDataError unless the result has a shape that the child writes for such a step."""
    if result is None and kind in ("do", "try"):
        return
    if isinstance(result, dict):
        record = cast("dict[str, Any]", result)
        if "x" in record and is_exception(record):
            return
        if set(record) == {"big"} or (kind in ("get", "doc") and "v" in record):
            return
    raise BadDataError("a result of another shape")


def is_exception(record: dict[str, Any]) -> bool:
    """Whether a record has the shape of a described exception."""
    classes, lines = record.get("x"), (record.get("line"), record.get("at"))
    return (
        set(record) == {"x", "m", "line", "at"}
        and isinstance(classes, list)
        and bool(cast("list[object]", classes))
        and all(isinstance(name, str) for name in cast("list[object]", classes))
        and isinstance(record["m"], str)
        and len(record["m"]) <= MESSAGE_KEPT
        and all(line is None or isinstance(line, int) for line in lines)
    )


def describe_exception(record: dict[str, Any]) -> str:
    """`ValueError: message`, printable and short."""
    name = short_class(record["x"][0])
    message = shorten(printable(record["m"]).strip(), _ERROR_SHOWN)
    return f"{name}: {message}" if message else name


def short_class(name: str) -> str:
    """An exception's class without the module when it is builtin or the program's own."""
    return printable(re.sub(r"^(builtins|__candidate__|__main__)\.", "", name))[:100]


def _is_refused(record: dict[str, Any]) -> bool:
    """Whether the system-call filter refused something; files that are closed to the candidate have another number."""
    return "builtins.PermissionError" in record["x"] and record["m"].startswith(f"[Errno {errno.EPERM}]")


def meets_limit(record: dict[str, Any]) -> bool:
    """Whether the candidate met the limit of memory, or of what it may write."""
    full = "builtins.OSError" in record["x"] and record["m"].startswith(_DISK_FULL)
    return full or "builtins.MemoryError" in record["x"]


def decide(test: SplitTest, results: object, references: References) -> TestVerdict:
    """The verdict on one test; its `line` holds the program's line number as text until judging.py puts the text.

    Raises NeedsGuardError when a helper of the context would have to judge an object that is no plain data.
    """
    name = test.test.id
    try:
        sent = Sent(test, results, references)
        for _ in range(MOST_ROUNDS):
            verdict, pending = _round(test, sent)
            if not pending:
                if verdict is not None and sent.opaque and verdict.result in ("fail", "error"):
                    raise OpaqueValueError(verdict)
                return verdict or TestVerdict(name, "pass")
            references.fetch()
        return TestVerdict(name, "fail", error="the test asks the program's helpers too often")
    except (BadDataError, RecursionError):
        return TestVerdict(name, "tamper", error="the child's report is not one that the judge's own code writes")


def _round(test: SplitTest, sent: Sent) -> "tuple[Optional[TestVerdict], bool]":
    """The first failure, and whether helpers must be asked before the verdict is known."""
    pending = False
    for check in test.checks:
        try:
            verdict = _check(test, check, sent)
        except PendingError:
            pending = True
            continue
        if verdict is not None:
            # With questions open an earlier check may still fail; all that can be asked is asked in one go.
            return verdict, pending
    return None, pending


def _check(test: SplitTest, check: AnyCheck, sent: Sent) -> Optional[TestVerdict]:
    for number, step in enumerate(test.steps[: check.after]):
        error = sent.error_of(number) if step.kind == "do" else None
        if error is not None:
            return raised(test.test.id, error, failing=step.source)
    if isinstance(check, RaiseCheck):
        return _raise_check(test, check, sent)
    return _example(test, check, sent) if isinstance(check, DocCheck) else _truth(test, check, sent)


def raised(
    test: str, record: dict[str, Any], failing: Optional[str] = None, expected: Optional[str] = None
) -> TestVerdict:
    """The verdict on a test in which the candidate raised."""
    result = "limit" if meets_limit(record) else "error"
    line = None if record["line"] is None else str(record["line"])
    error = describe_exception(record) + (_REFUSED if _is_refused(record) else "")
    return TestVerdict(test, result, expected, error=error, line=line, failing=failing)


def _raise_check(test: SplitTest, check: RaiseCheck, sent: Sent) -> Optional[TestVerdict]:
    error = sent.error_of(check.step)
    wanted = " or ".join(check.classes)
    if error is None:
        return TestVerdict(test.test.id, "fail", f"{wanted} raised", "no exception", failing=check.source)
    if not any(name.split(".")[-1] in check.classes for name in error["x"]):
        return raised(test.test.id, error, check.source, f"{wanted} raised")
    if check.match is not None and not _matches(check.match, error["m"], sent.references):
        expected = f"{wanted} matching {check.match!r}"
        return TestVerdict(test.test.id, "fail", expected, describe_exception(error), failing=check.source)
    return None


def _example(test: SplitTest, check: DocCheck, sent: Sent) -> Optional[TestVerdict]:
    want = shorten(printable(check.want.rstrip("\n")), _ERROR_SHOWN)
    try:
        holds, got = example_holds(check, sent.data_of(check.step))
    except RaisedError as error:
        return raised(test.test.id, error.record, check.source, want)
    except (TooBigValueError, RefusedError) as error:
        return TestVerdict(test.test.id, "fail", want, error=str(error), failing=check.source)
    if holds:
        return None
    return TestVerdict(test.test.id, "fail", want, shorten(printable(got), _ERROR_SHOWN), failing=check.source)


def _matches(pattern: str, message: str, references: References) -> bool:
    """Whether the pattern is found. One that repeats can take for ever on a text made for it, so a child looks."""
    if _REPEATS.search(pattern):
        return bool(references.value(f"bool(__import__('re').search({literal(pattern)}, {literal(message)}))"))
    try:
        return re.search(pattern, message) is not None
    except re.error:
        return False


def _truth(test: SplitTest, check: Check, sent: Sent) -> Optional[TestVerdict]:
    name = test.test.id
    oracle = sent.oracle(check)
    try:
        if oracle.evaluate(check.node):
            return None
        expected, got = explain(check, sent.oracle(check))
        return TestVerdict(name, "fail", expected, got, failing=check.source)
    except RaisedError as error:
        return raised(name, error.record, check.source, expected_alone(check))
    except (RefusedError, NotPlainError) as error:
        sent.opaque = sent.opaque or isinstance(error, NotPlainError)
        expected, got = explain(check, sent.oracle(check))
        return TestVerdict(name, "fail", expected, got, str(error), failing=check.source)
    except (TooBigValueError, TooMuchError) as error:
        return TestVerdict(
            name, "fail", expected_alone(check), error=f"too large to compare: {error}", failing=check.source
        )
    except (BadDataError, PendingError, NeedsGuardError):
        raise
    except Exception as error:  # noqa: BLE001 - Python's own answer to comparing what came, e.g. None < 3
        expected, got = explain(check, sent.oracle(check))
        text = f"{type(error).__name__}: {error}"
        return TestVerdict(name, "error", expected, got, printable(text), failing=check.source)
