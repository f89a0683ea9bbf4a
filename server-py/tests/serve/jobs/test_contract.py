"""Real answers have the fields that test/contract/jobs.json says; what a run will take is told from one before."""

import json
from pathlib import Path
from typing import Any, cast, get_args

import pytest

from mucode.serve.guard import WRONG_TOKEN
from mucode.serve.jobs.routes import UNKNOWN_JOB
from mucode.serve.jobs.state import State
from mucode.serve.jobs.stream import TOO_SLOW
from tests.serve.jobs.conftest import StartGateway, create, job_of, until_state

CONTRACT: dict[str, Any] = json.loads((Path(__file__).parents[4] / "test/contract/jobs.json").read_text())
ONE = {"preset": "toy", "overrides": {"iterations": 1}}


def assert_alike(found: object, example: object, place: str) -> None:
    """The same fields, and values of the same kind."""
    if found is None or example is None:
        return
    number = isinstance(example, (int, float))
    assert isinstance(found, (int, float) if number else type(example)), place
    if isinstance(example, dict):
        fields, known = cast("dict[str, object]", found), cast("dict[str, object]", example)
        assert list(fields) == list(known), place
        for name, value in fields.items():
            assert_alike(value, known[name], f"{place}.{name}")
    if isinstance(example, list):
        (known_one,) = cast("list[object]", example)
        for one in cast("list[object]", found):
            assert_alike(one, known_one, f"{place}[]")


def test_answers_are_as_the_contract_says(start: StartGateway) -> None:
    gateway = start()
    absent = gateway.request("POST", "/v1/jobs/check", json=ONE).json()["estimate"]
    assert (absent["seconds"], absent["disk_bytes"]) == (None, None)
    id_ = create(gateway, ONE)["id"]
    until_state(gateway, id_, "done")
    assert_alike(gateway.request("GET", "/v1/jobs").json()["jobs"], [CONTRACT["job"]], "jobs")
    assert_alike(job_of(gateway, id_), CONTRACT["detail"], "detail")
    found = gateway.request("POST", "/v1/jobs/check", json={"preset": "toy"}).json()
    assert_alike(found, CONTRACT["check"], "check")
    expected = {name: found["estimate"][name] for name in ("seconds", "disk_bytes", "like")}
    assert expected == {"seconds": 16.5, "disk_bytes": 2000, "like": id_}
    assert_alike(gateway.request("GET", "/v1/jobs/absent").json(), CONTRACT["error"], "error")
    presets = gateway.request("GET", "/v1/presets").json()["presets"]
    assert_alike(presets, [CONTRACT["preset"]], "presets")
    (toy,) = (preset for preset in presets if preset["name"] == "toy")
    assert toy["about"].startswith("All stages without a GPU")
    assert 'base = "toy"' in toy["toml"]


@pytest.mark.parametrize(
    ("name", "code"), [("token", WRONG_TOKEN), ("unknown job", UNKNOWN_JOB), ("too slow", TOO_SLOW)]
)
def test_the_close_codes_are_those_of_the_contract(name: str, code: int) -> None:
    assert CONTRACT["closes"][name] == code


def test_the_states_are_those_of_the_contract() -> None:
    assert list(get_args(State)) == CONTRACT["states"]
