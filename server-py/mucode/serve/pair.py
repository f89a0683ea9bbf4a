"""pair.json: what a pair folder says of its two models. The trainer writes it (mucode/train/pair.py), the gateway reads
it. Which models are served is in chosen.py."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mucode.errors import MucodeError

PAIR = "pair.json"
VERSION = 1


@dataclass(frozen=True)
class PairCard:
    """What is served of a pair."""

    revision: str
    """Tells this pair from others."""
    generator: Path
    """A model folder, or a LoRA adapter that names its base."""
    verifier: Path
    temperature: float
    """By which scores are divided before they are probabilities."""


def read_pair(folder: Path) -> PairCard:
    """The pair in a folder. Raises MucodeError where there is none, or a damaged one."""
    path = folder / PAIR
    try:
        found: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if found["v"] != VERSION:
            raise MucodeError(f"{path} is of version {found['v']}, this mucode reads version {VERSION}. Update mucode.")
        generator, verifier = (_inside(folder, str(found[name]["weights"])) for name in ("generator", "verifier"))
        card = PairCard(str(found["revision"]), generator, verifier, float(found["verifier"]["temperature"]))
    except (FileNotFoundError, NotADirectoryError) as error:
        raise MucodeError(
            f"There is no pair in {folder}: {PAIR} is missing. Give the folder `pair` that `mucode train` wrote."
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise MucodeError(f"{path} is damaged ({error!r}). Take the folder from the training run again.") from error
    if not card.temperature > 0:
        raise MucodeError(f"{path} is damaged: temperatures are above 0. Take the folder from the training run again.")
    return card


def _inside(folder: Path, weights: str) -> Path:
    found = (folder / weights).resolve()
    if not found.is_relative_to(folder.resolve()):
        raise ValueError(f"{weights} is outside the pair's folder")
    if not found.is_dir():
        raise MucodeError(f"The pair in {folder} is not whole: {weights} is missing. Copy the folder again.")
    return found
