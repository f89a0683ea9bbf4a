"""What is known of installed distributions before a run must be what importlib.metadata says itself."""

import importlib
import importlib.metadata
import sys
import types
from collections.abc import Iterator
from importlib.metadata import distributions
from pathlib import Path

import pytest

from mucode.judge.adapters import metadata_ahead


def test_metadata_answers_as_before_and_is_itself_again_afterwards() -> None:
    def answers() -> list[object]:
        asked = [(str(one.entry_points), one.metadata["name"]) for one in importlib.metadata.distributions()]
        return [*asked, [str(file) for file in importlib.metadata.distribution("pytest").files or ()]]

    before, usual = answers(), vars(importlib.metadata.Distribution)["entry_points"]
    metadata_ahead.prepare(lambda path: "hypothesis" in path)
    assert metadata_ahead.plugins() == ["_hypothesis_pytestplugin"]
    discover = vars(importlib.metadata.Distribution)["discover"]
    end = metadata_ahead.use()
    try:
        assert vars(importlib.metadata.Distribution)["entry_points"] is not usual
        assert vars(importlib.metadata.Distribution)["discover"] is not discover
        assert answers() == before
        assert next(iter(distributions()), None) is not None
        assert isinstance(importlib.metadata.distributions(), Iterator)  # as the real one
        taken = importlib.metadata.distributions
    finally:
        end()
    assert taken is importlib.metadata.distributions is distributions
    assert vars(importlib.metadata.Distribution)["discover"] is discover
    assert vars(importlib.metadata.Distribution)["entry_points"] is usual


def test_distributions_of_the_project_are_found_beside_the_installed_ones_that_are_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metadata_ahead, "_known", dict[str, object]())
    monkeypatch.setattr(metadata_ahead, "_installed", dict[str, object]())
    metadata_ahead.prepare(lambda path: path.endswith("site-packages") or ".dist-info" in path)
    assert len(metadata_ahead._installed) > 0
    own = tmp_path / "own-1.0.dist-info"
    own.mkdir()
    (own / "METADATA").write_text("Metadata-Version: 2.1\nName: own\nVersion: 1.0\n")
    (own / "entry_points.txt").write_text("[pytest11]\nown = own_plugin\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])

    def found() -> list[tuple[str, list[str]]]:
        every = importlib.metadata.distributions()
        return [(str(one.metadata["name"]), [point.value for point in one.entry_points]) for one in every]

    before = found()
    assert before[0] == ("own", ["own_plugin"])
    end = metadata_ahead.use()
    try:
        assert found() == before
        known = [one for several in metadata_ahead._installed.values() for one in several]
        assert {id(one) for one in known} <= {id(one) for one in importlib.metadata.distributions()}
        assert len([*importlib.metadata.distributions(name="own")]) == 1
        another = types.SimpleNamespace(find_distributions=_none)
        monkeypatch.setattr(sys, "meta_path", [*sys.meta_path, another])
        assert found() == before
        assert not metadata_ahead._usual_finders()
    finally:
        end()


def test_the_versions_that_pytest_shows_are_looked_up_once() -> None:
    metadata_ahead.prepare(lambda _: False)
    assert vars(importlib.import_module("pluggy"))["__version__"] == importlib.metadata.version("pluggy")


def _none(_: object) -> list[importlib.metadata.Distribution]:
    return []
