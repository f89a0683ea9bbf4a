"""The settings of the verifier's training. What they do is in fit.py and pairs.py."""

from dataclasses import dataclass, field
from typing import Literal

from mucode.train.generator.settings import LoraConfig
from mucode.train.reading import OTHERWISE_EQUAL, SettingError


@dataclass(frozen=True)
class VerifierConfig:
    """How the verifier learns, and how it is run to score; the defaults are those of μCode, section 4 and its code."""

    loss: Literal["bradley-terry", "cross-entropy"] = "bradley-terry"
    """`bradley-terry`: of two programs of a problem the right one shall score higher. `cross-entropy`: each program's
    score is the log-odds that it is right."""
    pairs: int = 32
    """Most pairs per problem; for `cross-entropy` most right programs and most wrong ones."""
    epochs: int = 2
    """Passes over all pairs (or programs)."""
    lr: float = 1e-6
    """AdamW's step size at the first step; it falls in a line to 0 at the end of the last epoch."""
    batch: int = 64
    """Pairs (or programs) per step, on all devices together."""
    l2: float = 1e-3
    """Weight of the mean squared score in the loss, which keeps scores near 0."""
    max_length: int = 2048
    """Most tokens of problem and program together; of a longer text a piece in the middle is left out (text.py)."""
    form: Literal["full", "lora"] = "full"
    """`lora`: low-rank changes and a new head, merged into the weights at the end, because SGLang serves no adapters of
    this kind."""
    lora: LoraConfig | None = None
    """Only with form = "lora"; left out, it is the defaults."""
    held_out: float = 0.1
    """Share of problems that are not learned from: they give the temperature and the figures."""
    dtype: Literal["auto", "float32", "bfloat16"] = "auto"
    """Numbers in matrix products; weights and AdamW's moments are float32 in either case. `auto`: bfloat16 on a GPU."""
    tokens_at_once: int = field(default=16384, metadata=OTHERWISE_EQUAL)
    """Most tokens of one pass through the model, padding included; it bounds the memory."""
    recompute: bool = field(default=False, metadata=OTHERWISE_EQUAL)
    """Gradient checkpointing: a third more time for much less memory."""
    checkpoint_s: float = field(default=600.0, metadata=OTHERWISE_EQUAL)
    """Seconds between two states from which a killed training goes on."""

    def __post_init__(self) -> None:
        if self.form == "full" and self.lora is not None:
            raise SettingError('verifier.lora says how low-rank changes are made, but verifier.form is "full".')
        if self.form == "lora" and self.lora is None:
            # The same adapter has the same key, whether its defaults are written out or not.
            object.__setattr__(self, "lora", LoraConfig())
        for name in ("pairs", "epochs", "lr", "batch", "max_length", "tokens_at_once"):
            if getattr(self, name) <= 0:
                raise SettingError(f"verifier.{name} must be more than 0, not {getattr(self, name)}.")
        if not 0 <= self.held_out < 1:
            raise SettingError(f"verifier.held_out is a share of the problems, below 1, not {self.held_out}.")
