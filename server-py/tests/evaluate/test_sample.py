"""What a candidate of an evaluation is worth: private tests say what success is, public ones when a search stops."""

import asyncio
from collections.abc import Mapping, Sequence
from typing import Any, cast

import pytest

from mucode.evaluate.measure import measure
from mucode.evaluate.report import reports, summary
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


def test_answers_get_the_room_that_is_set_and_those_that_fill_it_are_counted() -> None:
    rooms: list[int] = []

    class Cut(Answers):
        async def complete(self, _messages: object, **more: Any) -> list[Completion]:  # noqa: ANN401  see Engine
            rooms.append(more["max_tokens"])
            text = "```python\npass\n```"
            return [Completion(text, finish="length" if seed == more["seeds"][0] else "stop") for seed in more["seeds"]]

    judging = cast("Judging", Verdicts(public="fail", private="fail"))
    config = EvaluateConfig(searches=2, turns=1, n=3, max_tokens=777, selectors=("pt",))
    bench = Bench(config, cast("Engine", Cut()), judging, None, 1)
    found = asyncio.run(measure(bench, ProblemRow(TOY.problem, "write", "toy")))
    assert set(rooms) == {777}
    # The greedy answer and three of each search, of each request the first one.
    assert (found.answers, found.cut) == (7, 3)
    (report,) = reports([found], config)
    assert summary(report, 10)["cut_answers"] == 0.4286
