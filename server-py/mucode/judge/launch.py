"""Starts one warm fork server: in bubblewrap, with an empty environment, never as root.

The sandbox's own command line is in bubblewrap.py; what the server then does is in forkserver.py.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Optional

from . import bubblewrap, fences, unprivileged
from .errors import NoIsolationError
from .interpreter import Interpreter

_SCRIPT = "import sys; sys.path[0] = {root!r}; from {package}.forkserver import main; main(sys.argv[1])"
_FLAGS = ["-s", "-S", "-B", "-X", "utf8"]


@dataclass(frozen=True)
class Plan:
    """What to start: the Python, the judge's own folder, the fences and what to import beforehand."""

    interpreter: Interpreter
    judge: Path
    fences: fences.Config
    preload: tuple[str, ...]
    bubblewrap: bool
    reused: bool
    """False where every job gets a server of its own."""


@dataclass(frozen=True)
class Started:
    """A server that was started and has not booted yet."""

    process: "subprocess.Popen[bytes]"
    control: socket.socket
    box: Optional[str]
    """A working folder on this machine that must not outlive the server; None in bubblewrap."""
    in_site: bool = False
    """Its children run in a real project, and each job begins with the files that the child is given."""


def start(plan: Plan) -> Started:
    """Starts a server. Raises NoIsolationError without bubblewrap."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        command, environment = _command(plan, theirs.fileno())
        process = subprocess.Popen(
            command,
            env=environment,
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    return Started(process, ours, None if plan.bubblewrap else plan.fences.scratch[0])


def _command(plan: Plan, fd: int) -> tuple[list[str], dict[str, str]]:
    if not plan.bubblewrap:
        return _bare_command(plan, fd)
    bwrap = bubblewrap.program()
    if bwrap is None:
        raise NoIsolationError("bubblewrap is not installed. Install it: apt-get install bubblewrap")
    inside = f"{bubblewrap.INSIDE_ROOT}/{plan.judge.name}"
    binds = [*plan.interpreter.binds, (str(plan.judge), inside)]
    server = _server(plan, fd, plan.interpreter.executable, bubblewrap.INSIDE_ROOT, plan.interpreter.packages)
    if not is_root():
        return [*bubblewrap.arguments(bwrap, plan.interpreter, binds), *server], {}
    staged = [(f"{unprivileged.STAGE}/{index}", inside) for index, (_, inside) in enumerate(binds)]
    order = {
        "parent": os.getpid(),
        "sources": [source for source, _ in binds],
        "command": [*bubblewrap.arguments(bwrap, plan.interpreter, staged), *server],
    }
    return [sys.executable, "-I", "-S", "-B", str(Path(unprivileged.__file__)), json.dumps(order)], {}


def _bare_command(plan: Plan, fd: int) -> tuple[list[str], dict[str, str]]:
    """T0: no sandbox, so every folder keeps its own path."""
    outside = {inside: source for source, inside in plan.interpreter.binds}

    def real(path: str) -> str:
        for inside, source in outside.items():
            if path.startswith(inside + "/"):
                return source + path[len(inside) :]
        return path

    packages = tuple(real(folder) for folder in plan.interpreter.packages)
    server = _server(plan, fd, real(plan.interpreter.executable), str(plan.judge.parent), packages)
    environment = bubblewrap.environment(plan.interpreter, plan.fences.scratch[0])
    environment["LD_LIBRARY_PATH"] = real(environment["LD_LIBRARY_PATH"] + "/").rstrip("/")
    environment["PATH"] = f"{os.path.dirname(server[0])}:/usr/bin"  # noqa: PTH120
    return server, environment


def _server(plan: Plan, fd: int, executable: str, root: str, packages: tuple[str, ...]) -> list[str]:
    options = {
        "fd": fd,
        "root": root,
        "fences": asdict(plan.fences),
        "packages": packages,
        "preload": plan.preload,
        "reused": plan.reused,
    }
    script = _SCRIPT.format(root=root, package=plan.judge.name)
    return [executable, *_FLAGS, "-c", script, json.dumps(options)]


def is_root() -> bool:
    """True where the judge must become somebody else before it runs anything."""
    return os.geteuid() == 0


def new_box() -> str:
    """A working folder for T0; the server removes it when it ends."""
    return tempfile.mkdtemp(prefix="mucode-judge-")
