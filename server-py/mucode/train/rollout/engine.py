"""What answers conversations, as rollouts and evaluations see it, and which kind of it is used."""

import os
from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from mucode.errors import MucodeError

from .settings import EngineConfig


@dataclass(frozen=True)
class Completion:
    """One sampled answer."""

    text: str
    prompt_ids: tuple[int, ...] | None = None
    """Exact token ids, where the engine tells them."""
    completion_ids: tuple[int, ...] | None = None
    finish: str = "stop"
    """`stop`, or `length` at the limit of tokens."""
    logprob: float | None = None
    """Sum over the answer's tokens, where the engine tells it."""


class TooLongError(MucodeError):
    """The conversation leaves no room for an answer in the engine's context."""


class Engine(Protocol):
    """Samples answers. Answers depend on the messages, the settings and each sample's own seed only."""

    name: str

    async def complete(
        self,
        messages: Sequence[Mapping[str, str]],
        *,
        n: int,
        seeds: Sequence[int],
        temperature: float,
        top_p: float,
        max_tokens: int,
        rid: str,
    ) -> list[Completion]:
        """n answers, the i-th from seeds[i]; seeds that follow each other by one are sampled in one request.

        Raises TooLongError, and MucodeError when the engine has failed for good.
        """
        ...

    async def abort(self, rid: str) -> None:
        """Ends the engine's work on that request; also done when `complete` is cancelled."""
        ...


def engine_for(config: EngineConfig, model_folder: Path) -> AbstractAsyncContextManager[Engine]:
    """The engine that is asked for, up and ready inside the `async with`, ended with all its processes after it.

    model_folder: a transformers model, or an adapter, which engines get as a merged copy. Raises MucodeError.
    """
    if config.kind == "toy":
        from .toy_engine import toy_engine

        return toy_engine(model_folder)
    if config.kind == "url":
        from .remote import url_engine

        return url_engine(config, os.environ.get("MUCODE_ENGINE_KEY"))
    if config.kind == "sglang":
        from .local import sglang_engine

        return sglang_engine(config, model_folder)
    raise MucodeError(f"There is no engine {config.kind!r}: set kind to sglang, url or toy.")
