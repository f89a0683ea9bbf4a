"""Restarts have a bound and a back-off; an engine that stops answering counts as dead."""

import asyncio
from pathlib import Path

import pytest

from mucode.errors import MucodeError
from mucode.serve import supervisor
from mucode.serve.engine import Engine
from mucode.serve.settings import Settings
from mucode.serve.sglang_launch import Access, new_access, sglang_launch
from mucode.serve.supervisor import LocalEngine


class ScriptedEngine(LocalEngine):
    """Each life ends as the script says; being ready is claimed, no process is started."""

    def __init__(self, settings: Settings, lives: list[bool], states: list[str]) -> None:
        super().__init__(settings, lambda engine: states.append(engine.state))
        self._lives = iter(lives)

    async def _run_once(self) -> str:
        if next(self._lives):
            self._was_ready = True
            self._become("ready", "Ready.")
        return "It ended."


def settings(folder: Path, **more: object) -> Settings:
    return Settings(token_file=folder / "token", log_file=folder / "log", **more)  # pyright: ignore[reportArgumentType] — per test


async def run_to_the_end(engine: Engine) -> None:
    engine.start()
    assert engine._task
    await engine._task
    assert engine.state == "failed"
    await engine.stop()


@pytest.fixture
def delays(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Records the back-off instead of waiting."""
    seen: list[float] = []

    async def sleep(delay: float) -> None:
        seen.append(delay)

    monkeypatch.setattr(supervisor.asyncio, "sleep", sleep)
    return seen


def test_a_first_life_that_was_never_ready_is_the_last(tmp_path: Path, delays: list[float]) -> None:
    states: list[str] = []
    asyncio.run(run_to_the_end(ScriptedEngine(settings(tmp_path), [False], states)))
    assert (states, delays) == (["starting", "failed", "stopped"], [])


def test_restarts_are_bounded_and_wait_longer_each_time(tmp_path: Path, delays: list[float]) -> None:
    states: list[str] = []
    lives = [True, *[False] * supervisor.MAX_RESTARTS]
    asyncio.run(run_to_the_end(ScriptedEngine(settings(tmp_path), lives, states)))
    assert delays == [1.0, 2.0, 4.0, 8.0, 16.0]
    assert states[-2] == "failed"


def test_an_engine_that_stood_long_has_earned_its_restarts_back(
    tmp_path: Path, delays: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "PROVEN_S", -1.0)
    states: list[str] = []
    lives = [True] * (supervisor.MAX_RESTARTS + 3) + [False] * 3
    engine = ScriptedEngine(settings(tmp_path), lives, states)
    asyncio.run(run_to_the_end(engine))
    assert delays == [1.0] * len(lives)
    # The script ran out, which is a bug of the test's engine: that too ends in a state that clients see.
    assert states[-2:] == ["failed", "stopped"]


def test_a_missing_model_or_python_is_named(tmp_path: Path) -> None:
    access = Access(1, "key", "admin")
    with pytest.raises(MucodeError, match="--model"):
        sglang_launch(settings(tmp_path, model=tmp_path / "none"), access)
    (tmp_path / "config.json").write_text("{}")
    with pytest.raises(MucodeError, match="--engine-python"):
        sglang_launch(settings(tmp_path, model=tmp_path, engine_python=tmp_path / "none"), access)


@pytest.mark.parametrize("device", ["cpu", "cuda"])
def test_keys_are_not_on_the_command_line_and_the_stand_in_is_for_cpus_only(
    tmp_path: Path, device: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MUCODE_TOKEN", "the-gateways-own-token")
    (tmp_path / "config.json").write_text("{}")
    chosen = settings(tmp_path, model=tmp_path, engine_python=Path("/bin/sh"), device=device)
    launch = sglang_launch(chosen, Access(4321, "user-key", "admin-key"))
    assert not {"user-key", "admin-key"} & set(launch.command)
    assert (launch.environment["MUCODE_API_KEY"], launch.environment["MUCODE_ADMIN_KEY"]) == ("user-key", "admin-key")
    assert "the-gateways-own-token" not in launch.environment.values()
    assert ("stand_in" in launch.environment.get("PYTHONPATH", "")) is (device == "cpu")
    assert ("torch_native" in launch.command) is (device == "cpu")


def test_no_key_can_be_taken_for_an_option() -> None:
    keys = [key for _ in range(200) for access in [new_access()] for key in (access.api_key, access.admin_key)]
    assert not [key for key in keys if key.startswith("-")]
