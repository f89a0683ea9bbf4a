"""A candidate as the whole new text of the file under repair, and whether it left the tests in that file alone."""

import ast
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Optional

from ..answers import answer
from ..answers.answer import Extraction
from ..answers.splice import region_start
from ..fingerprint import fingerprint
from ..problem import ProblemError
from .examples import source_of
from .problem import WorkspaceProblem
from .splicing import spliced
from .texts import function_of


def extract(problem: WorkspaceProblem, text: str) -> Extraction:
    """The new text of the file that an answer stands for; `program` is the whole file."""
    found = answer.extract(problem.as_function(), text)
    if not found.ok:
        return found
    return _whole(problem, spliced(problem.text, problem.lines, found.code, found.imports), found)


def submitted(problem: WorkspaceProblem, candidate: Mapping[str, object]) -> Extraction:
    """The new text of a candidate, `{"id", "answer"}` or `{"id", "program"}`; a program is the whole file."""
    program, given = candidate.get("program"), candidate.get("answer")
    if isinstance(program, str):
        text = program.replace("\r\n", "\n").replace("\r", "\n")
        return _whole(problem, text, Extraction(ok=True, form="program"))
    if isinstance(given, str):
        return extract(problem, given)
    raise ProblemError("A candidate needs an `answer` or a `program`, as text.")


def _whole(problem: WorkspaceProblem, text: str, found: Extraction) -> Extraction:
    line = region_start(problem.as_function(), text)
    return replace(found, program=text, fingerprint=fingerprint(text), region_line=line)


def changed_test(problem: WorkspaceProblem, names: Sequence[str], text: str) -> Optional[str]:
    """The first test in the file under repair that the new text does not hold as the old one did."""
    for name in names:
        file = name.partition("::")[0]
        # The doctest runner brings its examples along, so that a candidate cannot change them.
        if file == problem.file and problem.adapter != "doctest" and _test(name, problem.text) != _test(name, text):
            return name
    return None


def _test(name: str, text: str) -> object:
    """What a test consists of: its function, or the examples which pytest finds under a dotted name."""
    rest = name.partition("::")[2]
    node = function_of(rest, text)
    if node is not None:
        return ast.dump(node)
    if rest.isdigit():
        lines = text.split("\n")
        return lines[int(rest) - 1].strip() if int(rest) <= len(lines) else None
    shown: list[str] = []
    while True:
        source = source_of(f"{name}::{len(shown)}", text)
        if not source:
            return shown
        shown.append(source)
