"""The multi-turn search on scripted candidates."""

import asyncio
from collections.abc import Sequence

from mucode.evaluate.search import Search, search
from mucode.evaluate.select import Candidate
from mucode.prompts import Exchange

from .candidates import candidate

WRONG, WORSE = candidate("wrong", passed=1, score=0.0), candidate("worse", score=5.0)
GREEN_BUT_WRONG = candidate("green but wrong", public="pass", passed=2, score=-5.0)
RIGHT = candidate("right", public="pass", passed=2, correct=True, score=1.0)


class Script:
    """Candidates by turn, and the states that were asked for."""

    def __init__(self, *turns: Sequence[Candidate]) -> None:
        self._turns = turns
        self.states: list[list[str | None]] = []

    async def sample(self, exchanges: Sequence[Exchange], n: int) -> Sequence[Candidate]:
        self.states.append([one.code for one in exchanges])
        return self._turns[len(exchanges)][:n]


def run(script: Script, selector: str, n: int = 2, most: int = 3) -> Search:
    return asyncio.run(search(script.sample, selector=selector, n=n, most=most, seed=7))


def test_it_stops_at_the_first_turn_whose_pick_passes_the_public_tests() -> None:
    script = Script([WRONG, WORSE], [WRONG, RIGHT], [WRONG, WRONG])
    found = run(script, "pt")
    assert [turn.public for turn in found.turns] == [False, True]
    assert script.states == [[], ["wrong"]]
    assert [found.success(most) for most in (1, 2, 3)] == [False, True, True]


def test_private_tests_never_stop_it() -> None:
    """The released code stops by them (its fifth known fault): then a wrong program could not end a search."""
    found = run(Script([GREEN_BUT_WRONG, WRONG], [RIGHT, RIGHT]), "pt")
    assert [(turn.public, turn.correct) for turn in found.turns] == [(True, False)]
    assert not found.success(3)


def test_lv_takes_its_pick_whatever_the_tests_say() -> None:
    script = Script([WORSE, RIGHT], [WORSE, RIGHT])
    found = run(script, "lv", most=2)
    assert script.states == [[], ["worse"]]
    assert not found.success(2)


def test_the_oracle_ends_with_what_is_correct_and_not_with_what_only_looks_so() -> None:
    hidden = candidate("fails a public test", passed=1, correct=True)
    assert [turn.correct for turn in run(Script([WRONG, hidden], [WRONG]), "oracle").turns] == [True]
    found = run(Script([GREEN_BUT_WRONG, WRONG], [RIGHT, WRONG]), "oracle")
    assert [turn.correct for turn in found.turns] == [False, True]
    assert len(run(Script([GREEN_BUT_WRONG, GREEN_BUT_WRONG]), "oracle").turns) == 1


def test_the_feedback_of_every_pick_goes_into_the_next_state() -> None:
    script = Script([WRONG], [WORSE], [RIGHT])
    assert run(script, "pt", n=1).success(3)
    assert script.states == [[], ["wrong"], ["wrong", "worse"]]


def test_only_the_first_n_candidates_count() -> None:
    found = run(Script([WRONG, RIGHT], [WRONG], [WRONG]), "pt", n=1)
    assert not found.success(3)


def test_a_conversation_that_outgrows_the_context_ends_the_search_where_it_is() -> None:
    found = run(Script([WRONG], []), "pt", n=1)
    assert [turn.correct for turn in found.turns] == [False]
    assert not run(Script([]), "pt").success(3)
