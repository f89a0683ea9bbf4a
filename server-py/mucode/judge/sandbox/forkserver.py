"""The warm fork server: process 1 of the sandbox. Forks one fenced child per job and says how it ended.

It never reads a job: the child reads its own from its own pipe, so nothing of one job is in the memory of the next.
Clocks, output caps and kills belong to the supervisor outside.
"""

import _thread
import array
import contextlib
import fcntl
import gc
import importlib
import json
import os
import select
import site
import socket
import sys
from collections.abc import Generator
from pathlib import Path
from typing import Any, NoReturn, Optional

from . import bytecode, child, fences, linux, namespaces, preload, rlimits, room, tree
from .ground import Ground

_THREAD_STACK_BYTES = 4 * 1024 * 1024
_BRIEF_S, _WATCH_S = 0.02, 0.05


class Server:
    """The loop. One job at a time."""

    def __init__(self, control: socket.socket, config: fences.Config) -> None:
        self._control = control
        self._config = config
        self._alone = os.getpid() == 1
        name = "..adapters" if config.ground else "..function.inside"
        self._room = room.Room([] if config.namespaces or not self._alone else config.scratch)
        self._child = child.Child(config, importlib.import_module(name, __package__), self._room.theirs)
        if not config.namespaces:
            importlib.import_module(".sweep", __package__)  # now, while nothing else runs here
        self._compiler: Optional[bytecode.Compiler] = None
        self._watch: Optional[tree.Watch] = None

    def loop(self) -> NoReturn:
        """Serves until the supervisor closes its end; nothing of the sandbox survives process 1."""
        # What is in memory by now, every child begins with.
        self._watch = tree.Watch() if self._alone else None
        while True:
            self._compile_while_idle()
            message, ancillary, _, _ = self._control.recvmsg(65536, socket.CMSG_SPACE(3 * 4))
            if not message:
                _end(self._config.scratch[0])
            fds = array.array("i")
            for _, _, data in ancillary:
                fds.frombytes(data[: len(data) - len(data) % fds.itemsize])
            self._serve(json.loads(message), list(fds))

    def compile_beforehand(self, ground: Ground) -> None:
        """From now on compiles the project's code whenever there is no job."""
        bytecode.use(ground)
        self._compiler = bytecode.Compiler(ground)

    def rehearse(self) -> None:
        """Has Python do now what it does at a first time, where jobs are small enough for that to count."""
        self._child.rehearse()

    def _compile_while_idle(self) -> None:
        if self._compiler is None:
            return
        waiting = select.poll()
        waiting.register(self._control, select.POLLIN)
        while self._compiler is not None and not waiting.poll(0):
            if not self._compiler.step():
                self._compiler = None

    def _serve(self, request: dict[str, Any], fds: list[int]) -> None:
        self._child.fences.prepare(request)
        pid = namespaces.fork_into_namespaces(self._config.sockets) if self._config.namespaces else os.fork()
        if pid == 0:
            try:
                self._child.live(request, fds)
            finally:
                os._exit(1)  # a child never comes back into this loop
        # From here on server and child share all memory, and whoever writes to a page first pays for a copy of it.
        self._child.fences.forked()
        for fd in fds:
            os.close(fd)
        pidfd = linux.pidfd_open(pid)
        limit = self._wait(pidfd, request) or self._room.excess()
        trouble = self._room.clear()
        os.close(pidfd)
        _, status = os.waitpid(pid, 0)
        clean = self._config.namespaces or self._swept()
        answer = {"status": status, "limit": limit, "clean": clean, "trouble": trouble}
        self._control.send(json.dumps(answer).encode())

    def _wait(self, pidfd: int, request: dict[str, Any]) -> Optional[str]:
        """Waits for the child's end; kills it when the whole tree uses too much. Ends itself with the supervisor."""
        poller = select.poll()
        poller.register(pidfd, select.POLLIN)
        poller.register(self._control, select.POLLIN)
        limit = None
        pause_s = _BRIEF_S
        while True:
            events = [fd for fd, _ in poller.poll(pause_s * 1000)]
            if pidfd in events:
                return limit
            if events:
                _end(self._config.scratch[0])
            if pause_s == _BRIEF_S:
                self._hand_over(pidfd)
                pause_s = _WATCH_S - _BRIEF_S
                continue
            pause_s = _WATCH_S
            if limit is None and self._watch is not None:
                limit = self._watch.excess(request["memory_bytes"], request["processes"]) or self._room.excess()
                if limit is not None:
                    linux.pidfd_kill(pidfd)

    def _hand_over(self, pidfd: int) -> None:
        """Gives the supervisor what it can kill a child with. Most children have ended before they need that."""
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [pidfd]))]
        self._control.sendmsg([b"{}"], rights)

    def _swept(self) -> bool:
        """Ends what a child without namespaces left running and empties its folders. False if that failed."""
        from . import sweep  # here, because every child would pay for what it loads, and most need none of it

        sweep.end_all(self._alone)
        return sweep.empty(self._config.swept)


def _end(box: str) -> NoReturn:
    """Ends the server because its supervisor is gone. What runs below process 1 ends with it; elsewhere it is swept."""
    if os.getpid() != 1:
        from . import sweep

        sweep.remove(box)
    os._exit(0)


def main(argument: int) -> NoReturn:
    """Boots the server. argument: a descriptor to read JSON from, with fd, fences (see fences.Config), preload,
    packages (folders) and whether it is reused, which alone makes importing beforehand worth it.
    """
    with open(argument, encoding="utf-8") as file:
        options = json.load(file)
    control = socket.socket(fileno=linux.out_of_the_way(options["fd"]))
    config = fences.config_from_json(options["fences"])
    rlimits.limit_server(config.ground is not None)
    _close_inherited()
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500")  # the kernel should take a child before the user's editor
    linux.prctl(linux.PR_SET_DUMPABLE, 0)  # a child of the same user can neither trace this process nor read it
    linux.prctl(linux.PR_SET_CHILD_SUBREAPER, 1)
    child.block_interrupts()
    site.setquit()
    site.sethelper()
    os.environ.pop("LD_BIND_NOW", None)
    sys.path.remove(options["root"])
    sys.path += options["packages"]
    if config.ground is not None:
        preload.forget(config.ground)
    _thread.stack_size(_THREAD_STACK_BYTES)
    server = Server(control, config)
    if options["reused"]:
        _import_beforehand(options["preload"], config, control)
    if options["reused"] and config.ground and not config.ground.tree:
        server.compile_beforehand(config.ground)
    if options["reused"] and config.ground is None:
        server.rehearse()
    gc.collect()
    gc.freeze()
    control.send(b"ready")
    server.loop()


def _close_inherited() -> None:
    """Closes what came under a number above the limit, where a child, which closes what it inherits, does not look."""
    highest = os.sysconf("SC_OPEN_MAX")
    for fd in [int(name) for name in os.listdir("/proc/self/fd")]:  # noqa: PTH208  only the names count
        if fd >= highest:
            os.close(fd)


def _import_beforehand(names: list[str], config: fences.Config, control: socket.socket) -> None:
    supervisor = select.poll()
    supervisor.register(control, select.POLLIN)

    def check() -> None:
        if supervisor.poll(0):
            _end(config.scratch[0])  # it has nothing to say before the server is ready, so it is gone

    (preload.load_common if config.ground else preload.load_usual)(check)
    with _silence():
        if config.ground is not None:
            preload.load_pytest(config.ground, check)
        preload.load(names, config.ground, check)
        if config.ground is not None:
            preload.make_ready(config.ground)


@contextlib.contextmanager
def _silence() -> Generator[None]:
    """A package may print while it is imported, and nobody reads that before the server ends."""
    kept = fcntl.fcntl(2, fcntl.F_DUPFD_CLOEXEC, 64)
    with Path(os.devnull).open("wb") as nowhere:
        os.dup2(nowhere.fileno(), 2)
    try:
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
