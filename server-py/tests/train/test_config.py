"""Runs are described strictly, completely and reproducibly: presets, files, overrides."""

import dataclasses
from pathlib import Path

import pytest

from mucode.evaluate.settings import EvaluateConfig
from mucode.train.config import as_toml, effective, presets
from mucode.train.generator.settings import GeneratorConfig
from mucode.train.reading import SettingError
from mucode.train.rollout.settings import RolloutConfig
from mucode.train.run import name_of
from mucode.train.verifier.settings import VerifierConfig


def test_all_presets_are_there() -> None:
    assert presets() == sorted(["toy", "quick", "paper-1b", "paper-8b", "instruct", "rft", "multi-star"])


@pytest.mark.parametrize("preset", presets())
def test_what_is_printed_is_read_back_as_it_was(preset: str, tmp_path: Path) -> None:
    config = effective([preset], ["generator.form=lora", "generator.lora.rank=4"])
    path = tmp_path / "effective.toml"
    path.write_text(as_toml(config), encoding="utf-8")
    assert effective([str(path)]) == config


@pytest.mark.parametrize("preset", ["paper-1b", "paper-8b"])
def test_the_papers_presets_have_the_papers_values(preset: str) -> None:
    config = effective([preset])
    assert config.iterations == 2
    rollout = RolloutConfig(rollouts=15, turns=3, temperature=0.7, top_p=1.0, max_tokens=1000)
    assert config.rollout == dataclasses.replace(rollout, part=config.rollout.part)
    assert config.verifier == VerifierConfig(
        loss="bradley-terry", pairs=32, epochs=2, lr=1e-6, batch=64, max_length=2048
    )
    assert (config.relabel.beta_oracle, config.relabel.beta_learned) == (100.0, 1.0)
    assert (config.relabel.expert, config.relabel.scope) == ("local-search", "all")
    assert config.generator == GeneratorConfig(form="full", start="base", epochs=2, lr=5e-7, batch=32, max_tokens=4096)
    wanted = EvaluateConfig(searches=10, turns=3, n=5, scaling=(1, 3, 7, 9, 11))
    assert config.evaluate == dataclasses.replace(wanted, verifier_dtype="auto", verifier_tokens_at_once=16384)
    size = {"paper-1b": "3.2-1B", "paper-8b": "3.1-8B"}[preset]
    assert config.base == f"meta-llama/Llama-{size}-Instruct"


@pytest.mark.parametrize(
    ("preset", "method"),
    [("paper-1b", "mucode"), ("instruct", "instruct"), ("rft", "rft"), ("multi-star", "multi-star")],
)
def test_a_baseline_is_laid_over_another_preset_and_named_in_tables(preset: str, method: str) -> None:
    config = effective(["paper-1b", preset])
    assert config.method == method
    assert config.evaluate.method == config.validation.method == method
    assert config.base == "meta-llama/Llama-3.2-1B-Instruct"


@pytest.mark.parametrize(
    ("overrides", "variant"),
    [
        ([], ""),
        (["relabel.score=oracle"], "oracle only"),
        (["relabel.score=learned"], "learned only"),
        (["relabel.scope=failing"], "failing rollouts only"),
        (["relabel.scope=reference", "verifier.loss=cross-entropy"], "relabelled as released, cross-entropy verifier"),
        (["relabel.beta_learned=10", "relabel.keep_unsolved=true"], "β 100 and 10, unsolved kept"),
        (["iterations=1"], "1 iteration"),
        (["iterations=3", "generator.start=continue"], "continued, 3 iterations"),
        (["relabel.expert=own-multi", "iterations=1", "verifier.loss=cross-entropy"], "cross-entropy verifier"),
    ],
)
def test_an_ablation_is_named_in_the_evaluation_after_its_settings(overrides: list[str], variant: str) -> None:
    config = effective(["paper-1b"], overrides)
    assert config.evaluate.variant == variant
    assert config.validation.variant == ""


def test_an_evaluation_runs_the_verifier_as_it_was_trained_unless_told_otherwise() -> None:
    config = effective(["toy"], ["verifier.dtype=bfloat16", "verifier.tokens_at_once=77"])
    for one in (config.evaluate, config.validation):
        assert (one.verifier_dtype, one.verifier_tokens_at_once) == ("bfloat16", 77)
    config = effective(["toy"], ["verifier.dtype=bfloat16", "evaluate.verifier_dtype=float32"])
    assert (config.evaluate.verifier_dtype, config.validation.verifier_dtype) == ("float32", "bfloat16")


def test_later_sources_and_overrides_win_and_leave_the_rest(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text("[rollout]\nturns = 5\n[problems]\ntrain = { limit = 7 }\n")
    config = effective(["paper-1b", str(own)], ["rollout.rollouts=3", "base=/models/a b", "seed=9"])
    assert (config.rollout.turns, config.rollout.rollouts, config.rollout.max_tokens) == (5, 3, 1000)
    assert (config.problems.train.limit, config.problems.train.sets) == (7, ("mbpp",))
    assert (config.base, config.seed) == ("/models/a b", 9)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[rollout]\nturn = 1", r"own\.toml: there is no setting rollout\.turn\. Did you mean turns\?"),
        ("iterations = 0", r"iterations must be 1 or more"),
        ("iterations = ", r"own\.toml is no TOML"),
        ("learn = false", r"set iterations = 1"),
        ('[evaluate]\nmethod = "rft"', r'evaluate\.method is "rft", but the other settings make mucode'),
        ('[evaluate]\nvariant = "oracle only"', r'evaluate\.variant is "oracle only", but the other settings make ""'),
        ('[problems]\ntrain.name = "test"', r"problems\.train\.name must stay 'train'"),
    ],
)
def test_what_cannot_be_meant_is_refused(text: str, message: str, tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(text)
    with pytest.raises(SettingError, match=message):
        effective([str(path)])


@pytest.mark.parametrize("table", ["evaluate", "validation"])
@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ('selectors=["pt", "ptlv"]', r"there is no selector 'ptlv'; there are random, lv, pt, pt\+lv"),
        *((f"{name}=0", "must be 1 or more, not 0") for name in ("searches", "turns", "n", "bootstrap", "part")),
        ("scaling=[1, 0]", "must be 1 or more, not 0"),
        ("ks=[0]", "must be 1 or more, not 0"),
        ("verifier_tokens_at_once=-1", "must be 1 or more, not -1"),
        ("temperature=-1", r"must be 0 or more, not -1\.0"),
        ("top_p=0", r"more than 0 and at most 1, not 0\.0"),
    ],
)
def test_an_evaluation_that_could_measure_nothing_is_refused_before_the_training(
    table: str, setting: str, message: str
) -> None:
    name = setting.partition("=")[0]
    with pytest.raises(SettingError, match=rf"evaluate\.{name} \(or validation\.{name}\).*{message}"):
        effective(["toy"], [f"{table}.{setting}"])


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        *((f"{name}=0", "must be 1 or more, not 0") for name in ("rollouts", "turns", "max_tokens", "part")),
        ("temperature=-1", r"must be 0 or more, not -1\.0"),
        ("temperature=nan", "must be 0 or more, not nan"),
        ("top_p=0", r"more than 0 and at most 1, not 0\.0"),
        ("top_p=1.5", r"more than 0 and at most 1, not 1\.5"),
    ],
)
def test_rollouts_that_could_sample_nothing_are_refused(setting: str, message: str) -> None:
    with pytest.raises(SettingError, match=rf"rollout\.{setting.partition('=')[0]} .*{message}"):
        effective(["toy"], [f"rollout.{setting}"])


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("rollout.turns", r"write NAME=VALUE"),
        ("rollout.turns=many", r"--set rollout\.turns=many: rollout\.turns must be a whole number, not 'many'"),
        ("rolout.turns=2", r"no setting rolout\. Did you mean rollout\?"),
    ],
)
def test_a_wrong_override_is_refused(override: str, message: str) -> None:
    with pytest.raises(SettingError, match=message):
        effective(["toy"], [override])


def test_an_unknown_preset_is_refused_with_those_there_are() -> None:
    with pytest.raises(SettingError, match=r"papre-1b is neither a file nor a preset\. The presets are instruct, "):
        effective(["papre-1b"])


def test_a_run_is_found_again_by_the_same_settings_and_only_by_them() -> None:
    name = name_of(effective(["toy"]), ["toy"])
    assert name_of(effective(["toy"], ["workers=7"]), ["toy"]) == name
    assert name_of(effective(["toy"], ["seed=7"]), ["toy"]) != name
    assert name.startswith("toy-")
