"""The evaluation stage on the toy: its real engine and the real judge, with and without a verifier's word."""

import contextlib
import json
import sys
from collections.abc import AsyncGenerator, Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import pytest

from mucode.errors import MucodeError
from mucode.evaluate import results
from mucode.evaluate.search import Search
from mucode.train.rollout.settings import EngineConfig
from mucode.train.rows import ProblemRow, write_rows
from mucode.train.stage import StageSpec
from mucode.train.verifier.settings import VerifierConfig

pytestmark = pytest.mark.train
CONFIG: Mapping[str, Any] = {
    "searches": 2,
    "turns": 2,
    "n": 2,
    "scaling": [1, 3],
    "ks": [1, 6],
    "bootstrap": 50,
    "part": 2,
}


@pytest.fixture(scope="module")
def inputs(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, ...]]:
    """The toy's test problems and its untrained model."""
    from mucode.train.toy.bank import toy_rows
    from mucode.train.toy.base import make_base

    problems, model = tmp_path_factory.mktemp("problems"), tmp_path_factory.mktemp("model")
    rows = [ProblemRow(row.problem, row.task, "toy") for row in toy_rows("test")]
    write_rows(problems / "problems.jsonl", rows)
    make_base(model)
    return {"problems": (problems,), "generator": (model,)}


def evaluated(inputs: dict[str, tuple[Path, ...]], out: Path, **changed: object) -> list[tuple[str, Mapping[str, Any]]]:
    """Runs the stage; what it told."""
    from mucode.evaluate.stage import run

    out.mkdir(exist_ok=True)
    told: list[tuple[str, Mapping[str, Any]]] = []
    spec = StageSpec("evaluate", 0, {**CONFIG, **changed}, inputs, out, 5, 2, {"kind": "toy"})
    run(spec, lambda type_, data: told.append((type_, data)))
    return told


def contents(folder: Path) -> dict[str, bytes]:
    """Every file, but for PNG, whose compression is nobody's promise."""
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.suffix != ".png"}


def test_everything_is_measured_and_a_killed_evaluation_goes_on_with_equal_bytes(
    inputs: dict[str, tuple[Path, ...]], tmp_path: Path
) -> None:
    told = evaluated(inputs, tmp_path / "whole")
    whole = contents(tmp_path / "whole")
    rows = [row for part in sorted((tmp_path / "whole").glob("results-*")) for row in results.read(part)]
    assert {(one.selector, one.n) for one in rows[0].searches} == {
        *(("random", 2), ("pt", 2), ("oracle", 2), ("pt", 1), ("pt", 3))
    }
    assert all(row.samples == 2 * 3 for row in rows)
    assert ("warning", {"message": "There is no verifier: the selectors lv, pt+lv are not run."}) in told
    assert [data["done"] for type_, data in told if type_ == "progress"][-1] == len(rows)
    (report,) = json.loads(whole["report.json"])["reports"]
    rates = {(one["selector"], one["n"]): one["mean"] for one in report["best_of_n"]}
    assert rates["oracle", 2] >= max(rates["pt", 2], rates["random", 2])
    assert "| multi-turn Instruct | - | not run | 1, 3 |" in whole["tables.md"].decode()

    again = tmp_path / "again"
    evaluated(inputs, again)
    (again / "report.json").unlink()
    (again / "results-00001.jsonl").unlink()
    kept = (again / "results-00000.jsonl").stat().st_mtime_ns
    evaluated(inputs, again)
    assert contents(again) == whole
    assert (again / "results-00000.jsonl").stat().st_mtime_ns == kept


def test_a_search_with_fewer_candidates_sees_the_first_ones_of_a_wider_one(
    inputs: dict[str, tuple[Path, ...]], tmp_path: Path
) -> None:
    def picks(folder: str, **changed: object) -> list[Search]:
        evaluated(inputs, tmp_path / folder, selectors=["pt"], **changed)
        rows = [row for part in sorted((tmp_path / folder).glob("results-*")) for row in results.read(part)]
        return [one.outcome for row in rows for one in row.searches if (one.selector, one.n) == ("pt", 2)]

    assert picks("wide", scaling=[3]) == picks("narrow", scaling=[])


def test_the_verifier_is_run_as_set_and_leaves_room_for_itself_beside_the_engine(
    inputs: dict[str, tuple[Path, ...]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mucode.evaluate import stage, verifier
    from mucode.train.rollout.local import settings_for

    started: list[object] = []

    class Seen(Constant):
        def __init__(self, folder: Path, config: VerifierConfig, workers: int) -> None:
            started.append((folder.name, config.dtype, config.tokens_at_once, workers))

    def engine_for(config: EngineConfig, folder: Path) -> Any:  # noqa: ANN401  a context manager
        started.append(config.memory_share)
        return real(config, folder)

    real = stage.engine_for
    monkeypatch.setattr(verifier, "LocalVerifier", Seen)
    monkeypatch.setattr(stage, "engine_for", engine_for)
    both = {**inputs, "verifier": (tmp_path / "v",)}
    chosen = {"verifier_dtype": "bfloat16", "verifier_tokens_at_once": 77, "selectors": ["lv"], "scaling": []}
    evaluated(both, tmp_path / "both", **chosen)
    evaluated(inputs, tmp_path / "alone", selectors=["pt"], scaling=[])
    assert started == [("v", "bfloat16", 77, 2), 0.55, 0.0]
    for share, expected in ((0.55, 0.55), (0.0, 0.8)):
        config = EngineConfig(memory_share=share, python=sys.executable)
        assert settings_for(config, tmp_path, tmp_path / "log").memory_share == expected
    assert stage.beside_verifier(EngineConfig(memory_share=0.3)).memory_share == 0.3


class Constant:
    """A verifier that likes every program equally."""

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Nothing to end."""

    async def scores(self, _row: ProblemRow, shown: Sequence[str]) -> Sequence[float]:
        return [0.0] * len(shown)


def test_too_long_a_prompt_is_told_and_counted(
    inputs: dict[str, tuple[Path, ...]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mucode.evaluate import stage
    from mucode.train.rollout.engine import TooLongError

    class Short:
        def __init__(self, engine: Any) -> None:  # noqa: ANN401  the toy's
            self._engine = engine

        async def complete(self, messages: Sequence[Mapping[str, str]], **more: Any) -> Any:  # noqa: ANN401  as it says
            if "bread_plan" in messages[-1]["content"]:
                raise TooLongError("too long")
            return await self._engine.complete(messages, **more)

    @contextlib.asynccontextmanager
    async def engine_for(config: EngineConfig, folder: Path) -> AsyncGenerator[Any]:
        async with real(config, folder) as engine:
            yield Short(engine)

    real = stage.engine_for
    monkeypatch.setattr(stage, "engine_for", engine_for)
    told = evaluated(inputs, tmp_path / "out", selectors=["pt"], scaling=[])
    (report,) = json.loads((tmp_path / "out" / "report.json").read_text())["reports"]
    assert (report["problems"], report["too_long"]) == (4, 1)
    assert set(report["pass_at_k"]) == {"1"}
    assert any(type_ == "warning" and "1 problems of toy" in data["message"] for type_, data in told)


def test_an_unknown_selector_is_refused(inputs: dict[str, tuple[Path, ...]], tmp_path: Path) -> None:
    with pytest.raises(MucodeError, match="no selector 'best'"):
        evaluated(inputs, tmp_path / "out", selectors=["best"])
