"""What a candidate's file may hold beyond the original, and what makes a guarded pass of it unguarded."""

import pytest

from mucode.judge.inspection import region
from mucode.judge.problem import Test
from mucode.judge.workspace.beyond import file_loophole
from mucode.judge.workspace.problem import WorkspaceProblem

BEFORE = '''"""Prices."""
import logging
import requests
from unittest import mock
from . import money
from .tax import rate

log = logging.getLogger(__name__)


def frame():
    import sys
    return sys._getframe(1).f_locals


def get(obj, name):
    value = getattr(obj, name)
    return value


def price(x):
    log.debug("price %s", x)
    return x * rate(x)


class Money:
    currency = "EUR"

    def __init__(self, amount):
        self.amount = amount

    def __eq__(self, other):
        return isinstance(other, Money) and self.amount == other.amount
'''


def found(new: str, old: str = "    return x * rate(x)\n", entry: str = "price", before: str = BEFORE) -> "str | None":
    """The loophole of the file with one piece of it replaced."""
    assert old in before
    at = region(before, entry)
    problem = WorkspaceProblem(
        "p", "/shop", "shop/price.py", before, tuple(at["lines"]), entry, at["code"], "pytest", (Test("t", ""),), ()
    )
    return file_loophole(problem, before.replace(old, new), {"shop", "money"}.__contains__)


HONEST = [
    "    return x * rate(x) + 0\n",
    "    import math\n    return math.floor(x * rate(x))\n",
    "    from .money import _rounded\n    return _rounded(x * rate(x))\n",
    "    from shop.tax import special\n    return special(x)\n",
    "    from shop import tax\n    return tax.rate(x)\n",
    "    from .. import other\n    return other.f(x)\n",
    "    log.info('priced')\n    return requests.get('x').json()\n",
    "    from requests.auth import HTTPBasicAuth\n    return HTTPBasicAuth(x)\n",
    "    try:\n        return x * rate(x)\n    except ValueError as error:\n        raise TypeError('x') from error\n",
    "    return x * rate(x)\n\n\ndef _rounded(x):\n    return round(x, 2)\n",
    "    value = getattr(x, 'amount', 0)\n    return value * rate(x)\n",
    "    import errno\n    raise OSError(errno.EINVAL, 'modules and monitoring of /api/processes')\n",
    "    import sys\n    sys.stderr.write('priced')\n    return x * rate(x)\n",
    "    import os\n    return x * float(os.environ.get('RATE', '1'))\n",
    "    import numpy as np\n    return np.append([x], rate(x))\n",
    "    values = []\n    values.append(x)\n    values[0] = rate(x)\n    return values\n",
]
TRICKS = [
    "    import pytest\n    return x\n",
    "    from _pytest import runner\n    return x\n",
    "    from unittest import TestCase\n    return x\n",
    "    from shop.tests.test_price import EXPECTED\n    return EXPECTED\n",
    "    from .tests import test_price\n    return x\n",
    "    from . import conftest\n    return x\n",
    "    from shop import test_price\n    return x\n",
    "    from tests.test_price import EXPECTED\n    return EXPECTED\n",
    "    import conftest\n    return x\n",
    "    import gc\n    return gc.get_objects()\n",
    "    import sys\n    return sys._getframe(2)\n",
    "    return sys.modules['tests']\n",
    "    return frame()['expected'].__class__.__subclasses__()\n",
    "    import os\n    return os.environ['PYTEST_CURRENT_TEST']\n",
    "    class Y:\n        def __ne__(self, other): return False\n    return Y()\n",
    "    return x\n\n\ndef rate(x):\n    return 1\n",
    "    return x\n\n\nisinstance = lambda *a: True\n",
    "    money.round = lambda x: 0\n    return x\n",
    "    return eval('x')\n",
    "    import os\n    return [v for v in os.environ.values() if '::' in v]\n",
    "    import os\n    return dict(os.environ)\n",
    "    import warnings\n    return warnings.formatwarning('', Warning, __file__, 3)\n",
    "    import asyncio\n    return asyncio.current_task().print_stack()\n",
    "    import sys\n    return sys.meta_path[-1]\n",
    "    import urllib.request\n    return urllib.request.FileHandler().open_local_file(x)\n",
    "    from urllib.request import FileHandler\n    return FileHandler()\n",
    "    return log.findCaller()\n",
    "    log.error('', stack_info=True)\n    return x\n",
    "    import enum\n    return enum.Enum('E', {'A': 1, '__e' + 'q__': log}, module='enum')\n",
    "    from enum import IntFlag\n    return IntFlag('E', [('A', 1)])\n",
    "    def f(y: 'open(x).read() or int'): return y\n    return f(x)\n",
    "    from .tax import RATES\n    RATES['std'] = 0\n    return x\n",
    "    from .tax import RATES\n    RATES.update(std=0)\n    return x\n",
    "    money.RATES['std'] = 0\n    return x\n",
    "    return get(x, 'f_' + 'back') or getattr(x, 'f_' + 'back')\n",
]


@pytest.mark.parametrize("new", HONEST)
def test_an_ordinary_change_holds_none(new: str) -> None:
    assert found(new) is None


@pytest.mark.parametrize("new", TRICKS)
def test_a_new_way_to_see_through_the_canary_is_found(new: str) -> None:
    assert found(new)


def test_what_the_file_did_before_is_not_held_against_the_candidate() -> None:
    value = "    value = getattr(obj, name)\n    return value\n"
    assert found(value.replace("return value", "return value or 0"), value, "get") is None
    assert found(value.replace("name)", "name + '')"), value, "get") == "getattr"


def test_a_method_that_the_class_had_may_be_repaired() -> None:
    old = "self.amount == other.amount"
    assert found("self.amount == getattr(other, 'amount', 0)", old, "Money.__eq__") is None
    assert found(old + "\n\n    def __ne__(self, other):\n        return True", old, "Money.__eq__")


def test_a_file_that_was_no_python_is_read_without_its_region() -> None:
    before = BEFORE.replace("def price(x):", "def price(x:")
    assert found("def price(x):", "def price(x:", before=before) is None
    assert found("def price(x):\n    import gc", "def price(x:", before=before) == "gc"


def test_a_program_that_is_no_python_has_no_loopholes() -> None:
    assert found("    return (\n") is None
