"""The toy engine: answers of a bank, chosen by how much likelier a real, tiny model finds them than it did at first.

The untrained model gives all answers the same chance, and training on right programs raises theirs, also for problems
that it was not trained on. Equal weights and seeds give equal answers.
"""

import asyncio
import random
from collections.abc import AsyncGenerator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import torch

from mucode.errors import MucodeError
from mucode.prompts import TEMPLATE_VALUES
from mucode.train.toy.bank import Answer, answers, toy_rows
from mucode.train.toy.base import base_model

from .engine import Completion

# Of the gain in log-probability so much counts: a whole program gains dozens of nats in the first steps of training.
_SHARE = 0.05


@asynccontextmanager
async def toy_engine(model_folder: Path) -> AsyncGenerator["ToyEngine"]:
    """An engine on the CPU, in fp32, with one thread."""
    with ThreadPoolExecutor(1, thread_name_prefix="toy") as thread:
        scorer = await asyncio.get_running_loop().run_in_executor(thread, _Scorer, model_folder)
        yield ToyEngine(scorer, thread)


class ToyEngine:
    """Answers toy problems only."""

    name = "toy"

    def __init__(self, scorer: "_Scorer", thread: ThreadPoolExecutor) -> None:
        self._scorer = scorer
        self._thread = thread
        self._problems = {str(row.problem["instruction"]): str(row.problem["id"]) for row in toy_rows()}

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
        """See Engine. `top_p` leaves unlikely answers out, `max_tokens` cuts long ones."""
        del rid  # nothing is ever long under way
        bank = self._bank(messages)
        loop = asyncio.get_running_loop()
        state = await loop.run_in_executor(self._thread, self._scorer.state, messages, [one.text for one in bank])
        weights = _weights(state.gains, temperature, top_p)
        picks = [_drawn(weights, seed) for seed in seeds[:n]]
        return [self._completion(bank[pick], state, pick, max_tokens) for pick in picks]

    async def abort(self, rid: str) -> None:
        """Nothing is ever long under way."""

    def _completion(self, answer: Answer, state: "_State", pick: int, max_tokens: int) -> Completion:
        ids = state.answers[pick]
        if len(ids) <= max_tokens:
            return Completion(answer.text, state.prompt, ids, "stop", state.sums[pick])
        ids = ids[:max_tokens]
        return Completion(self._scorer.text(ids), state.prompt, ids, "length")

    def _bank(self, messages: Sequence[Mapping[str, str]]) -> list[Answer]:
        asked = [number for number, message in enumerate(messages) if self._problem(message) is not None]
        problem = self._problem(messages[asked[0]]) if asked else None
        if problem is None:
            raise MucodeError("The toy engine answers the bundled toy problems only; choose another engine.")
        told = len(messages) > asked[0] + 1
        return [one for one in answers()[problem] if told or not one.later]

    def _problem(self, message: Mapping[str, str]) -> str | None:
        return next((name for text, name in self._problems.items() if text in message["content"]), None)


class _State:
    """The answers of a bank after one conversation."""

    def __init__(self, prompt: list[int], answers: list[list[int]], sums: list[float], first: list[float]) -> None:
        """sums, first: the answers' log-probabilities by the model, and by the untrained one."""
        self.prompt = tuple(prompt)
        self.answers = [tuple(one) for one in answers]
        self.sums = sums
        self.gains = [now - then for now, then in zip(sums, first, strict=True)]


class _Scorer:
    """The model. Only ever used by one thread, which it keeps to one core."""

    def __init__(self, folder: Path) -> None:
        from mucode.train.models import load_causal, tokenizer_of

        torch.set_num_threads(1)
        self._tokenizer: Any = tokenizer_of(folder)
        self._model: Any = load_causal(folder, torch.float32)
        self._untrained: Any = base_model()
        if self._model.config.vocab_size != self._untrained.config.vocab_size:
            raise MucodeError(f'{folder} is no toy model. The toy engine needs base = "toy".')
        self._known: dict[str, _State] = {}

    def state(self, messages: Sequence[Mapping[str, str]], texts: Sequence[str]) -> _State:
        """Log-probabilities of these answers, EOS included. The answers of a state are always the same ones."""
        prompt: str = self._tokenizer.apply_chat_template(
            [dict(message) for message in messages], tokenize=False, add_generation_prompt=True, **TEMPLATE_VALUES
        )
        if prompt not in self._known:
            self._known[prompt] = self._score(prompt, texts)
        return self._known[prompt]

    def text(self, ids: Sequence[int]) -> str:
        """The text of these tokens."""
        return self._tokenizer.decode(ids)

    def _score(self, prompt: str, texts: Sequence[str]) -> _State:
        start = self._ids(prompt)
        answers = [[*self._ids(text), int(self._tokenizer.eos_token_id)] for text in texts]
        sums, first = (_log_probabilities(model, start, answers) for model in (self._model, self._untrained))
        return _State(start, answers, sums, first)

    def _ids(self, text: str) -> list[int]:
        return self._tokenizer(text, add_special_tokens=False)["input_ids"]


@torch.no_grad()
def _log_probabilities(model: Any, start: list[int], answers: list[list[int]]) -> list[float]:  # noqa: ANN401  transformers
    longest = max(map(len, answers))
    # All but the prompt's last token once; that one and each answer behind it, padded on the right, as a batch.
    cache = model(torch.tensor([start[:-1]]), use_cache=True).past_key_values
    cache.batch_repeat_interleave(len(answers))
    padded = [[start[-1], *answer[:-1], *[0] * (longest - len(answer))] for answer in answers]
    logits = model(torch.tensor(padded), past_key_values=cache).logits.double().log_softmax(-1)
    return [
        float(logits[row, torch.arange(len(answer)), torch.tensor(answer)].sum()) for row, answer in enumerate(answers)
    ]


def _drawn(weights: Sequence[float], seed: int) -> int:
    return random.Random(seed).choices(range(len(weights)), weights)[0]  # noqa: S311  sampling, no secret


def _weights(gains: Sequence[float], temperature: float, top_p: float) -> list[float]:
    """Probabilities of the answers; temperature 0 puts all on the one that gained most."""
    best = max(range(len(gains)), key=lambda number: gains[number])
    if temperature == 0:
        return [float(number == best) for number in range(len(gains))]
    scaled = torch.tensor(gains, dtype=torch.float64) * _SHARE / temperature
    weights = [float(weight) for weight in scaled.softmax(0)]
    kept, mass = set[int](), 0.0
    for number in sorted(range(len(weights)), key=lambda number: -weights[number]):
        if mass < top_p:
            kept.add(number)
        mass += weights[number]
    return [weight if number in kept else 0.0 for number, weight in enumerate(weights)]
