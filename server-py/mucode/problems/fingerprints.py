"""What the evaluation sets look like, as hashes: prompts as normalised text, programs as syntax trees without names,
tests as sets of asserts.

Only hashes are kept, in fingerprints.json: the guard works without the data sets and gives nothing of them away.
"""

import ast
import hashlib
import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, cast

from mucode.judge.syntax import NOT_PYTHON, parse_strictly

from .asserts import assert_shapes
from .files import DataError
from .row import INSTRUCTIONS, Row
from .shape import Names, is_text, shape_of

FILE = Path(__file__).with_name("fingerprints.json")
_VERSION = 3
"""Raised when a fingerprint is made differently, so that no older file is taken for one that knows something."""
_LENGTH = 16
_LEAST_WORDS = 5
"""A text of fewer words says too little to be recognised by: `Add two numbers.`"""
_FILLING = frozenset({"a", "an", "the", "python", "given"})
"""Words that are there or not without another meaning: `Write a python function to …`."""
_LEAST_ASSERT = 72
"""Characters in the shape of an assert that says something: that of `f(10) == True` has 66, as of other functions."""
_SHORT = "~"
"""Before the fingerprint of an assert that says less."""
_LEAST_SHAPE = 200
"""Characters in the shape of a helper; `def read(): return list(map(int, input().split()))` has 155."""
_ENDS = re.compile(r"[.:;!?](?=\s|$)|\n|\"\"\"|'''")
_MOST_PARTS = 60
"""Sentences and lines of a text that are looked at; what follows is examples."""
_FENCE = re.compile(r"```\w*\n(.*?)```", re.DOTALL)
_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
_IMPORTS = (ast.Import, ast.ImportFrom)
_EXAMPLE = re.compile(r"^\W*(>>>|examples?\b|for example|for instance)", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True)
class Prints:
    """Fingerprints of some rows."""

    texts: frozenset[str]
    programs: frozenset[str]
    tests: frozenset[frozenset[str]] = frozenset()
    """For each row the fingerprints of its asserts."""

    def share_tests(self, others: "Prints") -> bool:
        """Whether a row has two telling asserts in common with one of the others, or all of its own."""
        return any(_alike(own, known) for own in self.tests for known in others.tests)


def _alike(own: frozenset[str], known: frozenset[str]) -> bool:
    shared = own & known
    saying = sum(not one.startswith(_SHORT) for one in shared)
    return saying >= 2 or (shared == own and (saying > 0 or len(own) >= 2))


def text_print(text: str) -> str | None:
    """The fingerprint of a text: its words in lower case without filling ones. None for fewer than five words."""
    return _words_print(_words(text))


def text_prints_within(text: str) -> Iterator[str]:
    """The fingerprints of a text and of all runs of sentences in it: a prompt may stand inside other words."""
    parts = [words for part in _ENDS.split(text) if (words := _words(part))][:_MOST_PARTS]
    for first in range(len(parts)):
        run: list[str] = []
        for part in parts[first:]:
            run += part
            if found := _words_print(run):
                yield found


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", unicodedata.normalize("NFKC", text).casefold())


def _words_print(words: Sequence[str]) -> str | None:
    telling = [word for word in words if word not in _FILLING]
    return _hash(" ".join(telling)) if len(words) >= _LEAST_WORDS else None


def program_prints(source: str, entry_point: str = "") -> frozenset[str]:
    """The fingerprints of a program and of its functions, whatever its names; none for a stub and for no Python.

    A function other than the entry point has one only if it is large: every other program reads its input alike.
    """
    try:
        tree = parse_strictly(source.strip() + "\n")
        return frozenset(_hash(shape) for shape in _shapes(tree, entry_point.rpartition(".")[2]))
    except NOT_PYTHON:
        return frozenset()


def prints_of(row: Row) -> Prints:
    """Every fingerprint by which a row can be recognised."""
    return Prints(frozenset(_whole_prints(_prompts(row))), _programs(row), _tests(row))


def prints_within(row: Row) -> Prints:
    """Every fingerprint that is somewhere in a row: also of prompts and programs that others are put around."""
    texts = _prompts(row)
    fenced = [program for text in texts for program in _FENCE.findall(text)]
    entry_point = str(row.problem.get("entry_point", ""))
    return Prints(
        frozenset([*_whole_prints(texts), *(found for text in texts for found in text_prints_within(text))]),
        _programs(row).union(*(program_prints(program, entry_point) for program in fenced)),
        _tests(row),
    )


def _whole_prints(texts: Iterable[str]) -> Iterator[str]:
    """Of whole texts, and of what stands before their examples."""
    for text in texts:
        for part in (text, _EXAMPLE.split(text, maxsplit=1)[0]):
            if found := text_print(part):
                yield found


def _prompts(row: Row) -> list[str]:
    """The instruction, unless it is the project's own, and texts in the programs."""
    instruction = str(row.problem["instruction"])
    own = [] if instruction in INSTRUCTIONS.values() else [instruction]
    return [*own, *_texts(row.solution), *_texts(str(row.problem.get("code", "")))]


def _programs(row: Row) -> frozenset[str]:
    programs = [row.solution, *([str(row.problem.get("code", ""))] if row.task == "repair" else [])]
    entry_point = str(row.problem.get("entry_point", ""))
    return frozenset(found for program in programs for found in program_prints(program, entry_point))


def _tests(row: Row) -> frozenset[frozenset[str]]:
    """One set for the row, or none where no test is an assert."""
    entry_point = str(row.problem.get("entry_point", "")).partition(".")[0]
    tests = [test for which in ("public_tests", "private_tests") for test in row.problem.get(which, ())]
    sources = [test if isinstance(test, str) else str(test.get("source", "")) for test in tests]
    shapes = [shape for source in sources for shape in assert_shapes(source, entry_point)]
    found = frozenset(("" if len(shape) >= _LEAST_ASSERT else _SHORT) + _hash(shape) for shape in shapes)
    return frozenset([found] if found else [])


def union(prints: Iterable[Prints]) -> Prints:
    """All of them as one."""
    every = list(prints)
    texts = frozenset(text for one in every for text in one.texts)
    programs = frozenset(program for one in every for program in one.programs)
    return Prints(texts, programs, frozenset(tests for one in every for tests in one.tests))


def telling(prints: Iterable[Prints]) -> Prints:
    """All of them as one without texts that several rows have: such a text is a form of words, and no prompt."""
    every = list(prints)
    counts = Counter(text for one in every for text in one.texts)
    return replace(union(every), texts=frozenset(text for text, count in counts.items() if count == 1))


def write(sets: dict[str, Prints], path: Path = FILE) -> None:
    """Writes the fingerprints of evaluation sets by name."""
    content = {
        name: {
            "texts": sorted(one.texts),
            "programs": sorted(one.programs),
            "tests": sorted(" ".join(sorted(tests)) for tests in one.tests),
        }
        for name, one in sets.items()
    }
    path.write_text(json.dumps({"v": _VERSION, "sets": content}, indent=0) + "\n", encoding="utf-8")


def read(path: Path = FILE) -> dict[str, Prints]:
    """The fingerprints of the evaluation sets by name. Raises DataError: without them nothing may be trained on."""
    try:
        found = cast("dict[str, Any]", json.loads(path.read_text(encoding="utf-8")))
        sets = cast("dict[str, dict[str, list[str]]]", found["sets"])
        if found["v"] != _VERSION:
            raise ValueError(f"it is of version {found['v']}, not {_VERSION}")
        return {name: _read(one) for name, one in sets.items()}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise DataError(
            f"The fingerprints of the evaluation sets cannot be read ({error}), so training rows cannot be checked "
            f"against them. Restore {path.name} from the package."
        ) from error


def _read(one: dict[str, list[str]]) -> Prints:
    tests = frozenset(frozenset(line.split()) for line in one["tests"])
    return Prints(frozenset(one["texts"]), frozenset(one["programs"]), tests)


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_LENGTH]


def _shapes(tree: ast.Module, entry_point: str) -> Iterator[str]:
    names = Names(tree)
    # What consists of functions alone is recognised by each of them.
    if not _is_stub(tree) and not all(isinstance(part, (*_FUNCTIONS, *_IMPORTS)) for part in tree.body):
        yield shape_of(tree, names)
    for node in ast.walk(tree):
        if isinstance(node, _FUNCTIONS) and not _is_stub(node):
            shape = shape_of(node, names)
            if len(shape) >= _LEAST_SHAPE or node.name == entry_point:
                yield shape


def _texts(source: str) -> list[str]:
    """Docstrings, also those that an import stands in front of, and other texts that stand alone."""
    try:
        nodes = ast.walk(parse_strictly(source.strip() + "\n"))
    except NOT_PYTHON:
        return []
    values = [node.value.value for node in nodes if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)]
    return [value for value in values if isinstance(value, str)]


def _is_stub(tree: ast.AST) -> bool:
    """Whether it does nothing: all stubs are alike."""
    return not any(isinstance(node, ast.stmt) and _does_something(node) for node in ast.walk(tree))


def _does_something(node: ast.stmt) -> bool:
    if isinstance(node, ast.Return):
        return node.value is not None and not (isinstance(node.value, ast.Constant) and node.value.value is None)
    if isinstance(node, ast.Raise):
        return node.exc is None or "NotImplementedError" not in ast.unparse(node.exc)
    return not isinstance(node, (*_FUNCTIONS, *_IMPORTS, ast.ClassDef, ast.Pass)) and not is_text(node)
