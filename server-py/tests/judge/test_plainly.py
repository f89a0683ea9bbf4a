"""Whether tests expect values that the class under repair has no part in; and what a repair may therefore change."""

import pytest

from mucode.judge.function.plainly import compared_plainly
from mucode.judge.inspection import region
from mucode.judge.problem import Test
from mucode.judge.workspace.beyond import file_loophole
from mucode.judge.workspace.problem import WorkspaceProblem

IMPORT = "import pytest\nfrom shop import Cart\n"
PLAIN = [
    "def test():\n    assert Cart(1).total() == 2\n",
    "def test():\n    cart = Cart(1)\n    assert cart.total() == pytest.approx(2.5)\n    assert cart.rate == 1\n",
    "@pytest.mark.parametrize('want', [1, 2])\ndef test(want):\n    assert Cart(want).total() == want\n",
    "class T:\n    def test(self):\n        self.assertEqual(Cart(1).total(), 2)\n",
    "@pytest.fixture\ndef cart():\n    return 1\ndef test(cart):\n    assert cart == 1\n",
]
OF_THE_CLASS = [
    "def test():\n    assert Cart(1) + Cart(1) == Cart(2)\n",
    "def test():\n    want = Cart(2)\n    assert Cart(1).double() == want\n",
    "WANT = Cart(2)\ndef test():\n    assert Cart(1).double() == WANT\n",
    "@pytest.mark.parametrize('want', [Cart(1)])\ndef test(want):\n    assert Cart(1) == want\n",
    "@pytest.fixture\ndef cart():\n    return Cart(1)\ndef test(cart):\n    assert cart.total() == 1\n",
    "def test(cart, other):\n    assert cart == other\n",
    "from data import WANT\ndef test():\n    assert Cart(1) == WANT\n",
    "def make():\n    return Cart(1)\ndef test():\n    assert 1 == 1\n",
    "class T:\n    def setUp(self):\n        self.want = Cart(1)\n"
    "    def test(self):\n        self.assertEqual(Cart(1), self.want)\n",
    "def test():\n    for one in [Cart(1)]:\n        assert Cart(1) == one\n",
]


@pytest.mark.parametrize("text", PLAIN)
def test_plain_values_are_expected(text: str) -> None:
    assert compared_plainly(IMPORT + text, "Cart")


@pytest.mark.parametrize("text", OF_THE_CLASS)
def test_an_object_of_the_class_may_be_expected(text: str) -> None:
    assert not compared_plainly(IMPORT + text, "Cart")


CART = """TEMPLATE = "{} left"


class Cart:
    def __init__(self, rate):
        self.rate = rate

    def __eq__(self, other):
        return isinstance(other, Cart) and self.rate == other.rate

    def total(self, prices):
        return sum(prices)


def text(n):
    return str(n)
"""
TEST = IMPORT + "def test():\n    assert Cart(1).total([1]) == 2\n"


def found(old: str, new: str, entry: str = "Cart.total", test: str = TEST) -> "str | None":
    assert old in CART
    at = region(CART, entry)
    problem = WorkspaceProblem(
        "p", "/shop", "shop.py", CART, tuple(at["lines"]), entry, at["code"], "pytest", (Test("t", ""),), ()
    )
    return file_loophole(problem, CART.replace(old, new), {"shop"}.__contains__, [test])


INIT = "        self.rate = rate\n"
METHOD = "    def total(self, prices):\n"
HONEST = {
    "another __init__": (INIT, INIT + "        self._seen = []\n", "Cart.total"),
    "an attribute called rounding": (INIT, INIT + "        self.rounding = 2\n", "Cart.__init__"),
    "annotated __eq__": ("def __eq__(self, other):", "def __eq__(self, other: object) -> bool:", "Cart.__eq__"),
    "annotated __init__": ("def __init__(self, rate):", "def __init__(self, rate: float) -> None:", "Cart.total"),
    "__len__ and __iter__": (METHOD, "    def __len__(self):\n        return 1\n\n" + METHOD, "Cart.total"),
    "__hash__": (METHOD, "    def __hash__(self):\n        return hash(self.rate)\n\n" + METHOD, "Cart.total"),
    "the type in an f-string": ("return str(n)", 'return f"{type(n)} {n}"', "text"),
    "a template of the module": ("return str(n)", "return TEMPLATE.format(n)", "text"),
    "a method called open": (
        "def text(n):\n    return str(n)",
        "class Shop:\n    def open(self, n):\n        return n\n\n\ndef text(n):\n    return str(Shop().open(n))",
        "text",
    ),
}
DOUBTFUL = {
    "a call in an annotation": ("def __init__(self, rate):", 'def __init__(self, rate: "f()"):', "Cart.total"),
    "another __eq__": ("self.rate == other.rate", "True", "Cart.total"),
    "a new __lt__": (METHOD, "    def __lt__(self, other):\n        return True\n\n" + METHOD, "Cart.total"),
    "setattr": (INIT, INIT + "        setattr(self, rate, 1)\n", "Cart.__init__"),
    "rounding of something else": ("return str(n)", "n.rounding = 1\n    return str(n)", "text"),
    "another template": ("return str(n)", "TEMPLATE = n\n    return TEMPLATE.format(n)", "text"),
    "a template that leads away": ('"{} left"', '"{0.__globals__}"', "text"),
    "a foreign open": ("return str(n)", "return Path(n).open()", "text"),
    "a class made of a type": ("return str(n)", "return type(n)(n)", "text"),
}


@pytest.mark.parametrize("what", HONEST)
def test_an_ordinary_repair_of_a_class_is_no_doubt(what: str) -> None:
    assert found(*HONEST[what]) is None


@pytest.mark.parametrize("what", DOUBTFUL)
def test_these_stay_in_doubt(what: str) -> None:
    assert found(*DOUBTFUL[what]) is not None


@pytest.mark.parametrize("test", OF_THE_CLASS)
def test_another_init_is_in_doubt_where_an_object_may_be_expected(test: str) -> None:
    assert found(INIT, "        self.rate = 0\n", "Cart.total", IMPORT + test) == "Cart.__init__"
