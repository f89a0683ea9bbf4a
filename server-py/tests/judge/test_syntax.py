"""Parsing text of others: from many threads at once, bounded, never with anything but the named errors."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from mucode.judge.syntax import NOT_PYTHON, parse, parse_expression, parse_strictly

DEEP = "x = " + "(1 + " * 40 + "1" + ")" * 40


def test_many_threads_may_parse_at_the_same_time() -> None:
    with ThreadPoolExecutor(8) as threads:
        trees = list(threads.map(parse_strictly, [DEEP] * 400))
    assert len({len(tree.body) for tree in trees}) == 1


@pytest.mark.parametrize("text", ["def", "x = \0", "(" * 5000])
def test_what_is_no_python_gives_a_named_error_or_none(text: str) -> None:
    assert parse(text) is None
    with pytest.raises(NOT_PYTHON):
        parse_expression(text)
