"""Fingerprints: equal for programs that differ only in layout, different for all others."""

import pytest

from mucode.judge.fingerprint import fingerprint

PROGRAM = "def f(x):\n    return x + 1\n"


@pytest.mark.parametrize(
    "same",
    [
        "def f(x):\n\n  # comment\n  return (x + 1)\n",
        'def f(x):\n    """Adds."""\n    return x + 1',
        "def f(x: int) -> int:\n    return x + 1\n",
        "def f(x) :\n\treturn x+1;\n",
    ],
)
def test_layout_comments_docstrings_and_annotations_do_not_count(same: str) -> None:
    assert fingerprint(same) == fingerprint(PROGRAM)


@pytest.mark.parametrize(
    "other",
    [
        "def f(x):\n    return x + 2\n",
        "def f(x):\n    return x + 1.0\n",
        "def g(x):\n    return x + 1\n",
        "def f(y):\n    return y + 1\n",
        "def f(x=1):\n    return x + 1\n",
        "def f(x):\n    return 'a'\n",
    ],
)
def test_everything_else_counts(other: str) -> None:
    assert fingerprint(other) != fingerprint(PROGRAM)


def test_a_text_that_is_no_python_has_one_too() -> None:
    assert fingerprint("def f(") == fingerprint("def f(  \n")
    assert fingerprint("def f(") != fingerprint("def g(")
