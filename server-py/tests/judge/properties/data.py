"""What the property tests are tried on: plain values, values that are none, and data that anybody may send."""

# ruff: noqa: ANN401 - any value is made here

import collections
import datetime as dt
import decimal
import fractions
import re
import types
from collections.abc import Callable
from typing import Any

from hypothesis import strategies as st

Values = st.SearchStrategy[Any]
_LIMIT = 10**9


def _decimal_that_hashes(value: decimal.Decimal) -> bool:
    return not value.is_snan()


constants: Values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=2**52, max_value=2**54),
    st.integers(min_value=-(2**700), max_value=2**700),
    st.floats(),
    st.text(st.characters(), max_size=12),
    st.text(st.characters(categories=["Cs", "Cc", "Co"]), max_size=4),
    st.binary(max_size=12),
    st.complex_numbers(),
)
_records: Values = st.one_of(
    st.decimals().filter(_decimal_that_hashes),
    st.fractions(),
    st.dates(),
    st.times(),
    st.datetimes(),
    st.timedeltas(),
    st.builds(range, st.integers(-_LIMIT, _LIMIT), st.integers(), st.integers(1, _LIMIT)),
)


def _hashable(inner: Values) -> Values:
    return st.one_of(st.lists(inner, max_size=3).map(tuple), st.frozensets(inner, max_size=3))


hashable: Values = st.recursive(st.one_of(constants, _records), _hashable, max_leaves=6)


def _default_table(table: "dict[Any, Any]") -> "collections.defaultdict[Any, Any]":
    return collections.defaultdict(list, table)


def _containers(inner: Values) -> Values:
    lists = st.lists(inner, max_size=4)
    tables = st.dictionaries(hashable, inner, max_size=4)
    return st.one_of(
        lists,
        lists.map(tuple),
        lists.map(collections.deque),
        st.sets(hashable, max_size=4),
        st.frozensets(hashable, max_size=4),
        tables,
        tables.map(collections.OrderedDict),
        tables.map(_default_table),
        st.dictionaries(hashable, st.integers(), max_size=4).map(collections.Counter),
    )


_leaves: Values = st.one_of(constants, _records, st.binary(max_size=12).map(bytearray), st.decimals())
plain: Values = st.recursive(_leaves, _containers, max_leaves=12)

_names = st.from_regex(r"[A-Z][a-z]{2,8}", fullmatch=True)
_BASES: "tuple[Any, ...]" = (
    object, int, float, str, bytes, list, dict, set, tuple, decimal.Decimal, fractions.Fraction,
)  # fmt: skip


def _equal(_self: Any, _other: Any) -> bool:
    return True


def _hash(_self: Any) -> int:
    return 0


def _lenient(name: str, base: Any) -> Any:
    """An instance of a class that is equal to everything."""
    return types.new_class(name, (base,), {}, lambda body: body.update({"__eq__": _equal, "__hash__": _hash}))()


def _empty_class(name: str) -> Any:
    return type(name, (), {})


strange: Values = st.one_of(
    st.builds(_lenient, _names, st.sampled_from(_BASES)),
    _names.map(_empty_class),
    _names.map(lambda name: _empty_class(name)()),
    st.sampled_from([len, re, re.compile("a"), object(), iter(""), print, NotImplemented, Exception("e")]),
    st.builds(lambda: (item for item in "a")),
    st.builds(lambda: lambda: 0),
    st.binary().map(memoryview),
    st.datetimes(timezones=st.just(dt.UTC)),
    st.times(timezones=st.just(dt.UTC)),
)
"""Everything here has to stay in the child."""


def _in_ordered(inner: Any) -> Any:
    return collections.OrderedDict([("a", (inner,))])


wrappings: "st.SearchStrategy[Callable[[Any], Any]]" = st.sampled_from([
    lambda inner: inner,
    lambda inner: [inner],
    lambda inner: (inner, 1),
    lambda inner: {"a": inner},
    lambda inner: collections.deque([[inner]]),
    _in_ordered,
])  # fmt: skip

TAGS = ["i", "u", "f", "t", "s", "fs", "d", "od", "cn", "dd", "dq", "b", "ba", "c", "dec", "fr", "r", "date", "time",
        "datetime", "timedelta", "nd", "o", "type", "mro", "truth", "text", "x"]  # fmt: skip
RECORD_KEYS = ["load", "k", "r", "v", "x", "m", "line", "at", "ms", "big", "n", "w"]
_texts = st.one_of(st.text(max_size=6), st.sampled_from(["0x1p3", "math.nan", "-0x1", "1e5", "00ff", "NaN", "inf"]))


def _tagged(tag: str, body: Any) -> "dict[str, Any]":
    return {tag: body}


def _json(inner: Values) -> Values:
    keys = st.one_of(st.sampled_from([*TAGS, *RECORD_KEYS]), st.text(max_size=3))
    return st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(keys, inner, max_size=4),
        st.builds(_tagged, st.sampled_from(TAGS), inner),
    )


json_data: Values = st.recursive(
    st.one_of(st.integers(), st.floats(), st.booleans(), st.none(), _texts), _json, max_leaves=12
)
"""Any JSON, often nearly of the judge's own shapes."""
