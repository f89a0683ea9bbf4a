"""All rollouts of one problem, with the real judge and an engine that follows a script."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from mucode.errors import MucodeError
from mucode.train.rollout.engine import TooLongError
from mucode.train.rollout.judging import Judging
from mucode.train.rollout.play import Played, Table, play
from mucode.train.rollout.settings import RolloutConfig
from mucode.train.rows import ProblemRow
from tests.train.rollout.scripted import PROSE, RIGHT, SQUARE, WRONG, Script, Scripted, doubling, fenced


def played(engine: Scripted, row: ProblemRow, rollouts: int = 2, turns: int = 3) -> tuple[list[Played], Judging]:
    async def work() -> tuple[list[Played], Judging]:
        async with Judging(2) as judging:
            table = Table(RolloutConfig(rollouts=rollouts, turns=turns), engine, judging, 1, "weights")
            return await play(table, row), judging

    return asyncio.run(work())


def by_turn(*answers: str) -> Script:
    """The answer of turn 1, 2 … whatever the seed."""
    return lambda messages, _: answers[(len(messages) - 3) // 2]


def test_first_turns_are_one_request_and_later_ones_their_own() -> None:
    engine = Scripted(by_turn(WRONG, PROSE, RIGHT))
    turns, _ = played(engine, doubling())
    assert [asked["n"] for asked in engine.asked] == [2, 1, 1, 1, 1]
    first = engine.asked[0]["seeds"]
    assert first == [first[0], first[0] + 1]
    assert len({seed for asked in engine.asked for seed in asked["seeds"]}) == 6
    assert len({asked["rid"] for asked in engine.asked}) == 5
    coordinates = [(one.row.rollout, one.row.turn) for one in turns]
    assert coordinates == [(0, 1), (0, 2), (0, 3), (1, 1), (1, 2), (1, 3)]
    assert [one.row.public for one in turns[:3]] == ["fail", "error", "pass"]
    assert [one.row.correct for one in turns[:3]] == [False, False, True]
    assert turns[1].row.shown is turns[1].row.program is turns[1].row.fingerprint is None


def test_a_row_holds_what_was_sent_said_and_found() -> None:
    engine = Scripted(by_turn(WRONG, RIGHT))
    [first, second], _ = played(engine, doubling(), rollouts=1)
    assert list(second.row.messages) == list(engine.asked[1]["messages"])
    assert first.row.feedback in second.row.messages[-1]["content"]
    assert (first.row.public_passed, first.row.public_total, first.row.private) == (0, 1, None)
    assert (second.row.private, second.row.private_passed, second.row.private_total) == ("pass", 1, 1)
    assert second.row.shown == "def f(x):\n    return x + x"
    assert second.row.prompt_ids == (1, 2)
    assert second.row.weights == "weights"


def test_equal_programs_of_a_problem_are_judged_once() -> None:
    spaced = fenced("return x  +  x  # the same")
    _, judging = played(Scripted(lambda _, seed: RIGHT if seed % 2 else spaced), doubling(), rollouts=6)
    assert judging.judged == 2  # by the public and by the private tests


def test_feedback_names_the_lines_of_the_text_itself() -> None:
    noted = "```python\ndef f(x):\n    # hm\n\n    return x / 0\n```"
    plain = fenced("return x / 0")
    turns, _ = played(Scripted(lambda _, seed: noted if seed % 2 else plain), doubling(), rollouts=2, turns=1)
    found = {one.row.answer: one.row.feedback for one in turns}
    assert "line 4: return x / 0" in found[noted]
    assert "line 2: return x / 0" in found[plain]


def test_a_conversation_that_outgrows_the_engine_ends_its_rollout_only() -> None:
    def script(messages: Sequence[Mapping[str, str]], seed: int) -> str:
        if len(messages) > 3:
            raise TooLongError("no room")
        return WRONG if seed % 2 else RIGHT

    turns, _ = played(Scripted(script), doubling())
    assert sorted((one.row.turn, one.row.public) for one in turns) == [(1, "fail"), (1, "pass")]


def test_an_engine_that_fails_for_good_fails_with_its_own_words() -> None:
    def script(messages: Sequence[Mapping[str, str]], _: int) -> str:
        if len(messages) > 3:
            raise MucodeError("The engine has melted.")
        return WRONG

    with pytest.raises(MucodeError, match="melted"):
        played(Scripted(script), doubling())


def test_a_problem_without_private_tests_is_labelled_by_the_public_ones() -> None:
    [one], _ = played(Scripted(by_turn(SQUARE)), doubling(private=()), rollouts=1)
    assert one.row.private is None
    assert one.row.correct
