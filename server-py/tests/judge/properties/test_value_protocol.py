"""Any plain data survives the way out of the child exactly; anything else is refused with its type named."""

# ruff: noqa: ANN401 - any value is sent here

import collections
import decimal
import json
import re
from collections.abc import Callable, Iterator
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mucode.judge.function.encode import Encoder
from mucode.judge.function.values import BadDataError, Opaque, RefusedError, decode, literal, parsed
from tests.judge.properties.data import constants, json_data, plain, strange, wrappings


def sent(value: Any) -> Any:
    """What arrives outside, over the very bytes that a child writes."""
    line = (json.dumps({"v": Encoder().encode(value)}) + "\n").encode()
    return decode(parsed(line)["v"])


def exactly(value: Any) -> Any:
    """A description that two values share only when nothing tells them apart, the order of sets aside."""
    kind = cast("Any", type(value))
    items = list[Any]()
    if kind in (set, frozenset):
        return kind, frozenset(exactly(item) for item in value)
    if isinstance(value, dict):
        items += value.items()
    elif kind in (list, tuple, collections.deque):
        items += value
    elif kind is float:
        return kind, value.hex()
    elif kind is complex:
        return kind, value.real.hex(), value.imag.hex()
    else:
        return kind, str(value) if kind in (bytearray, decimal.Decimal) else value
    return kind, tuple(exactly(item) for item in items)


@given(plain)
def test_plain_data_survives_exactly(value: Any) -> None:
    assert exactly(sent(value)) == exactly(value)


class OwnInt(int):
    pass


class OwnText(str):
    __slots__ = ()


class OwnList(list[Any]):
    def __iter__(self) -> Iterator[Any]:
        return iter(())


@given(st.integers(), st.text(), st.lists(constants, max_size=4))
def test_a_subclass_that_leaves_comparison_alone_arrives_as_its_base(number: int, text: str, row: "list[Any]") -> None:
    got = sent([OwnInt(number), OwnText(text), OwnList(row)])
    assert exactly(got) == exactly([number, text, row])


@given(strange, wrappings)
def test_anything_else_is_refused_with_its_type_named(value: Any, wrap: Callable[[Any], Any]) -> None:
    got = sent(wrap(value))
    opaque = next(opaques(got))
    assert opaque.kind == type(value).__qualname__
    with pytest.raises(RefusedError, match=re.escape(opaque.kind)):
        _ = got == wrap(value)


def opaques(value: Any) -> Iterator[Opaque]:
    """The described values within a value."""
    if isinstance(value, Opaque):
        yield value
    elif isinstance(value, dict):
        yield from opaques(list(cast("dict[Any, Any]", value).values()))
    elif isinstance(value, (list, tuple, collections.deque)):
        for item in cast("list[Any]", value):
            yield from opaques(item)


@given(json_data)
def test_any_other_data_is_read_or_refused_and_never_more(data: Any) -> None:
    try:
        got = decode(data)
    except BadDataError:
        return
    repr(got)


@given(st.one_of(st.binary(), st.text().map(lambda text: text.encode("utf-8", "surrogatepass"))))
def test_any_line_is_parsed_or_nothing(line: bytes) -> None:
    parsed(line)


@given(plain)
def test_a_literal_gives_the_value_again_or_is_refused(value: Any) -> None:
    try:
        source = literal(value)
    except RefusedError:
        return
    assert exactly(eval(source)) == exactly(value)  # noqa: S307 - the test's own values
