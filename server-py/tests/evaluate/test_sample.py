"""What a candidate of an evaluation is worth: private tests say what success is, public ones when a search stops."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, cast

import pytest

from mucode.evaluate.sample import Bench, States
from mucode.evaluate.settings import EvaluateConfig
from mucode.train.rollout.engine import Completion, Engine
from mucode.train.rollout.judging import Judged, Judging, Reading
from mucode.train.rows import ProblemRow
from mucode.train.toy.bank import toy_rows

TOY = toy_rows()[0]


class Answers:
    """An engine that gives one answer."""

    async def complete(self, _messages: object, **_more: object) -> list[Completion]:
        return [Completion("```python\npass\n```")]


class Verdicts:
    """A judge with fixed verdicts."""

    def __init__(self, **verdicts: str) -> None:
        self.verdicts = verdicts

    async def read(self, _row: ProblemRow, answer: str) -> Reading:
        return Reading(answer, "pass", "pass", "pass", "pass")

    async def judge(self, _row: ProblemRow, which: str, _reading: Reading) -> Judged:
        return Judged(self.verdicts[which], 0, 1, "")


def judged(private_tests: Sequence[Mapping[str, Any]] = TOY.problem["private_tests"], **verdicts: str) -> object:
    row = ProblemRow({**TOY.problem, "private_tests": list(private_tests)}, "write", "toy")
    bench = Bench(EvaluateConfig(), cast("Engine", Answers()), cast("Judging", Verdicts(**verdicts)), None, 1)
    (found,) = asyncio.run(States(bench, row, 0).sample([], 1))
    return found.passes, found.correct


@pytest.mark.parametrize(
    ("public", "private", "expected"),
    [
        ("pass", "pass", (True, True)),
        ("pass", "fail", (True, False)),
        ("fail", "pass", (False, True)),
        ("tamper", "pass", (False, False)),
        ("pass", "tamper", (True, False)),
    ],
)
def test_private_tests_alone_decide_on_success_and_public_ones_on_stopping(
    public: str, private: str, expected: tuple[bool, bool]
) -> None:
    assert judged(public=public, private=private) == expected


def test_without_private_tests_the_public_ones_decide() -> None:
    assert judged([], public="pass") == (True, True)
    assert judged([], public="fail") == (False, False)
