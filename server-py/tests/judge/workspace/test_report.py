"""Reading a run's records and deciding by them: whatever they hold, nothing crashes and nothing passes by accident."""
# ruff: noqa: ANN401 - records are whatever JSON holds

import json
import random
from dataclasses import replace
from typing import Any

import pytest

from mucode.judge.limits import Outcome
from mucode.judge.workspace.explain import told
from mucode.judge.workspace.report import Phase, read_report
from mucode.judge.workspace.strict import decide_run

KEY = "key"
A, B = "test_x.py::test_a", "test_x.py::test_b"
WHENS = ("setup", "call", "teardown")
Record = dict[str, Any]


def passed(name: str) -> list[Record]:
    return [{"t": name, "when": when, "outcome": "passed", "raised": False, "ms": 1} for when in WHENS]


def whole(*names: str) -> list[Record]:
    """The records of a run that passes."""
    records: list[Record] = [{"collected": list(names)}]
    for name in names:
        records += passed(name)
    return [*records, {"exit": 0, "seen": ""}]


def outcome(records: "list[Record] | bytes", status: int = 0, **ended: Any) -> Outcome:
    lines = (
        [json.dumps({"k": KEY, **record}).encode() for record in records] if isinstance(records, list) else [records]
    )
    given: dict[str, Any] = {"output": b"", "exit_status": status, "signal": None, "timed_out": False, "limit": None}
    return Outcome(results=b"".join(line + b"\n" for line in lines), ms=1.0, **{**given, **ended})


def decided(records: "list[Record] | bytes", names: "tuple[str, ...]" = (A, B), **ended: Any) -> list[str]:
    run = outcome(records, **ended)
    return [verdict.result for verdict in decide_run(names, read_report(run, KEY), run, "pytest")]


def test_exactly_the_expected_set_passes() -> None:
    assert decided(whole(A, B)) == ["pass", "pass"]


@pytest.mark.parametrize("place", range(8))
def test_no_record_of_a_pass_can_be_missing(place: int) -> None:
    records = whole(A, B)
    del records[place]
    assert decided(records) != ["pass", "pass"]


@pytest.mark.parametrize("place", range(8))
def test_no_record_of_a_pass_can_come_twice(place: int) -> None:
    records = whole(A, B)
    assert decided([*records[: place + 1], *records[place:]]) != ["pass", "pass"]


@pytest.mark.parametrize(
    ("change", "results"),
    [
        ({"t": "test_x.py::test_c", "when": "call", "outcome": "passed"}, ["tamper", "tamper"]),
        ({"t": A, "when": "call", "outcome": "excellent"}, ["tamper", "tamper"]),
        ({"t": A, "when": "call", "outcome": "skipped"}, ["skipped", "pass"]),
        ({"t": A, "when": "call", "outcome": "xpassed"}, ["fail", "pass"]),
        ({"t": A, "when": "call", "outcome": "rerun"}, ["skipped", "pass"]),
        ({"t": A, "when": "call", "outcome": "passed", "raised": True}, ["tamper", "pass"]),
        ({"t": A, "when": "call", "outcome": "failed", "part": True, "message": "assert 0"}, ["fail", "pass"]),
        ({"t": A, "when": "call", "outcome": "passed", "part": True}, ["pass", "pass"]),
        ({"broken": "test_y.py", "message": "ImportError"}, ["error", "error"]),
    ],
)
def test_one_more_record_counts(change: Record, results: "list[str]") -> None:
    records = whole(A, B)
    assert decided([*records[:-1], change, records[-1]]) == results


def test_the_status_and_the_process_must_agree_with_the_report() -> None:
    records = whole(A, B)
    assert decided([*records[:-1], {"exit": 1, "seen": ""}]) == ["error", "error"]
    assert decided(records, status=1) == ["error", "error"]
    assert decided(records, timed_out=True) == ["timeout", "timeout"]
    assert decided(records, limit="memory") == ["limit", "limit"]


def test_a_record_with_another_key_or_after_the_end_is_forged() -> None:
    records = whole(A, B)
    assert decided([*records[:-1], {**records[-1], "k": "guessed"}]) == ["tamper", "tamper"]
    assert decided([*records, {"left_out": "x"}]) == ["tamper", "tamper"]
    run = outcome(records)
    assert read_report(replace(run, results=run.results + b"more"), KEY).forged


def test_nothing_that_is_written_passes_or_crashes_by_accident() -> None:
    chance = random.Random(7)  # noqa: S311 - chance, no secret
    values: list[Any] = [
        None,
        True,
        -1,
        1e308,
        "",
        A,
        "passed",
        "call",
        "setup",
        [],
        [A],
        {},
        {"x": []},
        [[1, 2]],
        "\x1b[2J",
    ]
    names = [
        "t",
        "when",
        "outcome",
        "raised",
        "part",
        "collected",
        "exit",
        "broken",
        "own",
        "frames",
        "message",
        "n",
        "ms",
    ]
    for _ in range(3000):
        records = [
            {chance.choice(names): chance.choice(values) for _ in range(chance.randrange(6))}
            for _ in range(chance.randrange(6))
        ]
        assert "pass" not in decided(records)


@pytest.mark.parametrize("line", [b"", b"null", b"[]", b"{", b"\xff\xfe", b'{"k": "key"}', b"[" * 100_000, b"9" * 5000])
def test_a_line_that_is_no_record_is_tampering(line: bytes) -> None:
    assert decided(line) == ["tamper", "tamper"]


@pytest.mark.parametrize(
    ("message", "expected", "got"),
    [
        ("AssertionError: assert 3 == 4\n +  where 3 = f(1)", "4", "3"),
        ("AssertionError: assert [1, 2] == [1, 3]\n\n  At index 1 diff: 2 != 3", "[1, 3]", "[1, 2]"),
        ("assert 3 == 4", "4", "3"),
        ("AssertionError: assert <X object> == <Y object>", "<Y object>", "<X object>"),
        ("AssertionError: 'a' != 'b'\n- a\n+ b", "'b'", "'a'"),
        ("Failed example:\nf(1)\nExpected:\n    4\nGot:\n    3\n", "    4", "    3"),
    ],
)
def test_expected_and_got_are_read_from_what_the_framework_shows(message: str, expected: str, got: str) -> None:
    verdict = told("t", Phase("call", "failed", message=message))
    assert (verdict.result, verdict.expected, verdict.got) == ("fail", expected, got)


@pytest.mark.parametrize(
    ("when", "message", "result", "error"),
    [
        ("call", "AssertionError: must be even", "fail", "AssertionError: must be even"),
        ("call", "AssertionError: assert 3 in [1]", "fail", "AssertionError: assert 3 in [1]"),
        ("call", "Failed: DID NOT RAISE <class 'ValueError'>", "fail", "Failed: DID NOT RAISE <class 'ValueError'>"),
        ("call", "KeyError: 'x'", "error", "KeyError: 'x'"),
        ("setup", "AssertionError: assert 1 == 2", "error", "setting the test up: AssertionError: assert 1 == 2"),
        ("call", "ValueError: \x1b[31mred", "error", "ValueError: \N{REPLACEMENT CHARACTER}[31mred"),
    ],
)
def test_other_failures_keep_their_message(when: str, message: str, result: str, error: str) -> None:
    verdict = told("t", Phase(when, "failed", message=message))
    assert (verdict.result, verdict.error) == (result, error)
