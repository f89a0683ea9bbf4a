"""Settings are read strictly: a wrong name, a wrong type or a missing one is said, and nothing is guessed."""

from dataclasses import dataclass, field
from typing import Any, Literal

import pytest

from mucode.train.reading import OTHERWISE_EQUAL, SettingError, as_json, matters, read


@dataclass(frozen=True)
class Inner:
    rate: float = 0.5
    names: tuple[str, ...] = ("a",)
    threads: int = field(default=1, metadata=OTHERWISE_EQUAL)


@dataclass(frozen=True)
class Outer:
    count: int
    kind: Literal["small", "large"] = "small"
    flag: bool = False
    limit: int | None = 3
    inner: Inner = field(default_factory=lambda: Inner(rate=0.9))
    extra: Inner | None = None


def test_values_take_the_place_of_defaults_and_of_nothing_else() -> None:
    found = read(Outer, {"count": 2, "inner": {"names": ["x", "y"]}, "limit": "none", "extra": {"rate": 1}})
    assert found == Outer(2, limit=None, inner=Inner(0.9, ("x", "y")), extra=Inner(1.0))


def test_what_is_written_as_json_is_read_back_as_it_was() -> None:
    settings = Outer(7, "large", flag=True, limit=None, extra=Inner(names=()))
    assert read(Outer, as_json(settings)) == settings


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"count": 1, "knid": "small"}, r"^file\.toml: there is no setting knid\. Did you mean kind\?$"),
        ({"count": 1, "inner": {"rates": 1.0}}, r"there is no setting inner\.rates\. Did you mean rate\?"),
        ({"count": 1, "zzz": 1}, r"no setting zzz\. There are: count, kind, flag, limit, inner, extra\."),
        ({}, r"the setting count is missing"),
        ({"count": "1"}, r"count must be a whole number, not '1'"),
        ({"count": True}, r"count must be a whole number, not True"),
        ({"count": 1.0}, r"count must be a whole number, not 1\.0"),
        ({"count": 1, "flag": 1}, r"flag must be true or false, not 1"),
        ({"count": 1, "kind": "medium"}, r"kind must be one of 'small', 'large', not 'medium'"),
        ({"count": 1, "inner": 3}, r"inner must be a table, not 3"),
        ({"count": 1, "inner": {"names": "x"}}, r"inner\.names must be a list, not 'x'"),
        ({"count": 1, "inner": {"names": ["x", 1]}}, r"inner\.names\[1\] must be a text, not 1"),
        ({"count": 1, "limit": "some"}, r"limit must be a whole number, not 'some'"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_its_place(values: dict[str, Any], message: str) -> None:
    with pytest.raises(SettingError, match=message):
        read(Outer, values, "file.toml")


def test_what_only_changes_the_speed_does_not_matter() -> None:
    slow, quick = Outer(1, inner=Inner(threads=1)), Outer(1, inner=Inner(threads=8))
    assert matters(slow) == matters(quick)
    assert matters(slow) != matters(Outer(1, inner=Inner(rate=0.1)))
    assert as_json(slow) != as_json(quick)
