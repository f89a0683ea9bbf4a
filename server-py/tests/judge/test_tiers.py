"""Choosing a tier: the best that holds, exactly the one asked for, or a refusal that says what to do."""

from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from mucode.judge.errors import JudgeError, NoIsolationError
from mucode.judge.limits import Site
from mucode.judge.sandbox import bubblewrap, fences, landlock, linux, tiers
from mucode.judge.sandbox.pool import Pool
from mucode.judge.sandbox.supervise import ServerLostError, WarmServer

Start = Callable[[str], WarmServer]


class Stand:
    """A server whose child finds every fence in place."""

    def run(self, *_: object, probe: bool) -> None:
        assert probe

    def close(self) -> None:
        raise AssertionError("a server that holds is kept")


def starter(working: set[str]) -> tuple[Start, list[str]]:
    """Sandboxes that start only in these tiers, and the tiers that were tried."""
    tried: list[str] = []

    def start(tier: str) -> WarmServer:
        tried.append(tier)
        if tier not in working:
            raise ServerLostError("Creating new namespace failed: Operation not permitted")
        return cast("WarmServer", Stand())

    return start, tried


@pytest.mark.parametrize("best", ["T3", "T2", "T1"])
def test_the_best_tier_that_holds_is_taken(best: str) -> None:
    start, tried = starter({best, "T1"})
    choice = tiers.choose(start, None, allow_t0=False)
    assert choice.tier == best
    assert tried == list(tiers.TIERS[: tiers.TIERS.index(best) + 1])
    assert [reason[:2] for reason in choice.why[: len(tried) - 1]] == tried[:-1]


def test_no_isolation_is_refused_with_every_reason_and_never_replaced_by_t0() -> None:
    start, tried = starter({"T0"})
    with pytest.raises(NoIsolationError, match=r"T3: .*Operation not permitted.*T2: .*T1: ") as error:
        tiers.choose(start, None, allow_t0=False)
    assert tried == ["T3", "T2", "T1"]
    assert len(str(error.value).rpartition("T1: ")[2]) > 20


def test_only_the_tier_that_was_asked_for_is_tried() -> None:
    start, tried = starter({"T3", "T2"})
    assert tiers.choose(start, "T2", allow_t0=False).tier == "T2"
    assert tried == ["T2"]


def test_t0_needs_consent_even_when_asked_for() -> None:
    start, tried = starter({"T0"})
    with pytest.raises(NoIsolationError, match="--allow-t0"):
        tiers.choose(start, "T0", allow_t0=False)
    assert tried == []


def test_without_bubblewrap_the_step_is_to_install_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bubblewrap, "program", lambda: None)
    with pytest.raises(NoIsolationError, match="apt-get install bubblewrap"):
        Pool(1).choice()


def test_without_landlock_t2_is_no_isolation(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landlock, "abi", lambda: 0)
    start, tried = starter({"T2", "T1"})
    choice = tiers.choose(start, None, allow_t0=False)
    assert (choice.tier, tried) == ("T1", ["T3", "T1"])
    assert "Landlock" in choice.why[1]


@pytest.mark.parametrize("tier", ["T2", "T1"])
def test_without_landlock_a_project_is_refused_where_its_tests_could_be_replaced(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, tier: str
) -> None:
    monkeypatch.setattr(landlock, "abi", lambda: 0)
    with pytest.raises(JudgeError, match=f"need Landlock at tier {tier}"):
        tiers.view(tier, Site(str(tmp_path)), None)
    assert tiers.view("T3", Site(str(tmp_path)), None).ground.root == str(tmp_path)


def settings(monkeypatch: pytest.MonkeyPatch, **given: str) -> None:
    names = {name.replace("__", "/"): value for name, value in given.items()}

    def setting(name: str) -> str:
        return names.get(name, "")

    monkeypatch.setattr(tiers, "_setting", setting)


@pytest.mark.parametrize(
    ("setting", "step"),
    [
        ({"kernel__apparmor_restrict_unprivileged_userns": "1"}, "bwrap-userns-restrict"),
        ({"kernel__unprivileged_userns_clone": "0"}, "sysctl kernel.unprivileged_userns_clone=1"),
        ({"user__max_user_namespaces": "0"}, "sysctl user.max_user_namespaces=10000"),
    ],
)
def test_the_setting_that_is_in_the_way_is_named(
    monkeypatch: pytest.MonkeyPatch, setting: dict[str, str], step: str
) -> None:
    settings(monkeypatch, **setting)
    assert step in tiers.remedy()


BY_APPARMOR = [
    "bwrap: loopback: Failed RTM_NEWADDR: Operation not permitted",
    "bwrap: setting up uid map: Permission denied",
]


@pytest.mark.parametrize("message", BY_APPARMOR)
def test_the_refusal_of_ubuntus_apparmor_is_known_by_its_words(monkeypatch: pytest.MonkeyPatch, message: str) -> None:
    settings(monkeypatch)
    monkeypatch.setattr(tiers, "_container", lambda: False)

    def start(_tier: str) -> WarmServer:
        raise ServerLostError(message)

    with pytest.raises(NoIsolationError, match=r"bwrap-userns-restrict /etc/apparmor\.d/") as error:
        tiers.choose(start, None, allow_t0=False)
    assert message in str(error.value)


def test_in_a_container_the_refusal_is_the_containers() -> None:
    assert "AppArmor" not in tiers.remedy(["bwrap: Creating new namespace failed: Operation not permitted"])


def test_a_fence_that_does_not_hold_is_noticed(tmp_path: Path) -> None:
    """Here none is raised, so every one that is promised must be missed."""
    promised = fences.Config(namespaces=True, landlock=landlock.abi() or 1, seccomp=True, scratch=[str(tmp_path)])
    assert len(fences.faults(promised)) == 3


def test_a_machine_on_which_the_fences_were_never_tried_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(linux, "SUPPORTED", False)
    with pytest.raises(NoIsolationError, match=r"tried on Linux on x86-64 only.*linux/amd64"), Pool(1) as pool:
        pool.choice()
