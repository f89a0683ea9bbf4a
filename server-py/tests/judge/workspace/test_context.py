"""What a prompt shows besides the code: what the code uses of its file, in outline where long, within a budget."""

import ast
from typing import Any, cast

import pytest

from mucode.judge.answers.broken import RegionError
from mucode.judge.workspace.context import context_of, tokens_in

FILE = '''"""A shop."""
import math
import os
from decimal import (
    Decimal,
    ROUND_UP,
)
try:
    import numpy
except ImportError:
    numpy = None

RATE = 3
UNUSED = 4
TABLE = {
    "a": 1,
}


def unused():
    return os.sep


def tax(x):
    """Tax of x.

    More words.
    """
    return _rounded(x * RATE)


def _rounded(x):
    return math.floor(x)


class Base:
    """A base.

    With more words.
    """

    kind = "base"
    rates: dict = {"x": 1}

    def __init__(self, name):
        self.name = name

    @property
    def label(self):
        """The label."""
        text = self.name * 2
        return text

    async def load(self, x: int = 3) -> str:
        return "long"

    class Meta:
        order = 1


@decorated
class Item(Base):
    def price(self, x: "Note"):
        if numpy:
            return TABLE["a"]
        return Decimal(tax(x))


class Note:
    pass


def broken_one():
    return Item(1).price(2)


assert tax(3) == 9
if __name__ == "__main__":
    tax = 3
    print(tax)
'''


def kinds(found: "dict[str, object]") -> "list[tuple[object, object]]":
    return [(part["kind"], part["name"]) for part in parts_of(found)]


def parts_of(found: "dict[str, object]") -> "list[dict[str, Any]]":
    assert isinstance(found["parts"], list)
    return cast("list[dict[str, Any]]", found["parts"])


def test_what_a_method_uses_is_shown_in_the_order_of_the_file() -> None:
    found = context_of(FILE, "Item.price", 10_000)
    assert kinds(found) == [
        ("import", "math"),
        ("import", "Decimal"),
        ("import", "numpy"),
        ("constant", "RATE"),
        ("constant", "TABLE"),
        ("helper", "tax"),
        ("helper", "_rounded"),
        ("class", "Base"),
        ("class", "Note"),
    ]
    context = str(found["context"])
    assert ast.parse(context)
    assert "class Item" not in context
    assert "unused" not in context.lower()
    assert "import math\nfrom decimal import (" in context
    assert "    More words." in context
    assert context.endswith("\n")


def test_the_lines_are_those_of_the_file() -> None:
    found = context_of(FILE, "Item.price", 10_000)
    lines = FILE.split("\n")
    by_name = {part["name"]: part["lines"] for part in parts_of(found)}
    assert lines[by_name["tax"][0] - 1] == "def tax(x):"
    assert lines[by_name["TABLE"][0] - 1 : by_name["TABLE"][1]] == ["TABLE = {", '    "a": 1,', "}"]


def test_a_class_is_shown_in_outline() -> None:
    context = str(context_of(FILE, "Item.price", 10_000)["context"])
    outline = context[context.index("class Base") : context.index("class Note")].rstrip()
    assert (
        outline
        == '''class Base:
    """A base."""
    kind = 'base'
    rates: dict = {'x': 1}
    def __init__(self, name):
        self.name = name
    @property
    def label(self):
        """The label."""
        ...
    async def load(self, x: int=3) -> str: ...
    class Meta:
        order = 1'''
    )


@pytest.mark.parametrize("budget", [0, 12, 28, 44, 62, 81, 125, 220])
def test_the_budget_is_kept_and_what_is_shown_is_python(budget: int) -> None:
    context = str(context_of(FILE, "Item.price", budget)["context"])
    assert tokens_in(context) <= budget
    ast.parse(context)


def test_a_helper_that_does_not_fit_is_shown_by_its_signature() -> None:
    long = "def f(x):\n    return g(x)\n\n\n@cached\ndef g(x):\n    '''Gives y.'''\n" + "    x += 1\n" * 200
    assert context_of(long, "f", 300)["context"] == '@cached\ndef g(x):\n    """Gives y."""\n    ...\n'
    value = "A = [\n" + "    1,\n" * 200 + "]\ndef f(x):\n    return A\n"
    assert context_of(value, "f", 300)["context"] == "A = ...\n"


def test_a_region_that_is_no_python_is_read_by_its_words() -> None:
    text = "import re\n\n\ndef g(x):\n    return x\n\n\ndef f(x:\n    return re.sub(g(x)\n"
    assert kinds(context_of(text, "f", 1000)) == [("import", "re"), ("helper", "g")]


def test_a_file_that_is_no_python_besides_the_region_gives_no_context() -> None:
    text = "def h(:\n    pass\n\n\ndef f(x):\n    return h(x)\n"
    assert context_of(text, "f", 1000) == {"context": "", "parts": [], "tokens": 0}


def test_code_that_uses_nothing_has_no_context() -> None:
    assert context_of("import os\n\n\ndef f(x):\n    return x\n", "f", 1000) == {
        "context": "",
        "parts": [],
        "tokens": 0,
    }


def test_helpers_that_call_each_other_end() -> None:
    text = "def f(x):\n    return g(x)\n\n\ndef g(x):\n    return h(x)\n\n\ndef h(x):\n    return g(x) or f(x)\n"
    assert kinds(context_of(text, "f", 1000)) == [("helper", "g"), ("helper", "h")]


def test_an_unknown_entry_point_is_refused() -> None:
    with pytest.raises(RegionError):
        context_of(FILE, "nobody", 1000)


def test_tokens_are_estimated_by_the_bytes_so_that_no_language_gets_more_than_its_share() -> None:
    assert [tokens_in(text) for text in ("", "abcd", "x" * 32, "äöü" * 10)] == [0, 2, 10, 19]
    text = "NAME = 'äöüäöüäöüäöüäöü'\n\n\ndef f(x):\n    return NAME\n"
    assert "äöü" not in str(context_of(text, "f", 10)["context"])
    assert "äöü" in str(context_of(text, "f", 15)["context"])
