"""What clients may ask to be run, and what the settings of it are then called."""

from pathlib import Path
from typing import Any

import pytest

from mucode.errors import MucodeError
from mucode.serve.jobs.wanted import wanted_of
from mucode.train.config import as_toml, effective, presets
from mucode.train.run import name_of


@pytest.mark.parametrize(
    "body",
    [
        {"preset": "toy", "overrides": {"iterations": 1, "rollout": {"turns": 1}, "rollout.temperature": 1e-05}},
        {"preset": ["paper-1b", "instruct"]},
        {"preset": "quick"},
        {"toml": 'base = "toy"\n[engine]\nkind = "toy"\n', "name": "mine", "overrides": {"seed": 7}},
    ],
)
def test_the_file_of_the_settings_makes_the_run_that_was_named(body: dict[str, Any], tmp_path: Path) -> None:
    wanted = wanted_of(body)
    file = tmp_path / wanted.file
    file.write_text(wanted.settings)
    config = effective([str(file)])
    assert (name_of(config, [str(file)]), as_toml(config)) == (wanted.id, wanted.settings)


def test_a_preset_has_the_name_that_the_terminal_gives_it() -> None:
    for preset in presets():
        assert wanted_of({"preset": preset}).id == name_of(effective([preset]), [preset])
    over = effective(["toy"], ["iterations=1", "problems.train.limit=3"])
    body = {"preset": "toy", "overrides": {"iterations": 1, "problems": {"train": {"limit": 3}}}}
    assert wanted_of(body).id == name_of(over, ["toy"])


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "'preset'"),
        ({"preset": "toy", "toml": ""}, "one of the two"),
        ({"preset": "toi"}, "Did you mean toy"),
        ({"preset": "/etc/passwd"}, "no preset"),
        ({"preset": []}, "empty"),
        ({"preset": "toy", "iterations": 1}, "no field 'iterations'"),
        ({"preset": "toy", "overrides": {"iteration": 1}}, "Did you mean iterations"),
        ({"preset": "toy", "overrides": {"iterations": "many"}}, "a whole number"),
        ({"preset": "toy", "overrides": [1]}, "an object"),
        ({"toml": "= 1"}, "own.toml is no TOML"),
        ({"toml": "roll = 1"}, "own.toml: there is no setting roll"),
        ({"toml": "", "name": "../../x"}, "'name'"),
        ({"toml": 'engine.python = "/bin/sh"'}, "names a program"),
        ({"preset": "toy", "overrides": {"engine.python": "/bin/sh"}}, "names a program"),
        ({"preset": "toy", "overrides": {"problems.test.sets": ["mine.jsonl"]}}, "whole path"),
        ({"preset": "quick", "overrides": {"engine": {"kind": "url", "url": "http://x", "model": "m"}}}, "engine.kind"),
    ],
)
def test_what_cannot_be_meant_or_may_not_be_asked_is_refused(body: dict[str, Any], said: str) -> None:
    with pytest.raises(MucodeError) as refused:
        wanted_of(body)
    assert said in str(refused.value)
    assert "/tmp/" not in str(refused.value)
