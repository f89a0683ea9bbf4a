"""A run's log survives kills, counts without gaps, and keeps to the contract with the editor."""

import dataclasses
import io
import json
from pathlib import Path
from typing import Any

import pytest

from mucode.errors import MucodeError
from mucode.train.events import TYPES, VERSION, Event, EventLog, read_events
from mucode.train.progress import Lines, Pace, line_of, screen_for

CONTRACT: dict[str, Any] = json.loads(
    (Path(__file__).parents[3] / "test" / "contract" / "events.json").read_text(encoding="utf-8")
)
EXAMPLES = [Event(**example) for example in CONTRACT["examples"]]


def test_the_contract_names_the_types_that_are_written() -> None:
    assert {type_: list(needed) for type_, needed in TYPES.items()} == CONTRACT["types"]
    assert [field.name for field in dataclasses.fields(Event)] == CONTRACT["envelope"]
    assert CONTRACT["v"] == VERSION


def test_every_type_has_an_example_that_holds_what_it_must() -> None:
    assert {event.type for event in EXAMPLES} == set(TYPES)
    for event in EXAMPLES:
        assert set(TYPES[event.type]) <= set(event.data), event
    assert [event.seq for event in EXAMPLES] == list(range(1, len(EXAMPLES) + 1))
    assert {event.data["state"] for event in EXAMPLES if event.type == "job.state"} <= set(CONTRACT["states"])


def test_events_come_back_as_they_were_written(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "events.jsonl", "job")
    written = [log.write(event.type, event.data, event.stage, event.iter) for event in EXAMPLES]
    log.close()
    assert list(read_events(tmp_path / "events.jsonl")) == written
    assert [event.seq for event in written] == list(range(1, len(EXAMPLES) + 1))


@pytest.mark.parametrize("torn", [b"", b'{"v":1,"job":"job","att', b"{"])
def test_numbers_go_on_over_attempts_and_a_torn_line_is_dropped(tmp_path: Path, torn: bytes) -> None:
    path = tmp_path / "events.jsonl"
    for attempt in (1, 2):
        log = EventLog(path, "job")
        log.write("log", {"message": "é\n\u2028"})
        log.write("heartbeat", {})
        assert log.attempt == attempt
        log.close()
        with path.open("ab") as file:
            file.write(torn)
        assert [event.seq for event in read_events(path)] == list(range(1, 2 * attempt + 1))
    assert [event.attempt for event in read_events(path)] == [1, 1, 2, 2]


@pytest.mark.parametrize("line", ['{"v":1', "{}", "[]", "1"])
def test_an_altered_line_is_named(tmp_path: Path, line: str) -> None:
    path = tmp_path / "events.jsonl"
    log = EventLog(path, "job")
    log.write("heartbeat", {})
    log.close()
    path.write_text(path.read_text() + line + "\n")
    with pytest.raises(MucodeError, match=r"events\.jsonl, line 2 is no event"):
        EventLog(path, "job")


def test_an_event_that_breaks_the_contract_is_a_bug(tmp_path: Path) -> None:
    log = EventLog(tmp_path / "events.jsonl", "job")
    with pytest.raises(AssertionError, match="metric without value"):
        log.write("metric", {"name": "loss"})
    with pytest.raises(KeyError, match="unheard"):
        log.write("unheard", {})
    log.close()
    assert (tmp_path / "events.jsonl").read_bytes() == b""


def test_without_a_terminal_events_are_plain_lines() -> None:
    stream = io.StringIO()
    screen = screen_for(stream)
    assert isinstance(screen, Lines)
    for event in EXAMPLES:
        screen.show(event)
    screen.close()
    lines = stream.getvalue().splitlines()
    assert lines[:3] == [
        "run: is running",
        "rollout 1: 3 of 14 problems, 7 s left",
        "rollout 1: warning: 2 answers were cut off at 1000 tokens",
    ]
    assert "rollout 1: is done: 123 rows, 185.0 KB" in lines
    assert "verifier 1: loss = 0.6931 at step 4" in lines
    assert not any("\x1b" in line for line in lines)


def test_progress_is_shown_rarely_without_a_terminal() -> None:
    stream = io.StringIO()
    screen = Lines(stream)
    for done in range(100):
        screen.show(dataclasses.replace(EXAMPLES[2], data={"done": done, "total": 100, "unit": "problems"}))
    assert stream.getvalue() == "rollout 1: 0 of 100 problems\n"


def test_what_is_worth_no_line_has_none() -> None:
    assert line_of(next(event for event in EXAMPLES if event.type == "heartbeat")) is None


def test_progress_is_thinned_out_and_says_when_it_will_be_done() -> None:
    pace = Pace()
    assert pace.paced({"done": 40, "total": 100, "unit": "u"}, 10.0) == {"done": 40, "total": 100, "unit": "u"}
    assert pace.paced({"done": 41, "total": 100, "unit": "u"}, 10.1) is None
    told = pace.paced({"done": 50, "total": 100, "unit": "u"}, 12.0)
    assert told is not None
    assert (told["rate"], told["eta_s"]) == (5.0, 10.0)
    assert pace.paced({"done": 100, "total": 100, "unit": "u"}, 12.1) is not None
    assert pace.paced({"done": 60, "total": 100, "unit": "u", "rate": 1, "eta_s": 2}, 14.0) == {
        "done": 60,
        "total": 100,
        "unit": "u",
        "rate": 1,
        "eta_s": 2,
    }


@pytest.mark.train
def test_in_a_terminal_the_same_events_are_bars() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    stream = Terminal()
    screen = screen_for(stream)
    assert not isinstance(screen, Lines)
    for event in EXAMPLES:
        screen.show(event)
    screen.close()
    shown = stream.getvalue()
    assert "warning: 2 answers were cut off" in shown
    assert "is done: 123 rows" in shown
