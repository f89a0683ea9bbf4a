"""The verifier as an evaluation asks it: in this process, on the device there is, with the trainer's own texts."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from mucode.train.rows import ProblemRow
from mucode.train.threads import use_threads
from mucode.train.verifier.programs import Program
from mucode.train.verifier.scoring import Verifier
from mucode.train.verifier.settings import VerifierConfig


class LocalVerifier:
    """A trained verifier; see sample.Scorer. One thread scores, so that the event loop never waits for it.

    `config`: only how it is run counts. `workers`: threads for one that is large enough to gain by them.
    """

    def __init__(self, folder: Path, config: VerifierConfig, workers: int) -> None:
        self._verifier = Verifier(folder, config)
        use_threads(self._verifier.parameters, workers)
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="verifier")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await asyncio.to_thread(self._thread.shutdown, cancel_futures=True)

    async def scores(self, row: ProblemRow, shown: Sequence[str]) -> Sequence[float]:
        """R_φ of each program, before the temperature, which changes no order."""
        return await asyncio.get_running_loop().run_in_executor(self._thread, self._score, row, shown)

    def _score(self, row: ProblemRow, shown: Sequence[str]) -> list[float]:
        programs = [Program(row.id, str(number), text, correct=False) for number, text in enumerate(shown)]
        return [found.score for found in self._verifier.judge(programs, {row.id: row})]
