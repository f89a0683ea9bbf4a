"""Which settings do nothing in a run as it is set, and why: one table. They are told and not refused, because presets
are laid over each other. What cannot be meant at all is refused by the settings themselves."""

import dataclasses
import json
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from mucode.evaluate.settings import EvaluateConfig
    from mucode.train.config import RunConfig

Cause = Callable[["RunConfig"], str]
"""Why a setting does nothing; empty where it counts."""
_EVALUATIONS = ("validation", "evaluate")


def unused(config: "RunConfig", stage: str | None = None) -> list[str]:
    """`NAME = VALUE (CAUSE)` of each setting that was changed from its default and does nothing.

    stage: of one stage done alone only those of its tables are told, and what makes up a whole run does not count.
    """
    found = [*_changed(config, _ENGINE), *_changed(config, _GENERATOR)]
    if stage is None:
        found += _changed(config, _RUN)
    for table in ("rollout", *_EVALUATIONS):
        found += _changed(config, ((f"{table}.top_p", _likeliest(table)),))
    for table in _EVALUATIONS:
        found += _too_large_ks(table, getattr(config, table))
    lines = [f"{name} = {json.dumps(_plain(value), ensure_ascii=False)} ({cause})" for name, value, cause in found]
    return lines if stage is None else [line for line in lines if line.startswith(_tables_of(stage))]


def _unless_engine(*kinds: str) -> Cause:
    return lambda config: "" if config.engine.kind in kinds else f'engine.kind = "{config.engine.kind}"'


def _seeds_count(config: "RunConfig") -> str:
    idle = config.engine.kind == "sglang" and config.engine.deterministic and not config.engine.on_gpu
    return "on a CPU seeds decide anyway" if idle else ""


def _no_gpu_to_share(config: "RunConfig") -> str:
    idle = config.engine.kind == "sglang" and not config.engine.on_gpu
    return "on a CPU engine.max_total_tokens bounds the cache" if idle else ""


def _rows_are_not_filled(config: "RunConfig") -> str:
    idle = config.learn and config.generator.packing == "off"
    return 'generator.packing = "off": each example is a row of its own' if idle else ""


def _nothing_is_learned(config: "RunConfig") -> str:
    return "" if config.learn else "learn = false: no generator is trained"


def _is_first(config: "RunConfig") -> str:
    return "iterations = 1: there is no generator to go on from" if config.learn and config.iterations == 1 else ""


def _likeliest(table: str) -> Cause:
    return lambda config: f"{table}.temperature = 0" if getattr(config, table).temperature == 0 else ""


_ENGINE: Sequence[tuple[str, Cause]] = (
    *((f"engine.{name}", _unless_engine("url")) for name in ("url", "model", "revision")),
    *(
        (f"engine.{name}", _unless_engine("sglang"))
        for name in ("python", "device", "dtype", "deterministic", "context_length", "max_total_tokens", "memory_share")
    ),
    *((f"engine.{name}", _unless_engine("sglang", "url")) for name in ("max_running", "attempts")),
    ("engine.deterministic", _seeds_count),
    ("engine.memory_share", _no_gpu_to_share),
)
_GENERATOR: Sequence[tuple[str, Cause]] = (("generator.row_tokens", _rows_are_not_filled),)
_RUN: Sequence[tuple[str, Cause]] = (
    ("relabel", _nothing_is_learned),
    ("generator", _nothing_is_learned),
    ("generator.start", _is_first),
)


def _changed(config: "RunConfig", rows: Sequence[tuple[str, Cause]]) -> Iterator[tuple[str, Any, str]]:
    """Those settings of the rows that do nothing and were changed: name, value, cause."""
    default = type(config)()
    for name, cause in rows:
        table, _, one = name.partition(".")
        why = cause(config)
        if why:
            now, then = getattr(config, table), getattr(default, table)
            for field in dataclasses.fields(now):
                value = getattr(now, field.name)
                if one in ("", field.name) and value != getattr(then, field.name):
                    yield f"{table}.{field.name}", value, why


def _too_large_ks(table: str, config: "EvaluateConfig") -> Iterator[tuple[str, Any, str]]:
    samples = config.searches * max(config.n, *config.scaling, 0)
    large = [k for k in config.ks if k > samples]
    if large:
        yield f"{table}.ks", large, f"{samples} answers per problem: {table}.searches x the largest n"


def _tables_of(stage: str) -> tuple[str, ...]:
    own = {"score": "verifier"}.get(stage, stage)
    return (f"{own}.", "engine.") if stage in ("rollout", "evaluate") else (f"{own}.",)


def _plain(value: Any) -> Any:  # noqa: ANN401  a setting of any type
    return dataclasses.asdict(value) if dataclasses.is_dataclass(value) and not isinstance(value, type) else value
