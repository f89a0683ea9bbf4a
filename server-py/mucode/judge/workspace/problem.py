"""The problem of kind "workspace": one region of one file of a project, and the project's own tests for it."""

import posixpath
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Optional, cast

from ..problem import (
    DEFAULT_TIME_LIMIT_S,
    Problem,
    ProblemError,
    Test,
    chosen,
    entry_point_of,
    python_of,
    seconds_of,
    tests_of,
    text_of,
)
from .site import is_hidden

ADAPTERS = ("pytest", "unittest", "doctest", "asserts")
DEFAULT_SUITE_LIMIT_S = 60.0


@dataclass(frozen=True)
class WorkspaceProblem:
    """A problem, in the words and shapes of the JSON interface."""

    id: str
    root: str
    """Absolute path of the project."""
    file: str
    """The file under repair, relative to root."""
    text: str
    """That whole file as the editor has it, LF line ends."""
    lines: tuple[int, int]
    """First and last line of the region in `text`, 1-based, inclusive."""
    entry_point: str
    code: str
    """The region's exact text."""
    adapter: str
    public_tests: tuple[Test, ...]
    """Their ids are the adapter's."""
    private_tests: tuple[Test, ...]
    context: str = ""
    """What the prompt shows besides the code."""
    buffers: tuple[tuple[str, str], ...] = ()
    """(relative path, text) of other files that are not saved."""
    instruction: str = ""
    time_limit_s: float = DEFAULT_TIME_LIMIT_S
    """Wall-clock seconds for one test."""
    suite_limit_s: float = DEFAULT_SUITE_LIMIT_S
    """Wall-clock seconds for one run of all of them."""
    python: Optional[str] = None
    writable: bool = False
    """The suite adds files to the tree."""
    rewritten: tuple[str, ...] = ()
    """Data files of the tree, relative to root, that the suite changes."""

    def tests(self, which: str) -> tuple[Test, ...]:
        """The tests named `public` or `private`."""
        return chosen(which, self.public_tests, self.private_tests)

    def around(self) -> tuple[str, str]:
        """The file above and below the region."""
        lines = self.text.split("\n")
        return "\n".join(lines[: self.lines[0] - 1]), "\n".join(lines[self.lines[1] :])

    def rest(self) -> str:
        """The file without the region, which is what an answer is spliced into."""
        above, below = self.around()
        return f"{above}\n{below}" if above else below

    def as_function(self) -> Problem:
        """The same region as a problem of kind "function", for reading answers and finding loopholes."""
        return Problem(
            self.id, self.entry_point, self.code, self.rest(), self.public_tests, self.private_tests, self.instruction
        )


def workspace_from_fields(fields: Mapping[str, object]) -> WorkspaceProblem:
    """Reads a problem of kind "workspace". Raises ProblemError for a wrong shape."""
    text = text_of(fields, "text")
    adapter = text_of(fields, "adapter", "pytest")
    if adapter not in ADAPTERS:
        raise ProblemError(f"adapter must be one of {', '.join(ADAPTERS)}, not {adapter!r}.")
    return WorkspaceProblem(
        id=text_of(fields, "id"),
        root=root_of(fields),
        file=relative_path(text_of(fields, "file"), "file"),
        text=text,
        lines=_lines(fields.get("lines"), text),
        entry_point=entry_point_of(fields),
        code=text_of(fields, "code"),
        adapter=adapter,
        public_tests=tests_of(fields, "public_tests"),
        private_tests=tests_of(fields, "private_tests"),
        context=text_of(fields, "context", ""),
        buffers=buffers_of(fields),
        instruction=text_of(fields, "instruction", ""),
        time_limit_s=seconds_of(fields, "time_limit_s", DEFAULT_TIME_LIMIT_S),
        suite_limit_s=seconds_of(fields, "suite_limit_s", DEFAULT_SUITE_LIMIT_S),
        python=python_of(fields),
        writable=fields.get("writable") is True,
        rewritten=_rewritten(fields.get("rewritten", [])),
    )


def root_of(fields: Mapping[str, object]) -> str:
    """The project's folder as an absolute path without `..`."""
    root = text_of(fields, "root")
    if not posixpath.isabs(root):
        raise ProblemError(f"root must be the absolute path of the project's folder, not {root!r}.")
    return posixpath.normpath(root)


def relative_path(given: str, what: str) -> str:
    """A path below root, with "/" and without `.` and `..`. Raises ProblemError for any other."""
    path = posixpath.normpath(given)
    if not given or posixpath.isabs(path) or path.split("/")[0] in ("..", ".") or "\0" in path:
        raise ProblemError(f"{what} must be a path below the project's root, not {given!r}.")
    return path


def buffers_of(fields: Mapping[str, object]) -> tuple[tuple[str, str], ...]:
    """The unsaved files, by relative path, LF line ends."""
    given = fields.get("buffers", {})
    if not isinstance(given, dict):
        raise ProblemError("buffers must be an object of texts by relative path.")
    texts = cast("dict[str, object]", given)
    buffers = tuple((relative_path(path, "A buffer's path"), text_of(texts, path)) for path in texts)
    for path, _ in buffers:
        if is_hidden(path, root_of(fields)):
            raise ProblemError(
                f"{path} holds secrets by its name, so programs under test never see it, saved or not. "
                "Leave it out of buffers; in the editor, save or close it."
            )
    return buffers


def _rewritten(given: object) -> tuple[str, ...]:
    names = cast("list[object]", given) if isinstance(given, list) else [None]
    if not all(isinstance(name, str) for name in names):
        raise ProblemError("rewritten must be a list of paths below the project's root.")
    return tuple(relative_path(str(name), "A rewritten file's path") for name in names)


def _lines(given: object, text: str) -> tuple[int, int]:
    numbers = cast("list[object]", given) if isinstance(given, list) else []
    if len(numbers) == 2 and all(type(number) is int for number in numbers):
        first, last = cast("list[int]", numbers)
        if 1 <= first <= last <= text.count("\n") + 1:
            return first, last
    raise ProblemError("lines must be the first and the last line of the region in text, [first, last].")
