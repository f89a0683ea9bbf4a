"""What a client asks to be run: a preset or a TOML text, with other values over it. Settings that start programs are
refused here; what the other settings mean is in mucode/train."""

import difflib
import json
import re
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from mucode.serve.jobs.errors import JobError
from mucode.train.config import RunConfig, as_toml, check_served, effective, presets
from mucode.train.reading import SettingError
from mucode.train.run import name_of
from mucode.train.sets import SETS

FIELDS = ("preset", "toml", "name", "overrides")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,39}")


@dataclass(frozen=True)
class Wanted:
    """A run that could be started."""

    id: str
    """The name of the run, as `mucode train` gives it."""
    settings: str
    """Every setting with its value, as TOML."""
    sources: tuple[str, ...]
    """The presets, or the name of the TOML text."""
    overrides: Mapping[str, Any] | None
    config: RunConfig

    @property
    def file(self) -> str:
        """What the file of the settings must be called for the run to get its name."""
        return "-".join(self.sources) + ".toml"


def wanted_of(body: Mapping[str, Any]) -> Wanted:
    """Reads the body of a request. Raises SettingError for a setting, JobError for the request itself."""
    unknown = next((name for name in body if name not in FIELDS), None)
    if unknown is not None:
        raise JobError(f"There is no field {unknown!r}. There are: {', '.join(FIELDS)}.", 422, "bad_request")
    if ("preset" in body) == ("toml" in body):
        raise JobError("Name a 'preset' or give a whole run as 'toml': one of the two.", 422, "bad_request")
    overrides: object = body.get("overrides") or {}
    if not isinstance(overrides, dict):
        raise JobError("'overrides' must be an object, such as {\"iterations\": 1}.", 422, "bad_request")
    over = cast("dict[str, Any]", overrides)
    values = [f"{name}={value}" for name, value in _flat(over)]
    if "preset" in body:
        sources = _presets(body["preset"])
        config = effective(sources, values)
    else:
        sources, config = _own(body["toml"], body.get("name", "own"), values)
    _refuse(config)
    return Wanted(name_of(config, sources), as_toml(config), tuple(sources), over or None, config)


def _presets(named: object) -> Sequence[str]:
    names: Sequence[object] = cast("list[object]", named) if isinstance(named, list) else [named]
    for name in names:
        if name not in presets():
            near = difflib.get_close_matches(str(name), presets(), n=1)
            hint = f"Did you mean {near[0]}? " if near else ""
            raise SettingError(f"There is no preset {name!r}. {hint}There are: {', '.join(presets())}.")
    if not names:
        raise SettingError(f"'preset' is empty. There are: {', '.join(presets())}.")
    return [str(name) for name in names]


def _own(text: object, name: object, values: Sequence[str]) -> tuple[Sequence[str], RunConfig]:
    if not isinstance(text, str) or not isinstance(name, str):
        raise JobError("'toml' and 'name' must be texts.", 422, "bad_request")
    if not _NAME.fullmatch(name):
        raise JobError("'name' must be 1 to 40 letters, digits, - or _.", 422, "bad_request")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / f"{name}.toml"
        file.write_text(text, encoding="utf-8")
        try:
            return [name], effective([str(file)], values)
        except SettingError as error:
            # Where the text lay for a moment says nothing to who sent it.
            raise SettingError(str(error).replace(str(file), file.name)) from error


def _flat(table: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    """Dotted names with their values as TOML spells them; JSON's spelling is TOML's."""
    for key, value in table.items():
        name = f"{before}{key}"
        if isinstance(value, dict):
            yield from _flat(cast("dict[str, Any]", value), f"{name}.")
        else:
            yield name, '"none"' if value is None else json.dumps(value, ensure_ascii=False)


def _refuse(config: RunConfig) -> None:
    """Raises SettingError for what may not be, or cannot be meant, from another machine."""
    check_served(config)
    if config.engine.python:
        raise SettingError(
            "engine.python names a program to start, which clients may not choose. Leave it out, and set "
            "MUCODE_SGLANG_PYTHON where the server is started."
        )
    for split in config.problems.splits:
        for name in split.sets:
            if name not in SETS and not Path(name).is_absolute():
                raise SettingError(
                    f"problems.{split.name}.sets: {name} is none of {', '.join(SETS)}. A file is named by its whole "
                    "path on the machine of the server."
                )
