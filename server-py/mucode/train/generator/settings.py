"""The settings of fine-tuning the generator. What they do is in fit.py."""

from dataclasses import dataclass, field
from typing import Literal

from mucode.train.reading import OTHERWISE_EQUAL, SettingError


@dataclass(frozen=True)
class LoraConfig:
    """The adapter that is trained instead of the weights (LoRA, arXiv 2106.09685)."""

    rank: int = 16
    alpha: int = 32
    """The adapter's output is multiplied by alpha / rank."""
    targets: tuple[str, ...] = ("all-linear",)
    """Names of the layers that get one; `all-linear` is every linear layer but the head."""


@dataclass(frozen=True)
class GeneratorConfig:
    """How the generator learns; the defaults are those of μCode, section 4."""

    form: Literal["full", "lora"] = "full"
    """All weights, or a low-rank adapter beside them."""
    start: Literal["base", "continue"] = "base"
    """From the base model in each iteration, as in the paper, or from the generator of the iteration before."""
    epochs: int = 2
    """Times that every example is seen."""
    lr: float = 5e-7
    """Greatest step size of AdamW."""
    schedule: Literal["linear", "cosine", "constant"] = "linear"
    """How the step size falls: over all steps, towards 0, which it would reach one step behind the last. That one is
    still made, with lr / steps where it falls in a line. `constant` stays at lr."""
    warmup: float = 0.0
    """Share of the steps in which the step size rises from 0."""
    weight_decay: float = 0.0
    """AdamW's decay of the weights, times the step size at each step."""
    clip: float = 1.0
    """Greatest norm of the gradient; 0 leaves it as it is."""
    batch: int = 32
    """Examples per step, on all devices together."""
    max_tokens: int = 4096
    """Longest example, state and program together; longer ones are left out and counted."""
    row_tokens: int = field(default=2048, metadata=OTHERWISE_EQUAL)
    """Tokens that pass through the model at a time; it bounds the memory. One longer example still passes alone."""
    packing: Literal["auto", "on", "off"] = field(default="auto", metadata=OTHERWISE_EQUAL)
    """Whether examples share a row, and with it the beginning that they have in common. `auto`: where the model's
    attention allows it."""
    dtype: Literal["auto", "float32", "bfloat16"] = "auto"
    """Numbers in matrix products; weights, gradients and AdamW's moments are float32 in either case. `auto`: bfloat16
    where the base is stored in 16 bits and the processor multiplies such numbers."""
    recompute: bool = field(default=False, metadata=OTHERWISE_EQUAL)
    """Gradient checkpointing: a third more time for much less memory."""
    checkpoint_s: float = field(default=600.0, metadata=OTHERWISE_EQUAL)
    """Seconds between two states from which a killed training goes on."""
    lora: LoraConfig | None = None
    """Only with form = "lora"; left out, it is the defaults."""

    def __post_init__(self) -> None:
        """Refuses what cannot be meant."""
        if self.form == "full" and self.lora is not None:
            raise SettingError('generator.lora says how an adapter is made, but generator.form is "full".')
        if self.form == "lora" and self.lora is None:
            # The same adapter has the same key, whether its defaults are written out or not.
            object.__setattr__(self, "lora", LoraConfig())
        positive = {name: getattr(self, name) for name in ("epochs", "lr", "batch", "max_tokens", "row_tokens")}
        for name, value in positive.items():
            if value <= 0:
                raise SettingError(f"generator.{name} must be more than 0, not {value}.")
        if not 0 <= self.warmup < 1:
            raise SettingError(f"generator.warmup is a share of the steps, below 1, not {self.warmup}.")
