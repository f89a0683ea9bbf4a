"""The problem of kind "function", and the fields that all kinds share. Reading only; nothing is run or planned here.

Which kind a problem is of is decided in kinds.py.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Optional, TypeVar, cast

from .errors import JudgeError

DEFAULT_TIME_LIMIT_S = 5.0
MOST_TIME_LIMIT_S = 600.0


class ProblemError(JudgeError):
    """A problem that cannot be judged as it stands; the message names the field and what belongs there."""


@dataclass(frozen=True)
class Test:
    """One check: its id within the problem and its Python source."""

    __test__ = False

    id: str
    source: str


_Kept = TypeVar("_Kept")


def chosen(which: str, public: _Kept, private: _Kept) -> _Kept:
    """What is named `public` or `private`. Raises ProblemError for another name."""
    if which not in ("public", "private"):
        raise ProblemError(f"Tests are either public or private, not {which!r}; set `which` to one of them.")
    return public if which == "public" else private


@dataclass(frozen=True)
class Problem:
    """A problem, in the words and shapes of the JSON interface."""

    id: str
    entry_point: str
    """`f`, or `Class.m`."""
    code: str
    """The top-level statement under repair, LF line ends, column 0."""
    context: str
    """The rest of the program, put in front of the code."""
    public_tests: tuple[Test, ...]
    private_tests: tuple[Test, ...]
    instruction: str = ""
    time_limit_s: float = DEFAULT_TIME_LIMIT_S
    """Wall-clock seconds for one test."""
    python: Optional[str] = None

    def tests(self, which: str) -> tuple[Test, ...]:
        """The tests named `public` or `private`."""
        return chosen(which, self.public_tests, self.private_tests)

    @property
    def owner(self) -> str:
        """Name of the top-level statement that holds the entry point: the function's or the class's."""
        return self.entry_point.split(".")[0]

    @property
    def function_name(self) -> str:
        """Name of the function itself, without its class."""
        return self.entry_point.split(".")[-1]


def function_from_json(data: object) -> Problem:
    """Reads a problem of kind "function". Raises ProblemError for a wrong shape, another language or kind."""
    fields = fields_of(data)
    for name, only in (("language", "python"), ("kind", "function")):
        if fields.get(name, only) != only:
            raise ProblemError(f"This judge knows only {name} {only!r}, not {fields.get(name)!r}.")
    return Problem(
        id=text_of(fields, "id"),
        entry_point=entry_point_of(fields),
        code=text_of(fields, "code", ""),
        context=text_of(fields, "context", ""),
        public_tests=tests_of(fields, "public_tests"),
        private_tests=tests_of(fields, "private_tests"),
        instruction=text_of(fields, "instruction", ""),
        time_limit_s=seconds_of(fields, "time_limit_s", DEFAULT_TIME_LIMIT_S),
        python=python_of(fields),
    )


def fields_of(data: object) -> Mapping[str, object]:
    """The fields of a problem. Raises ProblemError for anything else than an object."""
    if not isinstance(data, dict):
        raise ProblemError("A problem is a JSON object; give one with id, entry_point, code and tests.")
    return cast("Mapping[str, object]", data)


def entry_point_of(fields: Mapping[str, object]) -> str:
    """The name under repair: `f` or `Class.m`."""
    entry_point = text_of(fields, "entry_point")
    if not all(part.isidentifier() for part in entry_point.split(".")) or entry_point.count(".") > 1:
        raise ProblemError(f"entry_point must be `f` or `Class.m`, not {entry_point!r}.")
    return entry_point


def python_of(fields: Mapping[str, object]) -> Optional[str]:
    """The path of the interpreter, or None for the judge's own."""
    python = fields.get("python")
    if python is not None and not isinstance(python, str):
        raise ProblemError("The problem's python must be the path of an interpreter.")
    return python


def text_of(fields: Mapping[str, object], name: str, default: Optional[str] = None) -> str:
    """A text with LF line ends; without a default it must be there."""
    value = fields.get(name, default)
    if not isinstance(value, str):
        raise ProblemError(f"The problem's {name} must be text; it is {type(value).__name__}.")
    return value.replace("\r\n", "\n").replace("\r", "\n")


def seconds_of(fields: Mapping[str, object], name: str, default: float) -> float:
    """A number of seconds above 0."""
    value = fields.get(name, default)
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value <= MOST_TIME_LIMIT_S:
        raise ProblemError(f"{name} must be a number of seconds above 0 and at most {MOST_TIME_LIMIT_S:g}.")
    return float(value)


def tests_of(fields: Mapping[str, object], name: str) -> tuple[Test, ...]:
    """A list of tests; one given as text gets the id `t<index>`. Ids must differ."""
    given = fields.get(name, [])
    if not isinstance(given, list):
        raise ProblemError(f"The problem's {name} must be a list of tests.")
    tests: list[Test] = []
    seen: dict[str, int] = {}
    for index, item in enumerate(cast("list[object]", given)):
        if isinstance(item, str):
            tests.append(Test(f"t{index}", item))
        elif isinstance(item, dict):
            one = cast("Mapping[str, object]", item)
            tests.append(Test(text_of(one, "id"), text_of(one, "source")))
        else:
            raise ProblemError(f"Test {index} of {name} must be text or an object with id and source.")
        if tests[-1].id in seen:
            raise ProblemError(f"Two tests of {name} have the id {tests[-1].id!r}; ids must differ.")
        seen[tests[-1].id] = index
    return tuple(tests)
