"""Which test files depend on a file: every layout and form of import, nearest first, within bounds."""

from pathlib import Path

import pytest

from mucode.judge.workspace import neighbours as walk
from mucode.judge.workspace.neighbours import neighbours


def project(root: Path, files: "dict[str, str]") -> str:
    """Writes files below a folder."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return str(root)


LAYOUTS: "dict[str, tuple[str, dict[str, str], list[str]]]" = {
    "modules at the root": (
        "cart.py",
        {"cart.py": "", "test_cart.py": "import cart", "test_other.py": "import os"},
        ["test_cart.py"],
    ),
    "a package below src": (
        "src/shop/cart.py",
        {
            "src/shop/__init__.py": "",
            "src/shop/cart.py": "",
            "tests/test_a.py": "from shop.cart import total",
            "tests/test_b.py": "from shop import cart",
            "tests/test_c.py": "import shop.cart as c",
            "tests/test_d.py": "import shop",
        },
        ["tests/test_a.py", "tests/test_b.py", "tests/test_c.py"],
    ),
    "relative imports and a re-export": (
        "shop/cart.py",
        {
            "shop/__init__.py": "from .cart import total",
            "shop/cart.py": "from . import money",
            "shop/money.py": "",
            "shop/deep/__init__.py": "",
            "shop/deep/order.py": "from ..cart import total",
            "shop/tests/test_cart.py": "from ..cart import total",
            "tests/test_order.py": "from shop.deep.order import order",
            "tests/test_money.py": "from shop.money import Money",
        },
        ["shop/tests/test_cart.py", "tests/test_money.py", "tests/test_order.py"],
    ),
    "a package without __init__": (
        "shop/inner/cart.py",
        {"shop/inner/cart.py": "", "tests/test_cart.py": "from shop.inner import cart"},
        ["tests/test_cart.py"],
    ),
    "through conftest files": (
        "shop.py",
        {
            "shop.py": "",
            "conftest.py": "",
            "tests/conftest.py": "import shop",
            "tests/unit/test_a.py": "def test(shop): pass",
            "test_b.py": "",
        },
        ["tests/unit/test_a.py"],
    ),
    "through helpers of tests": (
        "shop.py",
        {
            "shop.py": "",
            "tests/helpers.py": "import shop",
            "tests/test_a.py": "from helpers import x",
            "tests/test_shop.py": "import shop",
        },
        ["tests/test_shop.py", "tests/test_a.py"],
    ),
    "named in texts": (
        "shop/cart.py",
        {
            "shop/__init__.py": "",
            "shop/cart.py": "",
            "tests/test_a.py": "from unittest.mock import patch\nwith patch('shop.cart.total'): pass",
            "tests/test_b.py": "import importlib\nimportlib.import_module('shop.cart')",
            "tests/test_c.py": "x = 'shop.cart.total'",
        },
        ["tests/test_a.py", "tests/test_b.py"],
    ),
    "within functions, wildcards, suffix _test": (
        "shop.py",
        {"shop.py": "", "a_test.py": "from shop import *", "test_b.py": "def test():\n    import shop\n"},
        ["a_test.py", "test_b.py"],
    ),
    "several projects": (
        "packages/a/src/shop/cart.py",
        {
            "packages/a/src/shop/__init__.py": "",
            "packages/a/src/shop/cart.py": "",
            "packages/a/tests/test_a.py": "from shop.cart import x",
            "packages/b/src/shop/__init__.py": "",
            "packages/b/src/shop/cart.py": "",
            "packages/b/tests/test_b.py": "from shop.cart import x",
        },
        ["packages/a/tests/test_a.py"],
    ),
    "a module of a package is not taken for an installed one": (
        "shop/logging.py",
        {"shop/__init__.py": "", "shop/logging.py": "", "shop/a.py": "import logging", "test_a.py": "import shop.a"},
        [],
    ),
    "circles, broken files, what is installed": (
        "shop/a.py",
        {
            "shop/__init__.py": "from . import a",
            "shop/a.py": "from . import b",
            "shop/b.py": "from . import a",
            "test_broken.py": "import shop.a\ndef (",
            "test_b.py": "import shop.b",
            ".venv/lib/test_x.py": "import shop.a",
            "node_modules/test_y.py": "import shop.a",
            "env2/pyvenv.cfg": "",
            "env2/test_z.py": "import shop.a",
        },
        ["test_b.py"],
    ),
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_test_files_that_import_a_file_are_found(name: str, tmp_path: Path) -> None:
    file, files, wanted = LAYOUTS[name]
    assert neighbours(project(tmp_path, files), file).files == wanted


def test_unsaved_texts_count_instead_of_saved_ones(tmp_path: Path) -> None:
    root = project(tmp_path, {"shop.py": "", "test_a.py": "", "test_b.py": "import shop"})
    assert neighbours(root, "shop.py", {"test_a.py": "import shop", "test_b.py": ""}).files == ["test_a.py"]


def test_nearer_tests_and_those_of_the_same_name_come_first(tmp_path: Path) -> None:
    files = {
        "shop/__init__.py": "",
        "shop/cart.py": "",
        "shop/order.py": "from shop import cart",
        "tests/test_a.py": "from shop.cart import x",
        "tests/test_cart.py": "from shop.cart import x",
        "tests/test_cart_order.py": "from shop.order import x",
        "shop/tests/test_z.py": "from shop.cart import x",
    }
    found = neighbours(project(tmp_path, files), "shop/cart.py").files
    assert found == ["tests/test_cart.py", "shop/tests/test_z.py", "tests/test_a.py", "tests/test_cart_order.py"]


def test_the_walk_is_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {"shop.py": "", **{f"test_{n}.py": "import shop" for n in range(30)}}
    root = project(tmp_path, files)
    assert len(neighbours(root, "shop.py").files) == 30
    monkeypatch.setattr(walk, "MOST_FILES", 11)
    assert len(neighbours(root, "shop.py").files) == 10
    monkeypatch.setattr(walk, "MOST_FILES", 1000)
    monkeypatch.setattr(walk, "MOST_BYTES", 5 * len("import shop"))
    assert len(neighbours(root, "shop.py").files) == 5


def test_the_file_itself_is_a_neighbour_where_it_has_doctests(tmp_path: Path) -> None:
    text = 'def f():\n    """\n    >>> f()\n    1\n    """\n    return 1\n'
    root = project(tmp_path, {"shop.py": text, "test_a.py": "import shop"})
    assert neighbours(root, "shop.py").files == ["shop.py", "test_a.py"]


def test_whatever_is_not_looked_at_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = {f"test_{number:02}.py": "import shop" for number in range(30)}
    root = project(tmp_path, {"shop.py": "", **files, "test_broken.py": "import shop\ndef ("})
    assert neighbours(root, "shop.py").warnings == [
        "test_broken.py cannot be parsed, so its imports are not known and its tests are not run."
    ]
    monkeypatch.setattr(walk, "MOST_FOUND", 10)
    assert "30 test files import shop.py; only the nearest 10" in " ".join(neighbours(root, "shop.py").warnings)
    monkeypatch.setattr(walk, "MOST_FILES", 5)
    assert "Not every file was read for imports" in " ".join(neighbours(root, "shop.py").warnings)
