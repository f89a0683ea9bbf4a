"""The problem of kind "stdio": a whole program, inputs, and the outputs that are accepted. Reading only."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Optional, cast

from ..limits import OUTPUT_CAP_BYTES
from ..problem import DEFAULT_TIME_LIMIT_S, ProblemError, chosen, python_of, seconds_of, text_of

COMPARISONS = ("tokens", "lines")
DEFAULT_MEMORY_MB = 1024
_MEMORY_MB = (16, 16 * 1024)


@dataclass(frozen=True)
class Case:
    """One run of the program."""

    id: str
    input: str
    outputs: tuple[str, ...]
    """Any of them is accepted. They never enter the sandbox."""


@dataclass(frozen=True)
class StdioProblem:
    """A problem, in the words and shapes of the JSON interface."""

    id: str
    public_tests: tuple[Case, ...]
    private_tests: tuple[Case, ...]
    code: str = ""
    """The program to repair; empty when one is to be written."""
    instruction: str = ""
    time_limit_s: float = DEFAULT_TIME_LIMIT_S
    """Wall-clock seconds for one case."""
    memory_mb: int = DEFAULT_MEMORY_MB
    """MiB that a program may use in one case, without what the interpreter itself needs."""
    compare: str = "tokens"
    """Words in their order wherever the lines end, or line by line."""
    tolerance: float = 0.0
    """How far a number may be off, absolutely or relatively; 0 wants the same text."""
    python: Optional[str] = None

    def tests(self, which: str) -> tuple[Case, ...]:
        """The cases named `public` or `private`."""
        return chosen(which, self.public_tests, self.private_tests)


def stdio_from_fields(fields: Mapping[str, object]) -> StdioProblem:
    """Reads a problem of kind "stdio". Raises ProblemError for a wrong shape."""
    compare = text_of(fields, "compare", "tokens")
    if compare not in COMPARISONS:
        raise ProblemError(f"compare must be one of {', '.join(COMPARISONS)}, not {compare!r}.")
    return StdioProblem(
        id=text_of(fields, "id"),
        public_tests=_cases(fields, "public_tests"),
        private_tests=_cases(fields, "private_tests"),
        code=text_of(fields, "code", ""),
        instruction=text_of(fields, "instruction", ""),
        time_limit_s=seconds_of(fields, "time_limit_s", DEFAULT_TIME_LIMIT_S),
        memory_mb=_memory(fields.get("memory_mb", DEFAULT_MEMORY_MB)),
        compare=compare,
        tolerance=_tolerance(fields.get("tolerance", 0)),
        python=python_of(fields),
    )


def _memory(value: object) -> int:
    least, most = _MEMORY_MB
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not least <= value <= most:
        raise ProblemError(f"memory_mb must be a number of MiB from {least} to {most}.")
    return int(value)


def _tolerance(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not (math.isfinite(value) and value >= 0):
        raise ProblemError("tolerance must be a finite number that is not below 0.")
    return float(value)


def _cases(fields: Mapping[str, object], name: str) -> tuple[Case, ...]:
    given = fields.get(name, [])
    if not isinstance(given, list):
        raise ProblemError(f"The problem's {name} must be a list of cases.")
    cases: list[Case] = []
    seen: set[str] = set()
    for index, item in enumerate(cast("list[object]", given)):
        if not isinstance(item, dict):
            raise ProblemError(f"Case {index} of {name} must be an object with id, input and outputs.")
        case = _case(cast("Mapping[str, object]", item), f"Case {index} of {name}")
        if case.id in seen:
            raise ProblemError(f"Two cases of {name} have the id {case.id!r}; ids must differ.")
        seen.add(case.id)
        cases.append(case)
    return tuple(cases)


def _case(fields: Mapping[str, object], place: str) -> Case:
    name, given, outputs = fields.get("id"), fields.get("input"), fields.get("outputs")
    if not isinstance(name, str) or not isinstance(given, str):
        raise ProblemError(f"{place} needs an id and an input, both text.")
    texts = cast("list[object]", outputs) if isinstance(outputs, list) else []
    accepted = tuple(text for text in texts if isinstance(text, str))
    if not accepted or len(accepted) != len(texts):
        raise ProblemError(f"{place} needs outputs: a list of at least one text.")
    for text in (given, *accepted):
        if len(_bytes_of(text, place)) > OUTPUT_CAP_BYTES:
            raise ProblemError(f"{place} holds a text of more than {OUTPUT_CAP_BYTES // 2**20} MiB.")
    return Case(name, given, accepted)


def _bytes_of(text: str, place: str) -> bytes:
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        raise ProblemError(f"{place} holds half a surrogate pair, which no program can read.") from error
