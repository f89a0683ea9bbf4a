"""One stage on its own, as a command: folders in, a folder out. Whole runs are in whole.py."""

import argparse
import dataclasses
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from mucode.train.base import base_model
from mucode.train.config import RunConfig, effective
from mucode.train.executor import LocalExecutor
from mucode.train.lock import locked
from mucode.train.problems import SplitConfig, sources
from mucode.train.progress import screen_for
from mucode.train.run import Run
from mucode.train.stage import STAGES
from mucode.train.store import Store
from mucode.train.unit import Unit
from mucode.train.unused import unused


@dataclass(frozen=True)
class _Role:
    """An input of a stage."""

    help: str
    several: bool = False
    needed: bool = True
    model: bool = False
    """A folder with a model, or its name on the hub."""


_PROBLEMS = _Role("folder made by `mucode problems`")
_ROLLOUTS = _Role("folders made by `mucode rollout`, one per iteration so far", several=True)
_GENERATOR = _Role("model that answers: a folder or a name on the hub", model=True)
_BASE = _Role("model to start from: a folder or a name on the hub", model=True)
_VERIFIER = _Role("folder made by `mucode verifier`")
_ROLES: Mapping[str, Mapping[str, _Role]] = {
    "problems": {},
    "rollout": {"problems": _PROBLEMS, "generator": _GENERATOR},
    "verifier": {"rollouts": _ROLLOUTS, "problems": _PROBLEMS, "base": _BASE},
    "score": {"rollouts": _ROLLOUTS, "problems": _PROBLEMS, "verifier": _VERIFIER},
    "relabel": {
        "rollouts": _ROLLOUTS,
        "scores": _Role("folder made by `mucode score`; not needed by every expert", needed=False),
    },
    "generator": {
        "examples": _Role("folder made by `mucode relabel`"),
        "base": _BASE,
        "generator": _Role("model to go on from, with generator.start=continue", needed=False, model=True),
    },
    "evaluate": {
        "problems": _PROBLEMS,
        "generator": _GENERATOR,
        "verifier": dataclasses.replace(_VERIFIER, needed=False),
    },
}
_ABOUT = {
    "problems": "Data sets as one table of problems; training sets pass the guard.",
    "rollout": "Multi-turn rollouts of a generator: one row per problem, rollout and turn.",
    "verifier": "Train a verifier on the programs of rollouts.",
    "score": "What the verifier gives every distinct program of rollouts.",
    "relabel": "What the expert teaches in every state: examples for the generator.",
    "generator": "Fine-tune a generator on examples.",
    "evaluate": "Measure a generator, with a verifier or without: tables and plots.",
}


def single(name: str, arguments: list[str], store: Path) -> int:
    """Does one stage; what an earlier attempt finished for the same folder is used. Raises MucodeError."""
    chosen = _parser(name).parse_args(arguments)
    config = effective(chosen.config, chosen.set)
    settings: object = config.problems.split(chosen.split) if name == "problems" else _settings(name, config)
    for line in [*unused(config, name), *_unused_inputs(config, chosen)]:
        sys.stderr.write(f"not used: {line}\n")
    out: Path = chosen.out.absolute()
    folder = out.with_name(out.name + ".log")
    with locked(folder / "lock", str(out), wait=chosen.wait):
        run = Run(folder, config, Store(store), LocalExecutor(), screen_for(sys.stderr), wait=chosen.wait)
        try:
            given = {role: _folders(known, getattr(chosen, role), run) for role, known in _ROLES[name].items()}
            inputs = {role: folders for role, folders in given.items() if folders}
            if isinstance(settings, SplitConfig):
                inputs["files"] = tuple(sources(settings))
            run.make(Unit(name, STAGES[name], settings, inputs, chosen.iteration), out)
        finally:
            run.close()
    return 0


def _unused_inputs(config: RunConfig, chosen: argparse.Namespace) -> list[str]:
    """Of the generator that a stage is given, or is not."""
    if not hasattr(chosen, "generator"):
        return []
    if hasattr(chosen, "examples"):
        continues = config.generator.start == "continue"
        if chosen.generator and not continues:
            return [f'--generator {chosen.generator} (generator.start = "base")']
        return [] if chosen.generator or not continues else ['generator.start = "continue" (there is no --generator)']
    if config.engine.kind != "url":
        return []
    return [f"--generator {chosen.generator} ({config.engine.model} at {config.engine.url} answers)"]


def _settings(name: str, config: RunConfig) -> object:
    return config.verifier if name == "score" else getattr(config, name)


def _folders(role: _Role, given: list[str] | str | None, run: Run) -> tuple[Path, ...]:
    named = [given] if isinstance(given, str) else given or []
    return tuple(base_model(name, run) if role.model else Path(name).absolute() for name in named)


def _parser(name: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=f"mucode {name}", description=_ABOUT[name])
    add = parser.add_argument
    for role, known in _ROLES[name].items():
        several = {"nargs": "+"} if known.several else {}
        add(f"--{role}", required=known.needed, help=known.help, **several)
    if name == "problems":
        parser.set_defaults(iteration=0)
        # Without a default: only what is asked for as `train` goes through the guard.
        add("--split", choices=("train", "validation", "test"), required=True, help="which problems of the settings")
    else:
        add("--iteration", type=int, default=1, help="whose random numbers to draw")
    add("--out", type=Path, required=True, help="folder to make; its log is beside it in OUT.log")
    add("--config", action="append", default=[], metavar="RUN", help="a preset or a TOML file; repeatable")
    add("--wait", action="store_true", help="wait for another process that makes the same folder")
    add("--set", action="append", default=[], metavar="A.B=VALUE", help="one setting; repeatable")
    return parser
