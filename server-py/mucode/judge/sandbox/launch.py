"""Starts one warm fork server: in bubblewrap, with an empty environment, never as root.

The sandbox's own command line is in bubblewrap.py and siteview.py; what the server then does is in forkserver.py.
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

from ..errors import NoIsolationError
from . import bubblewrap, fences, siteview, unprivileged
from .interpreter import Interpreter

_SCRIPT = "import sys; sys.path[0] = {root!r}; from {package}.sandbox.forkserver import main; main(int(sys.argv[1]))"
_FLAGS = ["-s", "-S", "-B", "-X", "utf8"]
# In a site the environment's own start-up runs, so that whatever is installed there works as it does for its user.
_FLAGS_IN_SITE = ["-s", "-B"]
_NAME_IN_SITE = "_mucode_judge"
"""Of the judge's package: no project's module has it, and no project's module is hidden by it."""


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
    view: Optional[siteview.View] = None
    """The project that the children run in; its own Python is `interpreter`."""


@dataclass(frozen=True)
class Started:
    """A server that was started and has not booted yet."""

    process: "subprocess.Popen[bytes]"
    control: socket.socket
    box: Optional[str]
    """A working folder on this machine that must not outlive the server; None in bubblewrap."""
    in_site: bool = False
    """Its children run in a real project, and each job begins with the files that the child is given."""


class _Texts:
    """Short texts which the sandbox reads from descriptors and shows as files."""

    def __init__(self) -> None:
        self.descriptors: list[int] = []

    def content(self, text: str) -> int:
        """A descriptor at whose end the text waits."""
        reading, writing = os.pipe()
        self.descriptors.append(reading)
        os.write(writing, text.encode())
        os.close(writing)
        return reading

    def long(self, text: str) -> int:
        """The same for a text that is longer than a pipe holds, or than an argument may be."""
        with tempfile.TemporaryFile() as file:
            file.write(text.encode())
            file.seek(0)
            self.descriptors.append(os.dup(file.fileno()))
        return self.descriptors[-1]

    def close(self) -> None:
        """Closes what was opened; the sandbox has its own by then."""
        for fd in self.descriptors:
            os.close(fd)


def start(plan: Plan) -> Started:
    """Starts a server. Raises NoIsolationError without bubblewrap."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    texts = _Texts()
    try:
        command, environment = _command(plan, theirs.fileno(), texts)
        process = subprocess.Popen(
            command,
            env=environment,
            pass_fds=[theirs.fileno(), *texts.descriptors],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    finally:
        theirs.close()
        texts.close()
    box = None if plan.bubblewrap else plan.fences.scratch[0]
    return Started(process, ours, box, plan.view is not None)


def _command(plan: Plan, fd: int, texts: _Texts) -> tuple[list[str], dict[str, str]]:
    if not plan.bubblewrap:
        return _bare_command(plan, fd, texts)
    bwrap = bubblewrap.program()
    if bwrap is None:
        raise NoIsolationError("bubblewrap is not installed. Install it: apt-get install bubblewrap")
    name = _NAME_IN_SITE if plan.view else plan.judge.name
    shown = [(one, one) for one in plan.view.binds] if plan.view else list(plan.interpreter.binds)
    binds = [*shown, (str(plan.judge), f"{bubblewrap.INSIDE_ROOT}/{name}")]
    options = _options(plan, fd, bubblewrap.INSIDE_ROOT, plan.interpreter.packages)
    server = _server(plan, plan.interpreter.executable, bubblewrap.INSIDE_ROOT, name, texts.long(options))
    staged = binds
    if is_root():
        staged = [(f"{unprivileged.STAGE}/{index}", inside) for index, (_, inside) in enumerate(binds)]
    sandbox = (
        siteview.arguments(bwrap, plan.view, staged, texts.content)
        if plan.view
        else bubblewrap.arguments(bwrap, plan.interpreter, staged)
    )
    if not is_root():
        return [*sandbox, *server], {}
    order = {
        "parent": os.getpid(),
        "sources": [source for source, _ in binds],
        "owned": plan.view is not None,
        "command": [*sandbox, *server],
    }
    return [sys.executable, "-I", "-S", "-B", str(Path(unprivileged.__file__)), str(texts.long(json.dumps(order)))], {}


def _bare_command(plan: Plan, fd: int, texts: _Texts) -> tuple[list[str], dict[str, str]]:
    """T0: no sandbox, so every folder keeps its own path."""
    outside = {inside: source for source, inside in plan.interpreter.binds}

    def real(path: str) -> str:
        for inside, source in outside.items():
            if path.startswith(inside + "/"):
                return source + path[len(inside) :]
        return path

    root, name = str(plan.judge.parent), plan.judge.name
    executable = real(plan.interpreter.executable)
    options = _options(plan, fd, root, tuple(real(folder) for folder in plan.interpreter.packages))
    server = _server(plan, executable, root, name, texts.long(options))
    if plan.view is not None:
        return server, siteview.environment(executable, plan.fences.scratch[0], plan.view.hash_seed)
    environment = bubblewrap.environment(plan.interpreter, plan.fences.scratch[0])
    environment["LD_LIBRARY_PATH"] = real(environment["LD_LIBRARY_PATH"] + "/").rstrip("/")
    environment["PATH"] = f"{os.path.dirname(server[0])}:/usr/bin"  # noqa: PTH120
    return server, environment


def _options(plan: Plan, fd: int, root: str, packages: tuple[str, ...]) -> str:
    """What forkserver.main reads."""
    return json.dumps(
        {
            "fd": fd,
            "root": root,
            "fences": asdict(plan.fences),
            "packages": packages,
            "preload": plan.preload,
            "reused": plan.reused,
        }
    )


def _server(plan: Plan, executable: str, root: str, name: str, options: int) -> list[str]:
    script = _SCRIPT.format(root=root, package=name)
    return [executable, *(_FLAGS_IN_SITE if plan.view else _FLAGS), "-c", script, str(options)]


def is_root() -> bool:
    """True where the judge must become somebody else before it runs anything."""
    return os.geteuid() == 0


def new_box() -> str:
    """A working folder for T0; the server removes it when it ends."""
    return tempfile.mkdtemp(prefix="mucode-judge-")
