"""What a stage tells of how far it is."""

import time
from collections.abc import Mapping
from typing import Any

import pytest

from mucode.train.done import Done


class Ear:
    """Keeps what is told."""

    def __init__(self) -> None:
        self.heard: list[Mapping[str, Any]] = []

    def tell(self, type_: str, data: Mapping[str, Any]) -> None:
        assert type_ == "progress"
        self.heard.append(data)


def test_what_an_earlier_attempt_did_is_done_and_does_not_make_this_one_faster(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    ear = Ear()
    done = Done(ear.tell, 10, "problems")
    done.found(6)
    now[0] = 150.0  # loading a model
    done.begin()
    now[0] = 152.0
    done.ended()
    assert ear.heard == [
        {"done": 6, "total": 10, "unit": "problems"},
        {"done": 7, "total": 10, "unit": "problems", "rate": 0.5, "eta_s": 6.0},
    ]


def test_it_is_said_once_a_second_and_at_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [0.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    ear = Ear()
    done = Done(ear.tell, 5, "problems")
    for at in (0.1, 0.2, 1.3, 1.4, 1.5):
        now[0] = at
        done.ended()
    assert [data["done"] for data in ear.heard] == [3, 5]
