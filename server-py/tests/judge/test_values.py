"""Values on their way out of the child: encoded there, decoded here, equal by Python's rules."""

# ruff: noqa: ANN401, DTZ001 - any value is sent here, naive times among them

import collections
import datetime as dt
import decimal
import enum
import fractions
import json
import math
from typing import Any, NamedTuple

import pytest

from mucode.judge.function.encode import Encoder, TooBigError
from mucode.judge.function.values import Array, BadDataError, Opaque, RefusedError, decode, is_constant, literal, show


def sent(value: Any) -> Any:
    return decode(json.loads(json.dumps(Encoder().encode(value))))


PLAIN: "list[Any]" = [
    None, True, False, 0, -1, 2**53, -(2**200), 1.5, -0.0, math.inf, 1e-300, "", "ü\ud800\n", b"\x00\xff", 1 + 2j,
    "\ud83d\ude00", [], [1, [2, (3,)]], (), (1,), {1, 2}, frozenset([1]), {"a": {1: None}}, {(1, 2): [3]},
    range(3, 9, 2), decimal.Decimal("1.10"), fractions.Fraction(1, 3), dt.date(2020, 2, 29), dt.timedelta(1, 2, 3),
    dt.datetime(2020, 1, 2, 3, 4, 5, 6), dt.time(1, 2), collections.deque([1]), bytearray(b"a"),
    collections.OrderedDict(a=1), collections.Counter("aab"), collections.defaultdict(int, a=1),
]  # fmt: skip


@pytest.mark.parametrize("value", PLAIN, ids=lambda value: repr(value)[:40])
def test_plain_data_arrives_equal_and_of_the_same_type(value: Any) -> None:
    got = sent(value)
    assert got == value
    assert type(got) is type(value)


def test_the_sign_of_zero_and_nan_arrive() -> None:
    assert math.copysign(1, sent(-0.0)) == -1
    assert math.isnan(sent(float("nan")))
    assert sent([math.nan]) == [math.nan], "the one nan object of the math module stays itself"
    assert sent([float("nan")]) != [float("nan")]


class Pair(NamedTuple):
    a: int
    b: int


class Colour(enum.IntEnum):
    RED = 3


class Same(str):
    __slots__ = ()


class Liar(int):
    def __eq__(self, other: object) -> bool:
        return True

    __hash__ = int.__hash__


class Strange:
    def __repr__(self) -> str:
        raise ValueError

    def __bool__(self) -> bool:
        raise ValueError


def test_a_subclass_that_leaves_comparison_alone_counts_as_its_base() -> None:
    assert sent(Pair(1, 2)) == (1, 2)
    assert sent(Colour.RED) == 3
    assert sent(Same("a")) == "a"
    assert sent({}.keys()) == set()


@pytest.mark.parametrize(
    "value", [Liar(3), Strange(), object(), len, (item for item in "a"), Same, [Liar(3)], {Strange()}]
)
def test_anything_else_is_described_and_refuses_comparison(value: Any) -> None:
    got = sent(value)
    with pytest.raises(RefusedError):
        _ = got == (value if not isinstance(value, (list, set)) else [3] if isinstance(value, list) else None) or (
            next(iter(got)) == 3
        )


def test_what_is_described_tells_its_truth() -> None:
    got = sent(item for item in "a")
    assert isinstance(got, Opaque)
    assert bool(got)
    assert "builtins.generator" in got.mro


def test_an_aware_datetime_is_not_mistaken_for_a_naive_one() -> None:
    assert isinstance(sent(dt.datetime(2020, 1, 1, tzinfo=dt.UTC)), Opaque)


def test_numpy_scalars_are_numbers_and_arrays_are_arrays() -> None:
    numpy = pytest.importorskip("numpy", reason="NOT TESTED: numpy is not installed")
    assert type(sent(numpy.int64(0))) is int
    assert sent(numpy.bool_(False)) is False
    assert type(sent(numpy.float64(0.5))) is float
    assert sent(numpy.bool_(True)) is True
    got = sent(numpy.array([[1, 2]]))
    assert isinstance(got, Array)
    assert got.content == [[1, 2]]


def nested(depth: int) -> "list[Any]":
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


def test_depth_and_size_are_bounded() -> None:
    assert sent(nested(39)) == nested(39)
    doubled: list[Any] = [1]
    for _ in range(39):
        doubled = [doubled, doubled]
    for value in (nested(60), "a" * 300_000, list(range(200_000)), doubled, 1 << 4_000_000):
        with pytest.raises(TooBigError):
            Encoder().encode(value)


@pytest.mark.parametrize(
    "data",
    [
        {"x": 1},
        {"i": "zz"},
        {"i": 3},
        {"t": 3},
        {"d": [[1]]},
        {"s": [[1]]},
        {"a": 1, "b": 2},
        {},
        1.5,
        {"f": "x"},
        {"o": {}},
        {"fr": [None, None]},
    ],
)
def test_data_that_no_encoder_wrote_is_refused(data: Any) -> None:
    with pytest.raises(BadDataError):
        decode(data)


@pytest.mark.parametrize(
    "value", [*PLAIN[:24], float("nan"), {frozenset([1]): (1,)}], ids=lambda value: repr(value)[:40]
)
def test_a_literal_gives_the_value_again(value: Any) -> None:
    again = eval(literal(value))  # noqa: S307 - the test's own values
    assert repr(again) == repr(value)


def test_only_unchangeable_values_are_constant() -> None:
    assert is_constant((1, "a", frozenset([2])))
    assert not is_constant((1, [2]))


def test_what_is_shown_is_short_and_printable() -> None:
    assert show("\x1b[31m") == "'\\x1b[31m'"
    assert len(show(list(range(10_000)))) <= 300
    assert show(10**5000).startswith("0x")
