"""What decides what a stage makes is in its key, and nothing else is: the code that
judges and asks, prompt templates, seeds, settings."""

import shutil
from collections.abc import Sequence
from pathlib import Path

import pytest
from tiny_algorithm import InProcess, run_tiny

from mucode import prompts
from mucode.train import source
from mucode.train.config import effective
from mucode.train.problems import SplitConfig
from mucode.train.stage import STAGES
from mucode.train.store import Store
from mucode.train.unit import Unit

EVERYTHING = {"rollout", "verifier", "score", "relabel", "generator", "evaluate"}


def own_key(name: str, *overrides: str, iteration: int = 1) -> str:
    """The key of a stage without inputs: what it depends on itself."""
    config = effective(["toy"], overrides)
    table = {"problems": SplitConfig(("toy",)), "base": SplitConfig(("toy",)), "score": config.verifier}
    settings = table.get(name) or getattr(config, name)
    unit = Unit(name, STAGES[name], settings, {}, iteration)
    return unit.identity(config, Store(Path())).key


def differing(monkeypatch: pytest.MonkeyPatch, template: str) -> set[str]:
    """The stages whose own key is another one when a template's text is."""
    before = {name: own_key(name) for name in STAGES}
    changed = {**prompts.templates(), template: "{{instruction}}"}
    monkeypatch.setattr(prompts, "templates", lambda: changed)
    return {name for name in STAGES if own_key(name) != before[name]}


@pytest.mark.parametrize("template", prompts.OPENING)
def test_a_template_of_the_opening_is_in_the_keys_of_who_asks_and_who_scores(
    template: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert differing(monkeypatch, template) == {"rollout", "verifier", "score", "evaluate"}


@pytest.mark.parametrize("template", sorted(set(prompts.NAMES) - set(prompts.OPENING)))
def test_another_template_is_in_the_keys_of_who_asks(template: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert differing(monkeypatch, template) == {"rollout", "evaluate"}


@pytest.mark.parametrize(
    ("file", "stages"),
    [
        ("judge/function/compare.py", {"problems", "rollout", "evaluate"}),
        ("judge/verdict.py", {"problems", "rollout", "evaluate"}),
        ("prompts/__init__.py", {"rollout", "verifier", "score", "evaluate"}),
        ("prompts/excerpt.py", {"rollout", "verifier", "score", "evaluate"}),
    ],
)
def test_the_code_that_judges_and_asks_is_in_the_keys_of_who_uses_it(
    file: str, stages: set[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A changed judge labels otherwise; its labels once came out of older artifacts."""
    before = {name: own_key(name) for name in STAGES}
    for name in ("judge", "prompts"):
        shutil.copytree(source.PACKAGE / name, tmp_path / name)
    assert (tmp_path / file).is_file()
    with (tmp_path / file).open("a") as changed:
        changed.write("# changed\n")
    monkeypatch.setattr(source, "PACKAGE", tmp_path)
    assert {name for name in STAGES if own_key(name) != before[name]} == stages


def test_code_that_lies_elsewhere_is_the_same_code(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {name: own_key(name) for name in STAGES}
    for name in ("judge", "prompts"):
        shutil.copytree(source.PACKAGE / name, tmp_path / name)
    monkeypatch.setattr(source, "PACKAGE", tmp_path)
    assert {name: own_key(name) for name in STAGES} == before


def test_an_opening_is_made_of_the_templates_that_are_named_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    class Noting(dict[str, str]):
        def __getitem__(self, name: str) -> str:
            used.add(name)
            return super().__getitem__(name)

    used: set[str] = set()
    texts = Noting(prompts.templates())
    monkeypatch.setattr(prompts, "templates", lambda: texts)
    test = {"input": "1\n", "outputs": ["2\n"]}
    program = {"kind": "stdio", "instruction": "Double it.", "code": "print(input())", "public_tests": [test]}
    function = {
        "kind": "function",
        "instruction": "Double it.",
        "code": "def f(x): return x",
        "context": "import math",
        "entry_point": "f",
        "public_tests": [{"source": "assert f(1) == 2"}],
    }
    for problem in (program, function):
        for task in ("repair", "write"):
            prompts.opening(problem, task, {"feedback": "f(1) is 1"})
    assert used == set(prompts.OPENING)


def test_a_run_with_another_template_makes_what_is_made_of_it_anew_and_no_problems(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert stages_of_a_run(tmp_path) == {*EVERYTHING, "base", "problems"}
    assert stages_of_a_run(tmp_path) == set()
    changed = {**prompts.templates(), "feedback": "{{feedback}}"}
    monkeypatch.setattr(prompts, "templates", lambda: changed)
    assert stages_of_a_run(tmp_path) == EVERYTHING


def stages_of_a_run(folder: Path, overrides: Sequence[str] = ()) -> set[str]:
    executor = InProcess()
    run_tiny(effective(["toy"], overrides), folder / "store", executor)
    return {spec.stage for spec in executor.ran}


def test_the_number_of_workers_is_in_no_key() -> None:
    for name in STAGES:
        assert own_key(name, "workers=7") == own_key(name, "workers=1")


@pytest.mark.parametrize("name", ["base", "score", "relabel"])
def test_a_stage_that_draws_nothing_is_the_same_for_every_seed_and_iteration(name: str) -> None:
    assert own_key(name, "seed=9", iteration=2) == own_key(name)


@pytest.mark.parametrize("name", ["problems", "evaluate"])
def test_what_measures_draws_the_same_in_every_iteration(name: str) -> None:
    assert own_key(name, iteration=2) == own_key(name) != own_key(name, "seed=9")


@pytest.mark.parametrize("name", ["rollout", "verifier", "generator"])
def test_other_stages_draw_anew_in_every_iteration(name: str) -> None:
    assert len({own_key(name), own_key(name, iteration=2), own_key(name, "seed=9")}) == 3


def test_scores_do_not_depend_on_how_the_verifier_learned() -> None:
    assert own_key("score", "verifier.epochs=5", "verifier.lr=1.0") == own_key("score")
    assert own_key("score", "verifier.dtype=bfloat16") != own_key("score")
    assert own_key("verifier", "verifier.epochs=5") != own_key("verifier")


@pytest.mark.parametrize("name", ["verifier", "generator"])
def test_an_adapters_defaults_are_the_same_adapter_when_they_are_written_out(name: str) -> None:
    form = f"{name}.form=lora"
    assert own_key(name, form, f"{name}.lora.rank=16") == own_key(name, form)
    assert own_key(name, form, f"{name}.lora.rank=8") != own_key(name, form)
