"""The isolation tiers: what each consists of, which one this machine has, and what would give it a better one.

A tier counts only after a child has really run through it and tried its fences.
"""

import platform
import re
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Optional

from ..errors import JudgeError, NoIsolationError
from ..limits import Limits, Site
from . import bubblewrap, fences, landlock, launch, linux, siteview
from .supervise import ServerLostError, WarmServer

TIERS = ("T3", "T2", "T1", "T0")
MEANING = {
    "T3": "namespaces, Landlock and a system-call filter of its own around every candidate",
    "T2": "one bubblewrap sandbox; Landlock and a system-call filter around every candidate",
    "T1": "a fresh bubblewrap sandbox for every run",
    "T0": "resource limits only: candidates run as you, with your files; never a green mark",
}
_PROBE = Limits(step_s=10, wall_s=10)
_APPARMOR = (
    "Ubuntu restricts user namespaces. Allow them for bubblewrap: sudo apt-get install apparmor-profiles && "
    "sudo ln -s /usr/share/apparmor/extra-profiles/bwrap-userns-restrict /etc/apparmor.d/ && "
    "sudo systemctl reload apparmor"
)
_CONTAINER = (
    "Start the container with --security-opt seccomp=unconfined --security-opt apparmor=unconfined "
    "--security-opt systempaths=unconfined."
)
_BY_APPARMOR = re.compile(r"RTM_NEWADDR: Operation not permitted|setting up uid map: Permission denied")
"""What bubblewrap says on Ubuntu 24.04: its first namespace is made, and may then do nothing."""


@dataclass(frozen=True)
class Choice:
    """The best tier that works here."""

    tier: str
    why: tuple[str, ...]
    """Why it is not a better one, each with the step that would change that; empty for a whole T3."""
    server: WarmServer
    """The server which proved it, ready for its first job."""


def setup(tier: str, shown: Optional[siteview.View] = None) -> tuple["fences.Config", bool]:
    """(fences, in bubblewrap?) of a tier. T0 makes a working folder that its server removes.

    shown: the project that the children run in.
    """
    landlock_version = landlock.abi()
    ground = shown.ground if shown else None
    if tier == "T0":
        # Landlock would close the user's own Python, wherever that is; T0 promises none of this anyway.
        box = launch.new_box()
        ground = replace(ground, tree=f"{box}/tree") if ground else None
        return fences.Config(False, 0, True, [box], ground), False
    scratch = list(shown.scratch) if shown else bubblewrap.SCRATCH
    return fences.Config(tier == "T3", landlock_version, True, scratch, ground), True


def view(tier: str, site: Site, python: Optional[str]) -> siteview.View:
    """How this tier shows a project. Raises JudgeError when it cannot do so safely."""
    if site.writable and tier != "T3":
        raise JudgeError(f"These tests write into their project, which needs tier T3; this is {tier}. {remedy()}")
    if tier in ("T2", "T1") and landlock.abi() == 0:
        raise JudgeError(f"Tests of a project need Landlock at tier {tier}, which this kernel lacks (5.13 and later).")
    return siteview.view(site, python, mounts=tier == "T3", confined=tier != "T0")


_ELSEWHERE = {
    "Darwin": "On macOS run the judge in a Linux container (docs/SANDBOX.md has the command) or over Remote-SSH.",
    "Windows": "On Windows open the folder in WSL 2 (Remote-WSL).",
}
_OTHER_MACHINE = "Run the judge in a container for linux/amd64 (docs/SANDBOX.md has the command) or over Remote-SSH."


def _setting(name: str) -> str:
    try:
        return Path("/proc/sys", name).read_text().strip()
    except OSError:
        return ""


def _container() -> bool:
    return Path("/.dockerenv").exists() or Path("/run/.containerenv").exists()


def remedy(refusals: Sequence[str] = ()) -> str:
    """The one step that most likely gives this machine user namespaces or bubblewrap; empty if none is known.

    refusals: what the sandbox said when it did not start; AppArmor is known by it where its setting cannot be read.
    """
    system = platform.system()
    if system in _ELSEWHERE or not linux.SUPPORTED:
        return _ELSEWHERE.get(system, _OTHER_MACHINE)
    if bubblewrap.program() is None:
        return "Install bubblewrap: sudo apt-get install bubblewrap (or the same package of your distribution)."
    by_apparmor = any(_BY_APPARMOR.search(refusal) for refusal in refusals)
    if _setting("kernel/apparmor_restrict_unprivileged_userns") == "1":
        return _APPARMOR
    if _setting("kernel/unprivileged_userns_clone") == "0":
        return "Allow user namespaces: sudo sysctl kernel.unprivileged_userns_clone=1"
    if _setting("user/max_user_namespaces") == "0":
        return "Allow user namespaces: sudo sysctl user.max_user_namespaces=10000"
    if _container():
        return _CONTAINER
    return _APPARMOR if by_apparmor else ""


def _precondition(tier: str) -> Optional[str]:
    """Why a tier cannot work here, without trying; None when it is worth trying."""
    if not linux.SUPPORTED:
        machine = f"{platform.system()} on {platform.machine()}"
        return f"The judge's fences were tried on Linux on x86-64 only; this is {machine}."
    if tier == "T0":
        return "T0 is refused for root. Run the judge as an ordinary user." if launch.is_root() else None
    if bubblewrap.program() is None:
        return "bubblewrap is not installed."
    if tier == "T2" and landlock.abi() == 0:
        return "This kernel has no Landlock (5.13 and later, enabled with lsm=landlock)."
    if tier in ("T2", "T1") and bubblewrap.version() < bubblewrap.SIZED_TMPFS:
        return "This bubblewrap cannot bound its folders. Install version 0.7 or later."
    return None


def _try(tier: str, start: Callable[[str], WarmServer]) -> WarmServer:
    """Boots a server of this tier and runs a child through it that tries the fences. Raises JudgeError."""
    reason = _precondition(tier)
    if reason is not None:
        raise JudgeError(reason)
    try:
        server = start(tier)
    except ServerLostError as error:
        raise JudgeError(f"the sandbox does not start: {error}") from error
    try:
        prove(server, threading.Event())
    except ServerLostError as error:
        raise JudgeError(f"the fences of a child do not hold: {error}") from error
    return server


def prove(server: WarmServer, cancelled: threading.Event) -> None:
    """Runs a child that tries its fences. Raises ServerLostError when one does not hold; the server is closed then."""
    try:
        server.run(b"", _PROBE, cancelled, probe=True)
    except BaseException:
        server.close()
        raise


def choose(start: Callable[[str], WarmServer], wanted: Optional[str], allow_t0: bool) -> Choice:
    """The best tier, or exactly `wanted`. Raises NoIsolationError with the next step when there is none."""
    why: list[str] = []
    allowed = TIERS if allow_t0 else TIERS[:-1]
    if wanted == "T0" and not allow_t0:
        raise NoIsolationError("T0 gives no isolation. Add --allow-t0 if you trust the code you judge.")
    for tier in [wanted] if wanted else allowed:
        try:
            server = _try(tier, start)
        except JudgeError as error:
            why.append(f"{tier}: {error}")
            continue
        if tier == "T3" and landlock.abi() == 0:
            why.append("T3 without Landlock: this kernel lacks it (5.13 and later, enabled with lsm=landlock).")
        if wanted:
            why.append(f"{tier} was asked for.")
        step = remedy(why) if why and tier != "T3" and not wanted else ""
        return Choice(tier, (*why, step) if step else tuple(why), server)
    step = remedy(why) or "Run `doctor` and see what each tier says."
    raise NoIsolationError(" ".join(["There is no isolation for untrusted code here.", *why, step]))
