"""The verifier as an evaluation asks it: in this process, on the device there is, with the trainer's own texts."""

import asyncio
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Self

from mucode.train.reading import read
from mucode.train.rows import ProblemRow
from mucode.train.verifier import model
from mucode.train.verifier.score import numbers, scores_of
from mucode.train.verifier.settings import VerifierConfig
from mucode.train.verifier.text import verifier_ids, verifier_messages


class LocalVerifier:
    """A trained verifier; see sample.Scorer. One thread scores, so that the event loop never waits for it."""

    def __init__(self, folder: Path) -> None:
        self._config = read(VerifierConfig, model.card_of(folder)["settings"], str(folder))
        self._model, self._tokenizer = model.load(folder, numbers(self._config))
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
        texts = [
            verifier_ids(self._tokenizer, verifier_messages(row, program), self._config.max_length) for program in shown
        ]
        return scores_of(self._model, texts, self._config.tokens_at_once)
