"""One rollout as a state machine: what is sent, what an answer leads to, when it is over. Pure; nothing is awaited."""

from collections.abc import Mapping, Sequence

from mucode.prompts import Exchange, conversation
from mucode.train.rows import ProblemRow

from .judging import Judged, Reading

Message = Mapping[str, str]


class Episode:
    """The states of one rollout (μCode, section 3.1): a conversation that grows by an answer and its public feedback.

    Verdicts by private tests never come in here: a rollout that stopped by them, or was told of them, would let the
    oracle into the states that the generator learns from.
    """

    def __init__(self, row: ProblemRow, turns: int) -> None:
        self._row = row
        self._turns = turns
        self._exchanges: list[Exchange] = []
        self._solved = False

    @property
    def turn(self) -> int:
        """The turn to be played, 1-based."""
        return len(self._exchanges) + 1

    @property
    def over(self) -> bool:
        """Whether a program passed the public tests, or all turns are played."""
        return self._solved or len(self._exchanges) >= self._turns

    @property
    def exchanges(self) -> Sequence[Exchange]:
        """The turns that were played."""
        return tuple(self._exchanges)

    def messages(self) -> tuple[Message, ...]:
        """The state: what is sent to the generator now."""
        return tuple(conversation(self._row.problem, self._row.task, self._row.baseline, self._exchanges))

    def advance(self, reading: Reading, public: Judged) -> None:
        """Takes an answer and its verdict by the public tests."""
        self._exchanges.append(reading.exchange(public.feedback))
        self._solved = public.passes
