"""What a file holds: functions, asserts, doctests, regions; also in files that do not parse."""

import textwrap
from typing import Any

import pytest

from mucode.judge import inspection

FILE = textwrap.dedent('''\
    """A module."""
    import math
    from typing import List

    LIMIT = 3


    @cache
    def double(x: int) -> int:
        """Doubles.

        >>> y = 2
        >>> double(y)
        4
        >>> double(0)
        0
        """
        return x * 2  # wrong


    class Stack:
        size = 0

        def pop(self):
            return self.items.pop()

        @property
        def top(self):
            ...

        class Inner:
            async def deep(self):
                raise NotImplementedError


    def outer():
        def nested():
            return 1
        return nested()


    def stub(x):
        """Not yet."""
        pass


    if True:
        def conditional():
            return 1

    assert double(1) == 2
    assert Stack().pop() == 1, "message"


    def test_double():
        """Tests it."""
        x = 3
        assert double(x) == 6
        y = double(x)
        assert y == 6


    def test_loop():
        for x in range(3):
            assert double(x) == x * 2


    def test_fixture(tmp_path):
        assert double(1) == 2


    print("hello")
    if __name__ == "__main__":
        print(double(3))
    ''')


LINES = FILE.split("\n")


def line(number: int) -> str:
    return LINES[number - 1].strip()


def functions(text: str) -> "dict[str, dict[str, Any]]":
    return {one["name"]: one for one in inspection.inspect(text)["functions"]}


def test_functions_are_found_with_their_lines() -> None:
    found = functions(FILE)
    names = ["double", "Stack.pop", "Stack.top", "Stack.Inner.deep", "outer", "stub", "conditional"]
    assert [name for name in found if not name.startswith("test")] == names
    first, last = found["double"]["lines"]
    assert (LINES[first - 1], LINES[last - 1]) == ("@cache", "    return x * 2  # wrong")
    assert line(found["double"]["def_line"]).startswith("def double")
    assert line(found["Stack.top"]["lines"][0]) == "@property"
    assert LINES[found["Stack.top"]["region"][0] - 1] == "class Stack:"
    assert LINES[found["conditional"]["region"][0] - 1] == "if True:"


def test_kinds_stubs_and_async_are_told() -> None:
    found = functions(FILE)
    assert {name for name, one in found.items() if one["stub"]} == {"Stack.top", "Stack.Inner.deep", "stub"}
    assert {name for name, one in found.items() if one["async"]} == {"Stack.Inner.deep"}
    assert found["Stack.pop"]["kind"] == "method"
    assert found["double"]["kind"] == "function"


def test_doctests_carry_the_lines_that_they_need() -> None:
    first, second = functions(FILE)["double"]["doctests"]
    assert first["source"] == ">>> y = 2\n>>> double(y)\n4"
    assert second["source"] == ">>> y = 2\n>>> double(0)\n0"
    assert line(first["lines"][0]) == ">>> double(y)"
    assert line(second["lines"][1]) == "0"
    assert first["id"] != second["id"]


def test_simple_asserts_carry_their_setup() -> None:
    found = inspection.inspect(FILE)["asserts"]
    assert [(one["source"], one["in"]) for one in found] == [
        ("assert double(1) == 2", "module"),
        ("assert Stack().pop() == 1, 'message'", "module"),
        ("x = 3\nassert double(x) == 6", "test_double"),
        ("x = 3\ny = double(x)\nassert y == 6", "test_double"),
    ]
    assert found[1]["calls"] == ["Stack", "pop"]
    assert found[3]["calls"] == ["double"]


def test_the_region_is_a_whole_statement_and_the_rest_is_the_context() -> None:
    found = inspection.region(FILE, "double")
    assert found["code"] == "\n".join(LINES[found["lines"][0] - 1 : found["lines"][1]]) + "\n"
    assert found["code"].startswith("@cache\ndef double")
    context = found["context"]
    for kept in ("import math", "LIMIT = 3", "class Stack:", "def conditional"):
        assert kept in context
    for dropped in ("assert", "def test_", "print(", "__main__", "def double"):
        assert dropped not in context
    compile(context, "context", "exec")


def test_a_method_has_its_class_as_region() -> None:
    assert inspection.region(FILE, "Stack.pop")["code"].startswith("class Stack:\n    size = 0\n")


def test_the_last_line_may_lack_its_end() -> None:
    assert inspection.region("def f():\n\treturn 1", "f")["code"] == "def f():\n\treturn 1"
    assert inspection.region("def f():\r\n    return 1\r\n", "f")["code"] == "def f():\n    return 1\n"


@pytest.mark.parametrize("name", ["nope", "Stack.nope", "nested"])
def test_an_unknown_function_is_named(name: str) -> None:
    with pytest.raises(inspection.RegionError, match=name):
        inspection.region(FILE, name)


BROKEN = [
    ("return x * 2  # wrong", "return (x * 2"),
    ("def double(x: int) -> int:", "def double(x: int) -> int"),
    ("return x * 2  # wrong", "retrun x * 2"),
    ("return x * 2  # wrong", "if x\n        return 2\n    else:\n        return 1"),
    ("return x * 2  # wrong", "return 'abc"),
    ("return x * 2  # wrong", "return x *** 2\n\n    # a comment\n\n    return 1"),
]


@pytest.mark.parametrize(("old", "new"), BROKEN)
def test_a_syntax_error_within_the_function_leaves_its_region_findable(old: str, new: str) -> None:
    text = FILE.replace(old, new)
    seen = inspection.inspect(text)
    assert seen["error"]["line"] > 0
    assert seen["error"]["message"]
    found = inspection.region(text, "double")
    assert found["code"].startswith("@cache\ndef double")
    assert found["code"].rstrip().endswith(new.rstrip().split("\n")[-1].strip()) or new.startswith("def")
    assert "class Stack" not in found["code"]
    assert "class Stack" in found["context"]
    assert "assert" not in found["context"]
    names = [one["name"] for one in seen["functions"]]
    assert names[0] == "double"
    assert "Stack.pop" in names
    double = seen["functions"][0]
    assert double["region"] == found["lines"]


def test_a_broken_class_still_shows_its_methods() -> None:
    broken = "class A:\n    def one(self):\n        return (\n\n    def two(self):\n        return 2\n"
    text = broken + "\n\ndef f():\n    return 1\n"
    found = functions(text)
    assert list(found) == ["A.one", "A.two", "f"]
    assert found["A.one"]["lines"] == [2, 3]
    assert inspection.region(text, "A.two")["lines"] == [1, 6]


@pytest.mark.parametrize("text", ["", "\x00", "def", "(" * 10_000, "\n" * 5, "class A:", "    def f(self):\n  x"])
def test_no_text_brings_it_down(text: str) -> None:
    assert isinstance(inspection.inspect(text)["functions"], list)
