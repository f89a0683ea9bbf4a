"""Reading problems: what is accepted, and what is refused with a reason."""

import pytest

from mucode.judge.problem import ProblemError, function_from_json

GOOD = {"id": "p", "entry_point": "f", "code": "def f(): pass\r\n", "context": "", "public_tests": ["assert f()"]}


def test_a_test_given_as_text_gets_an_id() -> None:
    problem = function_from_json({**GOOD, "private_tests": [{"id": "mine", "source": "assert f()"}, "assert 1"]})
    assert [test.id for test in problem.public_tests] == ["t0"]
    assert [test.id for test in problem.private_tests] == ["mine", "t1"]


def test_line_ends_become_plain() -> None:
    assert function_from_json(GOOD).code == "def f(): pass\n"


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"entry_point": "a.b.c"}, "entry_point"),
        ({"entry_point": "f()"}, "entry_point"),
        ({"language": "javascript"}, "language"),
        ({"time_limit_s": 0}, "time_limit_s"),
        ({"time_limit_s": True}, "time_limit_s"),
        ({"public_tests": "assert f()"}, "public_tests"),
        ({"public_tests": [{"id": "t0", "source": ""}, {"id": "t0", "source": ""}]}, "t0"),
        ({"public_tests": [3]}, "Test 0"),
        ({"code": None}, "code"),
        ({"python": 3}, "python"),
    ],
)
def test_a_wrong_field_is_named(change: "dict[str, object]", word: str) -> None:
    with pytest.raises(ProblemError, match=word):
        function_from_json({**GOOD, **change})


def test_something_else_than_an_object_is_refused() -> None:
    with pytest.raises(ProblemError, match="object"):
        function_from_json([])
