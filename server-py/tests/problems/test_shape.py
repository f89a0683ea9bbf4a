"""The shape of a program is the same under every Python, and under other names."""

import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from mucode.judge.syntax import parse_strictly
from mucode.problems.shape import Names, shape_of

EVERYTHING = Path(__file__).with_name("every_syntax.py.txt")
SHAPE = """
import hashlib, sys
sys.path.insert(0, sys.argv[1])
from mucode.judge.syntax import parse_strictly
from mucode.problems.shape import Names, shape_of
tree = parse_strictly(open(sys.argv[2], encoding="utf-8").read())
print(hashlib.sha256(shape_of(tree, Names(tree)).encode()).hexdigest())
"""
EXPECTED = "355d1fc8797d9d4584f6030b276be0e94a09a032e075e17e6b2f41b08aaaafcf"


def shape(source: str) -> str:
    tree = parse_strictly(source)
    return shape_of(tree, Names(tree))


def test_the_shape_of_every_kind_of_syntax_is_the_one_that_the_committed_hashes_were_made_with() -> None:
    found = shape(EVERYTHING.read_text("utf-8"))
    assert hashlib.sha256(found.encode()).hexdigest() == EXPECTED


def test_a_shape_can_be_read() -> None:
    assert shape("def f(a: int = 1):\n    'doc'\n    return a.real + len(b)\n") == (
        "Module(body=[FunctionDef(args=arguments(args=[arg(arg=#0)] defaults=[0x1]) "
        "body=[Return(value=BinOp(left=Attribute(value=#0 attr=real) op=Add() "
        "right=Call(func=len args=[b])))])])"
    )


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13", "3.14"])
def test_other_pythons_give_the_same_shape(version: str) -> None:
    root = Path(os.environ.get("PYENV_ROOT") or Path.home() / ".pyenv")
    installed = sorted((root / "versions").glob(f"{version}.*/bin/python"))
    python = str(installed[-1]) if installed else shutil.which(f"python{version}")
    if python is None:
        pytest.skip(f"NOT TESTED: no Python {version} on PATH or in pyenv")
    arguments = [python, "-I", "-c", SHAPE, str(Path(__file__).parents[2]), str(EVERYTHING)]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout.strip() == EXPECTED, (sys.version, done.stderr)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("x = 1\nprint(x)", "total = 1\nprint(total)"),
        ("import numpy as np\nnp.sum(a)", "import numpy\n\nnumpy.sum(a)"),
        ("from math import sqrt as r\nr(2)", "from math import sqrt\nsqrt(2)"),
        ("def f(list):\n    return list[0]", "def g(values):\n    return values[0]"),
        ("class A:\n    def m(self): self.x = 1; return self.m()", "class B:\n    def n(s): s.y = 1; return s.n()"),
        ("def f(*, a=1): return a\nf(a=2)", "def g(*, b=1): return b\ng(b=2)"),
        ("x: int = 0", "x = 0"),
        ("def f(a):\n    f = a\n    return f", "def f(a):\n    found = a\n    return found"),
        ("async def f() -> int:\n    'doc'\n    return 1", "async def f():\n    return 1"),
        ("try: pass\nexcept E as e: print(e)", "try: pass\nexcept E as error: print(error)"),
        ("match a:\n  case {'k': v, **rest}: print(v, rest)", "match a:\n  case {'k': w, **more}: print(w, more)"),
        ('f"a{x}" "b"', 'f"a{x}b"'),
    ],
)
def test_what_does_not_matter_is_not_seen(one: str, other: str) -> None:
    assert shape(one) == shape(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("print(x)", "print(y)"),
        ("def f(a, b): return a - b", "def f(a, b): return b - a"),
        ("a = 1", "a = 1.0"),
        ("a = 1", "a = True"),
        ("a = 'x'", "a = b'x'"),
        ("a = b.count", "a = b.index"),
        ("{**a, 'b': 1}", "{a: 1}"),
        ("sorted(a, key=b)", "sorted(a, reverse=b)"),
        ("from math import floor as f\nf(a)", "from math import ceil as f\nf(a)"),
        ("x[1:]", "x[:1]"),
    ],
)
def test_what_matters_is_seen(one: str, other: str) -> None:
    assert shape(one) != shape(other)
