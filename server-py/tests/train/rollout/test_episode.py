"""When a rollout is over, and what it sends."""

from inspect import signature

from mucode.train.rollout.episode import Episode
from mucode.train.rollout.judging import Judged, Reading
from tests.train.rollout.scripted import doubling

FAILED = Judged("fail", 0, 1, "1 of 1 tests failed.")
PASSED = Judged("pass", 1, 1, "")
PROGRAM = Reading("see: ```…```", "def f(x): ...", "def f(x): ...", "0f", "def f(x): ...\n")


def test_a_rollout_is_over_with_the_first_program_that_passes_the_public_tests() -> None:
    episode = Episode(doubling(), 3)
    assert (episode.turn, episode.over) == (1, False)
    episode.advance(PROGRAM, FAILED)
    assert (episode.turn, episode.over) == (2, False)
    episode.advance(PROGRAM, PASSED)
    assert episode.over


def test_a_rollout_is_over_after_its_turns() -> None:
    episode = Episode(doubling(), 2)
    episode.advance(PROGRAM, FAILED)
    episode.advance(PROGRAM, FAILED)
    assert episode.over


def test_the_state_grows_by_the_program_and_the_public_feedback() -> None:
    episode = Episode(doubling(), 3)
    first = episode.messages()
    episode.advance(PROGRAM, FAILED)
    assert episode.messages()[: len(first)] == first
    [own, told] = episode.messages()[len(first) :]
    assert own == {"role": "assistant", "content": "```python\ndef f(x): ...\n```"}
    assert FAILED.feedback in told["content"]


def test_an_answer_without_a_program_goes_on_as_it_was_said() -> None:
    episode = Episode(doubling(), 3)
    episode.advance(Reading("I cannot.", message="no program"), Judged("error", 0, 1, "no program"))
    assert episode.messages()[-2]["content"] == "I cannot."


def test_private_verdicts_have_no_way_into_the_states() -> None:
    assert list(signature(Episode.advance).parameters) == ["self", "reading", "public"]
