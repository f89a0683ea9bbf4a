"""The settings of an evaluation. What they mean for one search is in search.py."""

import math
from dataclasses import dataclass, field
from typing import Literal

from mucode.train.reading import OTHERWISE_EQUAL, SettingError

from .select import SELECTORS


@dataclass(frozen=True)
class EvaluateConfig:
    """How the models are measured; the defaults are those of μCode, section 4."""

    method: str = "mucode"
    """What is measured, which finds its row of the paper's table: instruct, rft, multi-star or mucode."""
    variant: str = ""
    """What sets it apart from the method as it is meant, such as `oracle only`: it is then a row of its own. A run
    names it after its settings."""
    searches: int = 10
    """Searches per problem, each with seeds of its own; a rate is the mean over them."""
    turns: int = 3
    """Most turns of a search."""
    n: int = 5
    """Candidates per turn, the N of best-of-N."""
    scaling: tuple[int, ...] = ()
    """Other values of N to measure with the selector that asks tests and verifier (the paper: 1, 3, 5, 7, 9, 11)."""
    selectors: tuple[str, ...] = ("random", "lv", "pt", "pt+lv")
    """Which picks to measure; those that ask the verifier are left out, loudly, when there is none."""
    temperature: float = 0.7
    top_p: float = 1.0
    max_tokens: int = 1000
    """Most tokens of an answer. How many answers ended there is in the report as `cut_answers`."""
    ks: tuple[int, ...] = (1, 5, 10)
    """The k of the unbiased pass@k, as far as there are samples (searches x N) for it."""
    verifier_dtype: Literal["auto", "float32", "bfloat16"] | None = None
    """Numbers in the verifier's matrix products; left out: those of verifier.dtype."""
    verifier_tokens_at_once: int | None = field(default=None, metadata=OTHERWISE_EQUAL)
    """Most tokens of one pass through the verifier; left out: as verifier.tokens_at_once."""
    bootstrap: int = 10_000
    """Resamples of the problems behind an interval of 95 %."""
    part: int = 8
    """Problems per part of the output; a killed evaluation goes on after its last whole part."""
    plots: bool = True
    """Whether to draw PNG and SVG files of the scaling curves."""

    def __post_init__(self) -> None:
        """Refuses what nothing could be measured with, before hours of training and not after them."""
        unknown = [name for name in self.selectors if name not in SELECTORS]
        if unknown:
            raise _refused("selectors", f"there is no selector {unknown[0]!r}; there are {', '.join(SELECTORS)}")
        numbers = {
            name: (getattr(self, name),) for name in ("searches", "turns", "n", "max_tokens", "bootstrap", "part")
        }
        numbers |= {"scaling": self.scaling, "ks": self.ks}
        if self.verifier_tokens_at_once is not None:
            numbers["verifier_tokens_at_once"] = (self.verifier_tokens_at_once,)
        for name, values in numbers.items():
            if min(values, default=1) < 1:
                raise _refused(name, f"must be 1 or more, not {min(values)}")
        if not 0 <= self.temperature < math.inf:
            raise _refused("temperature", f"must be 0 or more, not {self.temperature}")
        if not 0 < self.top_p <= 1:
            raise _refused("top_p", f"is a probability: more than 0 and at most 1, not {self.top_p}")


def _refused(name: str, why: str) -> SettingError:
    """Both tables are named: the settings do not know in which of them they stand."""
    return SettingError(f"evaluate.{name} (or validation.{name}): {why}.")
