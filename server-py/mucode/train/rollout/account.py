"""What a rollout stage says while it works: progress with rate and rest, metrics at the end. It decides nothing."""

from collections.abc import Mapping, Sequence
from typing import Any

from mucode.train.done import Done
from mucode.train.rows import ProblemRow, RolloutRow
from mucode.train.stage import Tell

from .judging import Judging
from .play import Played


class Account:
    """Counts problems and rollouts."""

    def __init__(self, tell: Tell, total: int) -> None:
        self._tell = tell
        self._total = total
        self._done = Done(tell, total, "problems")
        self._correct: dict[tuple[str, int], bool] = {}
        self._rows = self._cut = 0
        self._judging: Judging | None = None

    def begin(self, judging: Judging) -> None:
        """The engine is up: from here on the rate is measured."""
        self._judging = judging
        self._done.begin()

    def found(self, problems: int, rows: Sequence[RolloutRow]) -> None:
        """A part of an earlier attempt."""
        self._done.found(problems)
        self._add(rows)

    def ended(self, row: ProblemRow, played: Sequence[Played]) -> None:
        """A problem is done."""
        if not played:
            message = f"{row.id} has no rollouts: its prompt leaves no room for an answer in the engine's context."
            self._tell("warning", {"message": message})
        self._add([one.row for one in played])
        self._done.ended()

    def sample(self, sample: Mapping[str, Any] | None) -> None:
        """A rollout to look at."""
        if sample is not None:
            self._tell("sample", sample)

    def close(self) -> Mapping[str, int]:
        """The stage is done: what came of it, as metrics, and the counts that only its rows decide."""
        worked = self._done.done > self._done.before
        if not worked:
            self._done.say()
        last = self._correct.values()
        solved = {problem for (problem, _), correct in self._correct.items() if correct}
        self._metric("rollouts", len(last))
        self._metric("programs", self._rows)
        if self._rows:
            self._metric("cut_answers", self._cut / self._rows)
        if last:
            self._metric("correct", sum(last) / len(last))
            self._metric("solved_problems", len(solved) / self._total)
        if self._judging is not None and worked:
            seconds = self._done.seconds
            self._metric("rollouts_per_s", len(last) * (1 - self._done.before / self._total) / seconds)
            self._metric("judge_threads_busy", self._judging.busy_s / seconds)

        return {"problems": self._total, "rollouts": len(last), "answers": self._rows, "cut_answers": self._cut}

    def _add(self, rows: Sequence[RolloutRow]) -> None:
        self._rows += len(rows)
        self._cut += sum(row.finish == "length" for row in rows)
        # Rows come turn by turn: the last one of a rollout stays.
        self._correct.update({(row.problem, row.rollout): row.correct for row in rows})

    def _metric(self, name: str, value: float) -> None:
        self._tell("metric", {"name": name, "value": round(value, 4)})
