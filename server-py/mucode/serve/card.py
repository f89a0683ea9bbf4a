"""verifier.json: what a verifier's folder says about its scores. The trainer writes it, the gateway reads it.

`held_out` has the figures on problems that were not learned from; null where there were none. `temperature` is fitted
on all of these. `calibration_error` and `negative_log_likelihood` there are two-fold: each half of the problems is
measured with the temperature of the other half (null for a single problem), not with the one that is shipped.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from math import exp
from pathlib import Path
from typing import Any

from mucode.errors import MucodeError

CARD = "verifier.json"


@dataclass(frozen=True)
class Card:
    """What is needed to use a verifier."""

    revision: str
    """Changes with the weights."""
    max_length: int
    """Most tokens of problem and program together."""
    temperature: float

    def probability(self, score: float) -> float:
        """The calibrated probability that a program with this score is right."""
        return sigmoid(score / self.temperature)


def read_card(folder: Path) -> Card:
    """The card in a verifier's folder. Raises MucodeError where it is missing or damaged."""
    path = folder / CARD
    try:
        found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        card = Card(str(found["revision"]), int(found["max_length"]), float(found["temperature"]))
    except FileNotFoundError as error:
        raise MucodeError(
            f"There is no verifier in {folder}: {CARD} is missing. Give the folder that training wrote."
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise MucodeError(f"{path} is damaged ({error!r}). Take the folder from the training run again.") from error
    if card.max_length < 1 or not card.temperature > 0:
        raise MucodeError(f"{path} is damaged: lengths and temperatures are above 0. Take it from the run again.")
    return card


def sigmoid(x: float) -> float:
    """1 / (1 + e^-x) without overflow."""
    return 1.0 / (1.0 + exp(-x)) if x >= 0 else exp(x) / (1.0 + exp(x))
