"""Inside: finds objects that also equal, contain or exceed what they must not, and whose doing that is.

A value is asked about several false ones in a row before the true one. Plain data answers by Python's own rules and is
never asked. Inputs are not changed, and objects of mock, which write down that they were compared, are left alone.
"""
# ruff: noqa: ANN401 - the values of a program under test can be anything

import operator
import os
import sys
from collections.abc import Iterator
from types import ModuleType
from typing import Any, Callable, Optional, cast

from .falsify import falsified, private_object

HELD, LOOSE = 0, 3
"""Places in a row of counts: the program's own doing, or that of an object which the project brought."""
_ASKED = 12
_MOST_PARTS = 20_000
_PLAIN: "frozenset[type]" = frozenset([type(None), bool, int, float, complex, str, bytes, type(Ellipsis)])
_BOXES: "frozenset[type]" = frozenset([list, tuple, set, frozenset, dict])
_MIRROR = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}
COMPARE: "dict[str, Callable[[Any, Any], Any]]" = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
    "is": operator.is_, "is not": operator.is_not,
    "in": lambda item, box: item in box, "not in": lambda item, box: item not in box,
}  # fmt: skip


class Lineup:
    """Asks for one run; `place` says of a file whose objects those are that come from it, HELD, LOOSE or None."""

    def __init__(self, place: "Callable[[Optional[str]], Optional[int]]") -> None:
        self._place = place
        self._owners: dict[int, tuple[type, Optional[int]]] = {}

    def lenient(self, sign: str, left: Any, right: Any) -> Optional[int]:
        """HELD or LOOSE when one of the sides says yes to false values too, else None."""
        found: set[int] = set()
        try:
            for question, part, others in _suspects(sign, left, right):
                kind = cast("Any", type(part))
                blame = self._blame(kind)
                if blame is not None:
                    answer = _answer(question, part, others, blame)
                    found |= set() if answer is None else {answer}
        except Exception:  # noqa: BLE001 - a form of data that cannot be walked; nothing was found in it
            return None
        return min(found, default=None)

    def _blame(self, kind: type) -> Optional[int]:
        known = self._owners.get(id(kind))
        if known is None:
            # The class is kept as well: the id of one that is gone may come again.
            known = self._owners[id(kind)] = (kind, self._owner(kind))
        return known[1]

    def _owner(self, kind: type) -> Optional[int]:
        places: set[Optional[int]] = set()
        for base in type.__dict__["__mro__"].__get__(kind):
            names = type.__dict__["__dict__"].__get__(base)
            module = sys.modules.get(str(names.get("__module__", "")))
            places.add(self._place(getattr(module, "__file__", None)))
            # A class may claim any module; what is not to be found there could be anybody's.
            if not _is_found(base, module):
                places.add(LOOSE)
            places |= {self._place(file_of_function(part)) for part in names.values()}
        return min((place for place in places if place is not None), default=None)


def _is_found(kind: Any, module: Any) -> bool:
    """Whether a class is where it says; of those written in C some are nowhere, and nobody else can make such."""
    bases = type.__dict__["__mro__"].__get__(kind)
    written = ({"__dict__", "__weakref__"} & type.__dict__["__dict__"].__get__(base).keys() for base in bases)
    if not any(written):
        return True
    found: Any = module
    for part in type.__dict__["__qualname__"].__get__(kind).split("."):
        found = vars(found).get(part) if isinstance(found, (type, ModuleType)) else None
    return found is kind


def is_test_path(path: str) -> bool:
    """Whether a relative path names what belongs to the tests, which no candidate may import."""
    *folders, name = path.replace(os.sep, "/").split("/")
    if {"test", "tests", "testing"} & set(folders) or name == "conftest.py":
        return True
    return name.startswith("test_") or name.endswith(("_test.py", "_tests.py")) or name in ("test.py", "tests.py")


def file_of_function(function: Any) -> Optional[str]:
    """The file that a function or method was written in; None where that cannot be told."""
    for name in ("func", "__func__", "__wrapped__"):
        inner = getattr(function, name, None) if type(function).__name__ in _WRAPPERS else None
        function = function if inner is None else inner
    code = getattr(function, "__code__", None) if type(function).__name__ == "function" else None
    return getattr(code, "co_filename", None)


_WRAPPERS = ("partial", "method", "staticmethod", "classmethod")


def _answer(question: str, part: Any, others: "list[Any]", blame: int) -> Optional[int]:
    """What an object's answers to false questions say about it: HELD, LOOSE or nothing."""
    if question == "in":
        return blame if _agrees(_contains, part, private_object()) else None
    if question in _MIRROR:
        wrong = any(_agrees(COMPARE[sign], part, private_object()) for sign in _MIRROR)
        both = any(
            _agrees(COMPARE[question], part, other) and _agrees(COMPARE[_OPPOSITE[question]], part, other)
            for other in others
        )
        return blame if wrong or both else None
    says = _unequal_not if question == "!=" else _equal
    if _agrees(says, part, private_object(question == "!=")):
        return blame
    # What the project brought may be tolerant of values near the true one, as its authors wanted; so it is not asked.
    return _answers_to_false(says, part, others) if blame == HELD else None


def _answers_to_false(says: "Callable[[Any, Any], Any]", part: Any, others: "list[Any]") -> Optional[int]:
    """Yes to everything, or yes and no to the same, is a trick; yes to some may be a number modulo another."""
    for other in others:
        if not _is_plain(other, [_MOST_PARTS]):
            continue
        asked = [falsified(other) for _ in range(_ASKED)]
        first = [_agrees(says, part, one) for one in asked]
        second = [_agrees(says, part, one) for one in asked]
        if first != second or all(first):
            return HELD
        if any(first):
            return LOOSE
    return None


def _suspects(sign: str, left: Any, right: Any) -> "Iterator[tuple[str, Any, list[Any]]]":
    """Parts of the sides that are no plain data: what to ask, the part, the values that it was compared with."""
    room = [_MOST_PARTS]
    if sign in ("==", "!="):
        yield from ((sign, part, others) for part, others in _pairs(left, right, room))
    elif sign in _MIRROR:
        for question, part, other in ((sign, left, right), (_MIRROR[sign], right, left)):
            if not _is_plain(part, room):
                yield question, part, [other]
    elif sign == "in":
        boxed = type(right) in _BOXES
        if not _is_plain(left, room):
            yield "==", left, list(right)[:_ASKED] if boxed else []
        if boxed:
            yield from (("==", item, [left]) for item in right if not _is_plain(item, room))
        elif type(right) not in _PLAIN and (hasattr(right, "__contains__") or not hasattr(right, "__next__")):
            # To look for something in an iterator uses it up.
            yield "in", right, []


def _pairs(left: Any, right: Any, room: "list[int]") -> "Iterator[tuple[Any, list[Any]]]":
    """Walks both sides alike as far as they have the same form."""
    room[0] -= 1
    if room[0] < 0 or (type(left) in _PLAIN and type(right) in _PLAIN):
        return
    if type(left) is type(right) and type(left) in (list, tuple) and len(left) == len(right):
        for one, other in zip(left, right):
            yield from _pairs(one, other, room)
    elif type(left) is type(right) is dict and left.keys() == right.keys():
        for key in left:
            yield from _pairs(left[key], right[key], room)
    else:
        for part, other in ((left, right), (right, left)):
            if type(part) in _BOXES:
                items = _items(part)
                others = list(other)[:_ASKED] if type(other) in _BOXES else []
                yield from ((item, others) for item in items if not _is_plain(item, room))
            elif type(part) not in _PLAIN:
                yield part, [other]


def _is_plain(value: Any, room: "list[int]") -> bool:
    room[0] -= 1
    if type(value) in _PLAIN or room[0] < 0:
        return True
    return type(value) in _BOXES and all(_is_plain(item, room) for item in _items(value))


def _items(box: Any) -> "list[Any]":
    return [*box, *(box.values() if type(box) is dict else ())]


def _agrees(says: "Callable[[Any, Any], Any]", part: Any, other: Any) -> bool:
    try:
        return bool(says(part, other))
    except BaseException:  # noqa: BLE001 - code of the program; whatever it raises, it has not agreed
        return False


def _equal(part: Any, other: Any) -> Any:
    return part == other


def _unequal_not(part: Any, other: Any) -> Any:
    return not part != other  # noqa: SIM202 - `!=` can have code of its own


def _contains(part: Any, other: Any) -> Any:
    return other in part
