"""The settings of a whole run: those of its stages put together, read from presets and TOML files, and shown.

How one table is read is in reading.py, what a setting means in the settings of its stage.
"""

import dataclasses
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, cast

from mucode.evaluate.names import AS_RELEASED, CROSS_ENTROPY, FAILING_ONLY, LEARNED_ONLY, ONE_ITERATION, ORACLE_ONLY
from mucode.evaluate.settings import EvaluateConfig
from mucode.train.generator.settings import GeneratorConfig
from mucode.train.problems import ProblemsConfig
from mucode.train.reading import OTHERWISE_EQUAL, SettingError, as_json, check, matters, read
from mucode.train.relabel import RelabelConfig
from mucode.train.rollout.settings import EngineConfig, RolloutConfig
from mucode.train.unused import unused
from mucode.train.verifier.settings import VerifierConfig

__all__ = ["RunConfig", "as_json", "as_toml", "check_served", "effective", "matters", "preset_text", "presets", "read"]

Method = Literal["mucode", "instruct", "rft", "multi-star"]
_PRESETS = Path(__file__).with_name("presets")
_BASELINES: Mapping[str, Method] = {"own-single": "rft", "own-multi": "multi-star", "local-search": "mucode"}
_ABLATIONS: Mapping[str, str] = {
    "oracle": ORACLE_ONLY,
    "learned": LEARNED_ONLY,
    "failing": FAILING_ONLY,
    "reference": AS_RELEASED,
    "cross-entropy": CROSS_ENTROPY,
}


@dataclass(frozen=True)
class RunConfig:
    """One run of Algorithm 1, or of a baseline, with its evaluation."""

    seed: int = 1
    """From which every stage and every sample has its own."""
    iterations: int = 2
    """Iterations of Algorithm 1."""
    base: str = "HuggingFaceTB/SmolLM2-135M-Instruct"
    """The model that the generator starts from: a folder, a name on the hub, or `toy`."""
    verifier_base: str = ""
    """The model that the verifier starts from; empty: the same."""
    learn: bool = True
    """Whether the generator is trained. Without, the base model is measured with a verifier (baseline `instruct`)."""
    workers: int = field(default=0, metadata=OTHERWISE_EQUAL)
    """Programs judged at a time, and threads that models of more than ten million weights are computed with; 0: as many
    as there are cores."""
    problems: ProblemsConfig = field(default_factory=ProblemsConfig)
    engine: EngineConfig = field(default_factory=EngineConfig)
    rollout: RolloutConfig = field(default_factory=RolloutConfig)
    verifier: VerifierConfig = field(default_factory=VerifierConfig)
    relabel: RelabelConfig = field(default_factory=RelabelConfig)
    generator: GeneratorConfig = field(default_factory=GeneratorConfig)
    validation: EvaluateConfig = field(
        default_factory=lambda: EvaluateConfig(searches=3, selectors=("pt", "pt+lv"), ks=(1,), plots=False)
    )
    """How each iteration is measured on the validation problems, to choose the best one."""
    evaluate: EvaluateConfig = field(default_factory=EvaluateConfig)
    """How the chosen models are measured at the end."""

    def __post_init__(self) -> None:
        """Refuses what cannot be meant; names the method in the evaluations."""
        if self.iterations < 1:
            raise SettingError(f"iterations must be 1 or more, not {self.iterations}.")
        if not self.learn and self.iterations > 1:
            raise SettingError("With learn = false nothing changes between iterations: set iterations = 1.")
        # The validation of an iteration is the same in runs of more iterations, so it is not named after these.
        for name, variant in (("validation", ""), ("evaluate", self.variant)):
            chosen: EvaluateConfig = getattr(self, name)
            if chosen.method not in ("mucode", self.method):
                raise SettingError(f'{name}.method is "{chosen.method}", but the other settings make {self.method}.')
            if chosen.variant not in ("", variant):
                raise SettingError(f'{name}.variant is "{chosen.variant}", but the other settings make "{variant}".')
            object.__setattr__(
                self,
                name,
                dataclasses.replace(
                    chosen,
                    method=self.method,
                    variant=variant,
                    verifier_dtype=chosen.verifier_dtype or self.verifier.dtype,
                    verifier_tokens_at_once=chosen.verifier_tokens_at_once or self.verifier.tokens_at_once,
                ),
            )

    @property
    def method(self) -> Method:
        """What the run is called in tables."""
        return _BASELINES[self.relabel.expert] if self.learn else "instruct"

    @property
    def variant(self) -> str:
        """What sets the run apart from its method as the paper has it, so that tables give it a row of its own."""
        parts: list[str] = []
        if self.method == "mucode":
            default, own = RelabelConfig(), self.relabel
            parts += [_ABLATIONS[one] for one in (own.score, own.scope) if one in _ABLATIONS]
            if (own.beta_oracle, own.beta_learned) != (default.beta_oracle, default.beta_learned):
                parts.append(f"β {own.beta_oracle:g} and {own.beta_learned:g}")
            parts += ["unsolved kept"] if own.keep_unsolved else []
            parts += ["continued"] if self.generator.start == "continue" and self.iterations > 1 else []
            if self.iterations != RunConfig.iterations:
                parts.append(ONE_ITERATION if self.iterations == 1 else f"{self.iterations} iterations")
        parts += [_ABLATIONS[self.verifier.loss]] if self.verifier.loss in _ABLATIONS else []
        return ", ".join(parts)


def presets() -> list[str]:
    """The names of the presets that ship with the package."""
    return sorted(path.stem for path in _PRESETS.glob("*.toml"))


def preset_text(name: str) -> str:
    """The TOML text of a preset."""
    return (_PRESETS / f"{name}.toml").read_text(encoding="utf-8")


def effective(sources: Sequence[str], overrides: Sequence[str] = ()) -> RunConfig:
    """The settings of presets and TOML files, later ones over earlier ones, then of `a.b=value` overrides.

    Raises SettingError naming file and setting.
    """
    tables: dict[str, Any] = {}
    for source in sources:
        path = _file(source)
        values = _parsed(path)
        check(RunConfig, values, str(path))
        tables = _merged(tables, values)
    for override in overrides:
        values = _override(override)
        check(RunConfig, values, f"--set {override}")
        tables = _merged(tables, values)
    return read(RunConfig, tables, " + ".join(sources))


def as_toml(config: RunConfig) -> str:
    """Every setting with its value, as a TOML file that `effective` reads back. Those that do nothing are named."""
    idle = [f"# not used: {line}" for line in unused(config)]
    return "\n".join([*_table("", as_json(config)), *([""] if idle else []), *idle]).strip() + "\n"


def check_served(config: RunConfig) -> None:
    """Raises SettingError when the generator that a whole run trains would never be what answers."""
    if config.learn and config.engine.kind == "url":
        raise SettingError(
            f'engine.kind = "url" asks the model that runs at {config.engine.url}, and never the generator that this '
            'run trains. Set engine.kind = "sglang", which serves each generator itself, or learn = false with '
            "iterations = 1 to measure the model that runs there."
        )


def _file(source: str) -> Path:
    if source in presets():
        return _PRESETS / f"{source}.toml"
    path = Path(source)
    if not path.is_file():
        raise SettingError(f"{source} is neither a file nor a preset. The presets are {', '.join(presets())}.")
    return path


def _parsed(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SettingError(f"{path} is no TOML: {error}.") from error


def _override(text: str) -> dict[str, Any]:
    """`a.b=value` as nested tables; a value that is no TOML value is a text."""
    name, equals, value = text.partition("=")
    if not equals or not name.strip():
        raise SettingError(f"--set {text}: write NAME=VALUE, such as rollout.turns=2.")
    try:
        found: Any = tomllib.loads(f"value = {value}")["value"]
    except tomllib.TOMLDecodeError:
        found = value.strip()
    for part in reversed(name.strip().split(".")):
        found = {part: found}
    return found


def _merged(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(under)
    for key, value in over.items():
        below: object = merged.get(key)
        both = isinstance(below, dict) and isinstance(value, dict)
        merged[key] = _merged(cast("dict[str, Any]", below), cast("dict[str, Any]", value)) if both else value
    return merged


def _table(name: str, values: Mapping[str, Any]) -> list[str]:
    """A table's own settings first, then the tables in it, as TOML wants them."""
    lines = [f"{key} = {_literal(value)}" for key, value in values.items() if not isinstance(value, dict)]
    head = ["", f"[{name}]"] if name and lines else []
    nested = [
        line
        for key, value in values.items()
        if isinstance(value, dict)
        for line in _table(f"{name}.{key}" if name else key, cast("dict[str, Any]", value))
    ]
    return [*head, *lines, *nested]


def _literal(value: object) -> str:
    """JSON's spelling of texts, numbers, lists and truth is TOML's; what is not set is `"none"`."""
    return '"none"' if value is None else json.dumps(value, ensure_ascii=False)
