"""Tests given as doctest examples: planned like divided asserts, decided on what they print and return."""
# ruff: noqa: ANN401 - the values of a program under test can be anything

import ast
import doctest
import re
from typing import Any, cast

from ..problem import ProblemError, Test
from ..syntax import NOT_PYTHON, parse_expression, parse_strictly
from .checks import AnyCheck, DocCheck, RaiseCheck, SplitTest, Step, bound_by
from .values import BadDataError, decode

_FLAGS = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE | doctest.IGNORE_EXCEPTION_DETAIL


def is_doctest(test: Test) -> bool:
    """Whether the test is written as examples."""
    return test.source.lstrip().startswith(">>>")


def plan_doctest(test: Test) -> SplitTest:
    """The plan of a doctest. Raises ProblemError when it holds no example that shows a result."""
    try:
        examples = doctest.DocTestParser().get_examples(test.source)
        for example in examples:
            parse_strictly(example.source)
    except NOT_PYTHON as error:
        raise ProblemError(f"Test {test.id!r} is no valid doctest: {error}; correct or remove it.") from error
    steps: list[Step] = []
    checks: list[AnyCheck] = []
    for example in examples:
        source, step = example.source.rstrip("\n"), len(steps)
        flags = sum(flag for flag, on in example.options.items() if on) & _FLAGS
        if example.options.get(doctest.SKIP):
            continue
        if example.exc_msg is not None:
            steps.append(Step("try", source))
            classes, match = _exception(example.exc_msg, flags)
            checks.append(RaiseCheck(step, classes, match, step + 1, source))
        elif example.want:
            steps.append(Step("doc", source))
            checks.append(DocCheck(step, example.want, flags, step + 1, source))
        else:
            steps.append(Step("do", source))
    if not checks:
        raise ProblemError(f"Test {test.id!r} shows no result; give the expected output below its example.")
    return SplitTest(test, tuple(steps), tuple(checks), bound_by(steps))


def _exception(text: str, flags: int) -> "tuple[tuple[str, ...], str | None]":
    name, _, message = text.strip().partition(":")
    exact = message.strip() and not flags & (doctest.IGNORE_EXCEPTION_DETAIL | doctest.ELLIPSIS)
    return (name.strip().split(".")[-1],), r"\A" + re.escape(message.strip()) + r"\Z" if exact else None


def example_holds(check: DocCheck, sent: object) -> tuple[bool, str]:
    """Whether what an example printed and returned is what the doctest shows; and that text. Raises BadDataError."""
    fields = cast("dict[str, Any]", sent) if isinstance(sent, dict) else {}
    if set(fields) != {"out", "repr", "value"} or not isinstance(fields["out"], str):
        raise BadDataError("an example of another shape")
    shown = fields["repr"]
    if not (shown is None or isinstance(shown, str)):
        raise BadDataError("an example of another shape")
    got = fields["out"] + ("" if shown is None else shown + "\n")
    wanted = None if check.flags & doctest.ELLIPSIS else _literal_of(check.want)
    if wanted is not None and shown is not None and not fields["out"]:
        # The value itself is compared, because the program could have a say in its text.
        return _same_literal(decode(fields["value"]), wanted), got.rstrip("\n")
    if doctest.OutputChecker().check_output(check.want, got, check.flags):
        return True, got.rstrip("\n")
    return False, got.rstrip("\n")


def _same_literal(value: Any, wanted: Any) -> bool:
    """Equal, and of equal types all the way; neither quotes nor the order of a set or dict matter."""
    if type(value) is not type(wanted) or value != wanted:
        return False
    return type(value) in (str, set, dict, bytes) or repr(value) == repr(wanted)


def _literal_of(want: str) -> Any:
    """The value that a doctest shows as a literal; None where it shows something else."""
    try:
        return ast.literal_eval(parse_expression(want.strip()))
    except (*NOT_PYTHON, TypeError):
        return None
