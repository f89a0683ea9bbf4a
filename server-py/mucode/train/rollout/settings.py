"""The settings of rollouts and of the engine that answers. What they do is in episode.py and engine.py."""

import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from mucode.train.reading import OTHERWISE_EQUAL, SettingError


@dataclass(frozen=True)
class RolloutConfig:
    """How programs are sampled; the defaults are those of μCode, section 4 and its released code."""

    rollouts: int = 15
    """Rollouts per problem."""
    turns: int = 3
    """Most turns of a rollout; it ends earlier with a program that passes the public tests."""
    temperature: float = 0.7
    """0 takes the likeliest token."""
    top_p: float = 1.0
    """The likeliest tokens that together have this probability are sampled from."""
    max_tokens: int = 1000
    """Most tokens of an answer. How many answers ended there is told as the metric `cut_answers`."""
    part: int = 8
    """Problems per part of the table; a killed stage loses at most the parts that it was at. Part of the key, because
    parts of another size cannot be gone on with."""

    def __post_init__(self) -> None:
        """Refuses what nothing could be sampled with."""
        for name in ("rollouts", "turns", "max_tokens", "part"):
            if getattr(self, name) < 1:
                raise SettingError(f"rollout.{name} must be 1 or more, not {getattr(self, name)}.")
        if not 0 <= self.temperature < math.inf:
            raise SettingError(f"rollout.temperature must be 0 or more, not {self.temperature}.")
        if not 0 < self.top_p <= 1:
            raise SettingError(f"rollout.top_p is a probability: more than 0 and at most 1, not {self.top_p}.")


@dataclass(frozen=True)
class EngineConfig:
    """What answers during rollouts and evaluations."""

    kind: Literal["sglang", "url", "toy"] = "sglang"
    """`sglang`: started on the generator's folder; `url`: any OpenAI-compatible server; `toy`: the bundled answers."""
    url: str = field(default="", metadata=OTHERWISE_EQUAL)
    """Address of the running server, for `url`. Its key comes from MUCODE_ENGINE_KEY."""
    model: str = ""
    """Name of the model, for `url`, as the server lists it. What is sampled is known by it, not by the address."""
    revision: str = ""
    """For `url`: your own name for the weights behind that name. Another one makes everything that was sampled anew."""
    python: str = field(default="", metadata=OTHERWISE_EQUAL)
    """Python of SGLang's environment, for `sglang`. Empty: MUCODE_SGLANG_PYTHON, else what the set-up installed."""
    device: Literal["auto", "cpu", "cuda"] = "auto"
    """Where the model runs, for `sglang`."""
    dtype: Literal["auto", "bfloat16", "float16", "float32"] = "auto"
    """Numbers to compute with, for `sglang`."""
    deterministic: bool = False
    """For `sglang` on a GPU: its deterministic mode, in which seeds decide the answers. It is slower, and each sample
    is a request of its own. Without it SGLang draws its own numbers on a GPU. On a CPU seeds always decide."""
    context_length: int = 8192
    """Tokens of prompt and answer together, for `sglang`."""
    max_running: int = field(default=0, metadata=OTHERWISE_EQUAL)
    """Samples that the engine computes at a time; twice as many are kept in flight, so that it never waits for us.
    0: 256 on a GPU, 16 on a CPU, 64 for `url`."""
    max_total_tokens: int = field(default=0, metadata=OTHERWISE_EQUAL)
    """Tokens in the engine's cache, for `sglang`; 0 leaves it to the device."""
    memory_share: float = field(default=0.0, metadata=OTHERWISE_EQUAL)
    """Share of the GPU's memory that is free when the engine starts, for weights and cache, for `sglang`. 0: 0.8, and
    0.55 where an evaluation's verifier computes on the same GPU."""
    attempts: int = field(default=8, metadata=OTHERWISE_EQUAL)
    """Tries of one request before the stage fails; pauses double from half a second to ten seconds."""

    def __post_init__(self) -> None:
        """Refuses a server that is not named."""
        if self.kind == "url" and not self.url:
            raise SettingError('engine.kind = "url" needs an address: set engine.url, such as http://127.0.0.1:30000.')
        if self.kind == "url" and not self.model:
            raise SettingError(
                'engine.kind = "url" needs engine.model: the name of the model as the server lists it '
                f"({self.url.rstrip('/').removesuffix('/v1')}/v1/models)."
            )

    @property
    def running(self) -> int:
        """Samples at a time: what is set, or what suits the device."""
        if self.max_running:
            return self.max_running
        if self.kind == "url":
            return 64
        return 256 if self.on_gpu else 16

    @property
    def on_gpu(self) -> bool:
        """Whether an SGLang of our own computes on a GPU."""
        from mucode.serve.settings import Settings
        from mucode.serve.sglang_launch import chosen_device

        return chosen_device(Settings(token_file=Path(), log_file=Path(), device=self.device)) == "cuda"

    @property
    def about_seeds(self) -> str:
        """What seeds do to the answers, for the log."""
        if self.kind == "toy":
            return "Seeds decide the answers."
        if self.kind == "url":
            return f"Whether seeds decide the answers is up to the server at {self.url}."
        if not self.on_gpu:
            return "Seeds decide the answers: on a CPU our SGLang draws the numbers of each sample from its seed."
        if self.deterministic:
            return "Seeds decide the answers: SGLang is in its deterministic mode."
        return (
            "Seeds do not decide the answers: on a GPU SGLang draws its own numbers, so another attempt gets other "
            "answers. With engine.deterministic = true they do, and sampling is slower."
        )
