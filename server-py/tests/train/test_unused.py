"""No setting does nothing without a word: what is not used is told with the cause, what cannot be meant is refused."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from mucode.__main__ import main
from mucode.train.config import as_toml, check_served, effective, presets
from mucode.train.lock import locked
from mucode.train.reading import SettingError
from mucode.train.unused import unused
from mucode.train.whole import train_whole

URL = ("engine.kind=url", "engine.url=http://127.0.0.1:9", "engine.model=m")


@pytest.mark.parametrize(
    ("sources", "overrides", "lines"),
    [
        (["toy"], ["engine.device=cpu"], ['engine.device = "cpu" (engine.kind = "toy")']),
        (["toy"], ["engine.attempts=2"], ['engine.attempts = 2 (engine.kind = "toy")']),
        (["toy"], ["engine.model=m"], ['engine.model = "m" (engine.kind = "toy")']),
        (["quick"], ["engine.url=http://h"], ['engine.url = "http://h" (engine.kind = "sglang")']),
        (["quick"], ["engine.device=cpu", "engine.attempts=2"], []),
        (
            ["quick"],
            ["engine.device=cpu", "engine.deterministic=true"],
            ["engine.deterministic = true (on a CPU seeds decide anyway)"],
        ),
        (["quick"], ["engine.device=cuda", "engine.deterministic=true", "engine.memory_share=0.5"], []),
        (
            ["quick"],
            ["engine.device=cpu", "engine.memory_share=0.5"],
            ["engine.memory_share = 0.5 (on a CPU engine.max_total_tokens bounds the cache)"],
        ),
        (
            ["quick"],
            ["generator.packing=off", "generator.row_tokens=4096"],
            ['generator.row_tokens = 4096 (generator.packing = "off": each example is a row of its own)'],
        ),
        (["quick"], ["generator.row_tokens=4096"], []),
        (["instruct"], [*URL, "engine.dtype=float32"], ['engine.dtype = "float32" (engine.kind = "url")']),
        (
            ["instruct"],
            ["generator.epochs=3", "relabel.scope=failing"],
            [
                'relabel.scope = "failing" (learn = false: no generator is trained)',
                "generator.epochs = 3 (learn = false: no generator is trained)",
            ],
        ),
        (
            ["toy"],
            ["iterations=1", "generator.start=continue", "generator.epochs=2"],
            ['generator.start = "continue" (iterations = 1: there is no generator to go on from)'],
        ),
        (["paper-1b"], ["generator.start=continue"], []),
        (
            ["toy"],
            ["evaluate.ks=[1, 6, 7, 8]"],
            ["evaluate.ks = [7, 8] (6 answers per problem: evaluate.searches x the largest n)"],
        ),
        (["toy"], ["evaluate.ks=[8]", "evaluate.scaling=[4]"], []),
        (["toy"], ["rollout.temperature=0", "rollout.top_p=0.9"], ["rollout.top_p = 0.9 (rollout.temperature = 0)"]),
    ],
)
def test_what_is_not_used_is_told_with_its_cause(
    sources: Sequence[str], overrides: Sequence[str], lines: Sequence[str]
) -> None:
    config = effective(sources, overrides)
    assert unused(config) == lines
    assert [line for line in as_toml(config).splitlines() if line.startswith("#")] == [
        f"# not used: {line}" for line in lines
    ]


@pytest.mark.parametrize("preset", presets())
def test_a_preset_sets_nothing_in_vain(preset: str) -> None:
    assert unused(effective([preset])) == []


def test_a_run_that_trains_what_would_never_answer_is_refused(tmp_path: Path) -> None:
    config = effective(["quick"], URL)
    with pytest.raises(SettingError, match=r"never the generator.*engine\.kind = \"sglang\".*or learn = false"):
        train_whole(config, ["quick"], tmp_path, wait=False)
    assert list(tmp_path.iterdir()) == []
    check_served(effective(["quick", "instruct"], URL))


@pytest.mark.parametrize(
    ("command", "told"),
    [
        (["rollout", "--problems", "p", "--generator", "g"], "--generator g (m at http://127.0.0.1:9 answers)"),
        (
            ["rollout", "--problems", "p", "--generator", "g", "--set", "engine.dtype=float32"],
            'engine.dtype = "float32" (engine.kind = "url")',
        ),
        (
            ["generator", "--examples", "e", "--base", "b", "--generator", "g"],
            '--generator g (generator.start = "base")',
        ),
        (
            ["generator", "--examples", "e", "--base", "b", "--set", "generator.start=continue"],
            'generator.start = "continue" (there is no --generator)',
        ),
    ],
)
def test_one_stage_alone_tells_it_too(
    command: Sequence[str], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [*command, "--out", str(tmp_path / "out"), *(part for one in URL for part in ("--set", one))]
    # It is told before anything is done, which here fails.
    with locked(tmp_path / "out.log" / "lock", "it"):
        assert main(given) == 1
    assert f"not used: {told}\n" in capsys.readouterr().err
