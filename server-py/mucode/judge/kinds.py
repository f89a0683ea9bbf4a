"""The kinds of problems: reads any of them by its `kind`. What each holds is in its own file."""

from collections.abc import Mapping
from typing import Callable, Union

from .problem import Problem, ProblemError, fields_of, function_from_json
from .stdio.problem import StdioProblem, stdio_from_fields
from .workspace.problem import WorkspaceProblem, workspace_from_fields

AnyProblem = Union[Problem, WorkspaceProblem, StdioProblem]
_READERS: Mapping[str, Callable[[Mapping[str, object]], AnyProblem]] = {
    "function": function_from_json,
    "workspace": workspace_from_fields,
    "stdio": stdio_from_fields,
}


def problem_from_json(data: object) -> AnyProblem:
    """Reads a problem of any kind. Raises ProblemError for a wrong shape, an unknown language or kind."""
    fields = fields_of(data)
    if fields.get("language", "python") != "python":
        raise ProblemError(f"This judge knows only language 'python', not {fields.get('language')!r}.")
    kind = fields.get("kind", "function")
    if not isinstance(kind, str) or kind not in _READERS:
        raise ProblemError(f"This judge knows the kinds {', '.join(_READERS)}, not {kind!r}.")
    return _READERS[kind](fields)
