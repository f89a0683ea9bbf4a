"""Inside: counts the demands of a project's own test files, and asks each of them false things beside the true one.

The text that workspace/canaries.py makes calls one object of `Claims` wherever the test demands something. The true
demand decides how the test goes on, as it did in earnest; the false ones only count. Nothing is decided here.
"""
# ruff: noqa: ANN401 - the values of a program under test can be anything

import functools
import os
from typing import Any, Callable, Optional, cast

from .demands import CLOSE, METHODS, NEAR, PROBES, RAISES, SIGNS
from .falsify import falsified, private_exception
from .lineup import COMPARE, HELD, LOOSE, Lineup, file_of_function, is_test_path

SANG = "the falsified test failed, as it should"
"""What a runner raises behind a test, as an AssertionError, where false demands failed: that has to be reported."""
FAILED, UNTRUE = 1, 2


class Claims:
    """What a falsified test file calls. `file` is the file under repair, `root` the project, as this process sees them.

    `notes` has a row for each demand that was reached: how often something false held by the program's doing, how often
    it failed as it should, how often the true demand did not hold, how often something false held by what the project
    brought along.
    """

    def __init__(self, file: str = "", root: str = "") -> None:
        self.notes: dict[int, list[int]] = {}
        self._file = os.path.realpath(file) if file else ""
        self._root = os.path.join(os.path.realpath(root), "") if root else ""  # noqa: PTH118 - strings are compared
        self._known: dict[Optional[str], Optional[str]] = {}
        self._lineup = Lineup(self._place)

    def compare(self, number: int, signs: str, *sides: Any) -> Any:
        """The comparison `sides[0] sign sides[1] …`, signs apart by commas, as Python decides it.

        `signs` ends with ";no" where the test demands that it does not hold, as before `raise AssertionError`.
        """
        signs, _, wish = signs.partition(";")
        left: Any = sides[0]
        result: Any = True
        for sign, right in zip(signs.split(","), sides[1:]):
            # The false ones are asked first: who says yes to whoever comes first has given itself away.
            blame = self._lineup.lenient(sign, left, right)
            result = COMPARE[sign](left, right)
            held = _truth_of(result)
            if held is None:
                break
            if blame is None and sign == "==" and _is_empty_array(left) != _is_empty_array(right):
                blame = LOOSE
            # `!=` says "equal" when it does not hold, and only who says so can have said it too often.
            equal = held if sign != "!=" else not held
            self.note(number, blame if blame is not None and equal else FAILED if held == (not wish) else UNTRUE)
            if not held:
                break
            left = right
        return result

    def truth(self, number: int, value: Any) -> Any:
        """A condition. Its negation is the false demand, which holds exactly where the true one does not."""
        held = _truth_of(value)
        if held is not None:
            self.note(number, FAILED if held else UNTRUE)
        return value

    def calling(self, number: int, function: "Callable[..., Any]", name: str) -> "Callable[..., Any]":
        """An assertion of a framework, which the test calls by `name`."""
        return functools.partial(self._call, number, function, name)

    def _call(self, number: int, function: "Callable[..., Any]", name: str, /, *args: Any, **kwargs: Any) -> Any:
        installed = self._within(file_of_function(function)) is None
        # Probed when a test first gets there: a loop may get there a million times.
        blame = None if number in self.notes else self._probe(function, name, installed)
        sign = SIGNS.get(name, "!=")
        if blame is None and len(args) > 1 and sign != "!=":
            blame = self._lineup.lenient(sign, args[0], args[1])
        if blame is None and name in CLOSE and len(args) > 1 and _accepts_all(function, args, kwargs):
            blame = LOOSE
        try:
            result = function(*args, **kwargs)
        except BaseException:
            self.note(number, UNTRUE)
            raise
        if _is_context(result):
            return _Inside(self, number, result, blame)
        if name in METHODS or (installed and name not in NEAR) or blame is not None:
            self.note(number, FAILED if blame is None else blame)
        return result

    def _probe(self, function: "Callable[..., Any]", name: str, installed: bool) -> Optional[int]:
        """Whose doing it is that the function accepts what it must refuse; None when it refuses."""
        blame = HELD if installed else self._place(file_of_function(function))
        if blame is None or (name not in PROBES and name not in RAISES):
            return None
        try:
            if name in RAISES:
                context = function(private_exception())
                context.__enter__()
                return blame if context.__exit__(KeyError, KeyError("x"), None) else None
            function(*PROBES[name])
        except BaseException:  # noqa: BLE001 - whatever it raises, it has refused
            return None
        return blame

    def note(self, number: int, what: int) -> None:
        """Counts one demand that was reached."""
        self.notes.setdefault(number, [0, 0, 0, 0])[what] += 1

    def _place(self, file: Optional[str]) -> Optional[int]:
        """HELD for the file under repair, LOOSE for another one that a candidate may import, else None."""
        within = self._within(file)
        if within is None:
            return None
        return HELD if self._root + within == self._file else None if is_test_path(within) else LOOSE

    def _within(self, file: Optional[str]) -> Optional[str]:
        """A file's path below the project; None for an installed one."""
        if file not in self._known:
            path = os.path.realpath(file) if file else ""
            within = path[len(self._root) :] if self._root and path.startswith(self._root) else ""
            self._known[file] = within if within and "site-packages" not in within else None
        return self._known[file]


def _accepts_all(function: "Callable[..., Any]", args: "tuple[Any, ...]", kwargs: "dict[str, Any]") -> bool:
    """Whether one side of a comparison of numbers is accepted whatever the other one is."""
    return any(_accepts(function, args, kwargs, place) for place in (0, 1))


def _accepts(function: "Callable[..., Any]", args: "tuple[Any, ...]", kwargs: "dict[str, Any]", place: int) -> bool:
    if _is_empty(args[place]):
        return False  # nothing else has its form
    try:
        for factor in (3, 5):
            given = list(args)
            given[place] = _far(args[place], factor)
            said = function(*given, **kwargs)
            if said is not None and not (said.all() if hasattr(said, "all") else said):
                return False
    except Exception:  # noqa: BLE001 - it has refused, whatever it raised
        return False
    return True


def _far(value: Any, factor: int) -> Any:
    """A value of the same form, every number in it another one."""
    if type(value) in (list, tuple):
        return type(value)(_far(item, factor) for item in value)
    if type(value) in (bool, int, float, complex, str, bytes):
        return falsified(value)
    return value * 0 + (abs(value) + 1) * factor


def _is_empty_array(value: Any) -> bool:
    """An array without items: every one of them is equal to whatever it is compared with."""
    return hasattr(value, "dtype") and getattr(value, "size", None) == 0


def _is_empty(value: Any) -> bool:
    return getattr(value, "size", None) == 0 or (type(value) in (list, tuple, str, bytes, dict) and not value)


class _Inside:
    """A framework's context manager, counted when it is left. Everything else about it is the framework's own."""

    def __init__(self, claims: Claims, number: int, real: Any, blame: Optional[int]) -> None:
        self._claims, self._number, self._real, self._blame = claims, number, real, blame

    def __enter__(self) -> Any:
        return self._real.__enter__()

    def __exit__(self, kind: Any, error: Any, trace: Any) -> Any:
        try:
            swallowed = self._real.__exit__(kind, error, trace)
        except BaseException:
            self._claims.note(self._number, UNTRUE)
            raise
        met = kind is None or swallowed
        self._claims.note(self._number, (FAILED if self._blame is None else self._blame) if met else UNTRUE)
        return swallowed

    def __getattr__(self, name: str) -> Any:
        return getattr(self._real, name)


def _is_context(value: Any) -> bool:
    kind: Any = cast("Any", type(value))
    return hasattr(kind, "__enter__") and hasattr(kind, "__exit__")


def _truth_of(value: Any) -> Optional[bool]:
    """Whether a value counts as true; None where it cannot say, as an array of several numbers."""
    try:
        return bool(value)
    except Exception:  # noqa: BLE001 - code of the program; the test will meet the same exception
        return None
