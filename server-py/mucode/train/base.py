"""Where the models that learning starts from come from. How a folder of one is read is in models.py."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from mucode.train.models import base_folder
from mucode.train.stage import StageSpec, Tell

if TYPE_CHECKING:
    from mucode.train.run import Run

TOY = "toy"


@dataclass(frozen=True)
class ToyConfig:
    """The toy model has nothing to set: it is the same one for every run."""


def base_model(name: str, run: "Run") -> Path:
    """The folder of a base model: made once for `toy`, else a folder or a model of the hub. Raises MucodeError."""
    return run.stage("base", ToyConfig()) if name == TOY else base_folder(name)


def run(spec: StageSpec, tell: Tell) -> None:
    """The stage `base`: makes the toy model."""
    from mucode.train.toy.base import make_base

    tell("log", {"message": "making the toy model"})
    make_base(spec.out)
