"""Reads settings strictly into frozen dataclasses. Which settings there are is said where they are used."""

import dataclasses
import difflib
import types
import typing
from collections.abc import Mapping
from typing import Any, Literal, TypeVar, Union, cast

from mucode.errors import MucodeError

T = TypeVar("T")

OTHERWISE_EQUAL: Mapping[str, Any] = {"matters": False}
"""Metadata of a field that changes how fast a stage is, and what it makes in rounding at most: no part of a key."""


class SettingError(MucodeError):
    """A setting that does not exist, or has a value that it cannot have."""


def read(
    kind: type[T], values: Mapping[str, Any], place: str = "settings", table: str = "", default: T | None = None
) -> T:
    """The dataclass `kind` with these values; what is not named is as in `default`, else as the dataclass has it.

    `place` (a file) and `table` (the dotted name of the table) go into messages. Raises SettingError for an unknown
    key, with the nearest known one, for a missing one and for a value of another type.
    """
    fields = _fields(kind, values, place, table)
    hints = typing.get_type_hints(kind)
    missing = [name for name, field in fields.items() if name not in values and _needed(field)]
    if missing and default is None:
        raise SettingError(f"{place}: the setting {_dotted(table, missing[0])} is missing.")
    found = {
        key: _value(hints[key], value, place, _dotted(table, key), _default(fields[key]))
        for key, value in values.items()
    }
    return kind(**found) if default is None else cast("T", dataclasses.replace(cast("Any", default), **found))


def check(kind: type[Any], values: Mapping[str, Any], place: str, table: str = "") -> None:
    """Names and types alone, of a part of the settings, which says too little for whether they go together."""
    _fields(kind, values, place, table)
    hints = typing.get_type_hints(kind)
    for key, value in values.items():
        name = _dotted(table, key)
        choices = [hint for hint in (hints[key], *typing.get_args(hints[key])) if dataclasses.is_dataclass(hint)]
        if choices and isinstance(value, Mapping):
            check(cast("type[Any]", choices[0]), cast("Mapping[str, Any]", value), place, name)
        else:
            _value(hints[key], value, place, name)


def as_json(settings: object) -> dict[str, Any]:
    """A dataclass of settings as plain JSON values; `read` takes them back."""
    return {key: _plain(value) for key, value in dataclasses.asdict(cast("Any", settings)).items()}


def matters(settings: object) -> dict[str, Any]:
    """The part of the settings that decides what a stage makes: all but fields marked OTHERWISE_EQUAL."""
    found: dict[str, Any] = {}
    for field in dataclasses.fields(cast("Any", settings)):
        value = getattr(settings, field.name)
        if field.metadata.get("matters", True):
            nested = dataclasses.is_dataclass(value) and not isinstance(value, type)
            found[field.name] = matters(value) if nested else _plain(value)
    return found


def _plain(value: object) -> object:
    """Tuples as lists, as JSON has them."""
    if isinstance(value, dict):
        return {str(key): _plain(one) for key, one in cast("dict[object, object]", value).items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in cast("list[object]", value)]
    return value


def _fields(kind: type[Any], values: Mapping[str, Any], place: str, table: str) -> dict[str, dataclasses.Field[Any]]:
    """The fields by name. Raises SettingError for a value that has none."""
    fields = {field.name: field for field in dataclasses.fields(kind)}
    for key in values:
        if key not in fields:
            raise SettingError(f"{place}: there is no setting {_dotted(table, key)}. {_nearest(key, fields)}")
    return fields


def _default(field: dataclasses.Field[Any]) -> object:
    """What a table inside the table starts from."""
    return field.default if field.default_factory is dataclasses.MISSING else field.default_factory()


def _needed(field: dataclasses.Field[Any]) -> bool:
    return field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING


def _dotted(table: str, key: str) -> str:
    return f"{table}.{key}" if table else key


def _nearest(key: str, known: Mapping[str, Any]) -> str:
    near = difflib.get_close_matches(key, known, n=1, cutoff=0.5)
    return f"Did you mean {near[0]}?" if near else f"There are: {', '.join(known)}."


def _value(hint: Any, value: object, place: str, name: str, default: object = None) -> object:  # noqa: ANN401  a type of any form
    """The value as its field's type has it."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in (Union, types.UnionType):
        return _either(arguments, value, place, name)
    if origin is Literal:
        if value not in arguments or isinstance(value, bool) not in {isinstance(one, bool) for one in arguments}:
            raise SettingError(f"{place}: {name} must be one of {', '.join(map(repr, arguments))}, not {value!r}.")
        return value
    if origin is tuple:
        if not isinstance(value, (list, tuple)):
            raise _wrong(place, name, "a list", value)
        items = cast("list[object]", value)
        return tuple(_value(arguments[0], one, place, f"{name}[{index}]") for index, one in enumerate(items))
    if dataclasses.is_dataclass(hint):
        if not isinstance(value, Mapping):
            raise _wrong(place, name, "a table", value)
        table = cast("type[Any]", hint)
        start: object = default if isinstance(default, table) else None
        return read(table, cast("Mapping[str, Any]", value), place, name, start)
    return _simple(hint, value, place, name)


def _either(hints: tuple[Any, ...], value: object, place: str, name: str) -> object:
    """A value that may also be absent. TOML has no null; `"none"` stands for it."""
    if type(None) in hints and value in (None, "none"):
        return None
    return _value(next(hint for hint in hints if hint is not type(None)), value, place, name)


def _simple(hint: Any, value: object, place: str, name: str) -> object:  # noqa: ANN401  a type of any form
    if hint is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    names = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}
    if hint in names:
        if type(value) is not hint:
            raise _wrong(place, name, names[hint], value)
        return value
    raise AssertionError(f"{name}: settings of type {hint} are not known here")


def _wrong(place: str, name: str, wanted: str, value: object) -> SettingError:
    return SettingError(f"{place}: {name} must be {wanted}, not {value!r}.")
