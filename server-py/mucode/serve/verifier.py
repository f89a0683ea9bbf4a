"""The verifier behind the gateway: a second engine, which only ever gets token ids. Its port is nobody else's."""

import asyncio
import contextlib
import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import httpx

from mucode.errors import MucodeError
from mucode.serve.card import Card, read_card
from mucode.serve.encoder import Encoder
from mucode.serve.engine import Engine, OnState
from mucode.serve.settings import Settings
from mucode.serve.sglang_launch import chosen_device
from mucode.serve.supervisor import LocalEngine

SERVED_NAME = "mucode-verifier"
# Beside a generator, of what that has left.
MEMORY_SHARE = 0.7


class AwayError(MucodeError):
    """The verifier cannot answer just now, and may soon."""


class VerifierEngine(LocalEngine):
    """SGLang with `--is-embedding`. A single chat request would end its process, so none is ever sent."""

    async def _try_forward(self) -> None:
        await classify(self.client, [[0]])


async def classify(client: httpx.AsyncClient, texts: Sequence[Sequence[int]]) -> list[float]:
    """The model's number for each text of token ids. Raises httpx.HTTPError, ValueError."""
    answer = await client.post("/classify", json={"input_ids": [list(text) for text in texts]})
    answer.raise_for_status()
    found = cast("list[dict[str, Any]]", answer.json())
    return [float(one["embedding"][0]) for one in found]


class Verifier:
    """Scores programs: the trainer's code makes token ids of them, the engine makes numbers of those."""

    def __init__(self, settings: Settings, folder: Path, on_state: OnState, shared: Engine | None = None) -> None:
        """`shared`: the generator's engine, where that has the verifier in memory as well."""
        self.card = _card(settings, folder)
        self._owns_engine = shared is None
        self.engine = shared or VerifierEngine(_own_settings(settings, folder, self.card.max_length), on_state)
        if settings.engine_python is None:
            raise MucodeError("A verifier needs an engine: give --engine-python the Python of its environment.")
        self._encoder = Encoder(settings.engine_python, folder)
        self._warming: asyncio.Task[None] | None = None

    @property
    def name(self) -> str:
        """For clients: it changes with the weights."""
        return f"{SERVED_NAME}@{self.card.revision}"

    async def scores(self, request: Mapping[str, Any]) -> dict[str, object]:
        """The answer of /v1/scores. Raises MucodeError when it cannot be given, RefusedError for a wrong problem."""
        texts = await self._encoder.encode(request)
        try:
            scores = await classify(self.engine.client, texts)
        except httpx.TransportError as error:
            # Before its supervisor has seen that it is gone.
            raise AwayError(
                f"The verifier's engine stopped ({type(error).__name__}); it is being started again."
            ) from error
        except (httpx.HTTPError, ValueError, KeyError, IndexError, TypeError) as error:
            reason = str(error) or type(error).__name__
            raise MucodeError(f"The verifier's engine did not answer: {reason}. Try again.") from error
        probabilities = [self.card.probability(score) for score in scores]
        return {"scores": scores, "probabilities": probabilities, "revision": self.card.revision}

    def start(self) -> None:
        """Begin; returns at once. Follow `engine.state`. Starting twice is starting once."""
        if self._warming is None:
            self._warming = asyncio.create_task(self._warm())
            if self._owns_engine:
                self.engine.start()

    async def _warm(self) -> None:
        """Loading the tokenizer takes seconds, which the first request shall not wait for."""
        with contextlib.suppress(MucodeError):
            await self._encoder.encode({"problem": {}, "task": "repair", "baseline": None, "programs": []})

    async def stop(self) -> None:
        """End the engine and the encoder."""
        if self._warming:
            self._warming.cancel()
        await self._encoder.stop()
        if self._owns_engine:
            await self.engine.stop()


def _card(settings: Settings, folder: Path) -> Card:
    card = read_card(folder)
    if settings.revision is None:
        return card
    return dataclasses.replace(card, revision=settings.revision, temperature=settings.temperature or card.temperature)


def _own_settings(settings: Settings, folder: Path, max_length: int) -> Settings:
    """Those of the generator's engine, as far as they fit a verifier."""
    log = settings.log_file
    dtype = settings.dtype
    if dtype == "auto":
        # Scores are compared with each other, and bfloat16 has steps of 1/128 near 1. A GPU pays twice for float32.
        dtype = "float32" if chosen_device(settings) == "cpu" else "bfloat16"
    return dataclasses.replace(
        settings,
        model=folder,
        verifier=None,
        together=False,
        base=None,
        embedding=True,
        served_name=SERVED_NAME,
        log_file=log.with_name(f"{log.stem}-verifier{log.suffix}"),
        dtype=dtype,
        # SGLang wants room for one token more than the text.
        context_length=max_length + 1,
        memory_share=MEMORY_SHARE,
    )
