"""The warm fork server: process 1 of the sandbox. Forks one fenced child per job and says how it ended.

It never reads a job: the child reads its own from its own pipe, so nothing of one job is in the memory of the next.
Clocks, output caps and kills belong to the supervisor outside.
"""

import array
import contextlib
import fcntl
import gc
import importlib
import json
import os
import resource
import select
import shutil
import signal
import site
import socket
import sys
import threading
from collections.abc import Generator
from pathlib import Path
from typing import Any, NoReturn, Optional

from . import bytecode, fences, linux, namespaces, preload, room, seccomp, tree
from .ground import LENGTH_BYTES, Ground

_JOB_FD, _RESULT_FD, _FIRST_FREE_FD = 3, 4, 5
_THREAD_STACK_BYTES = 4 * 1024 * 1024
_WATCH_S = 0.05
_SERVER_FILES = 256
_MOST_SWEPT = 1000
"""Entries that a child may leave in its folders; more are left to the kernel, together with the server."""


class Server:
    """The loop. One job at a time."""

    def __init__(self, control: socket.socket, config: fences.Config) -> None:
        self._control = control
        self._config = config
        self._owner = (os.getuid(), os.getgid())
        self._filter = seccomp.Filter(config.sockets)
        self._highest_fd = os.sysconf("SC_OPEN_MAX")
        name = "..adapters" if config.ground else "..function.inside"
        self._inside = importlib.import_module(name, __package__)
        self._compiler: Optional[bytecode.Compiler] = None
        self._alone = os.getpid() == 1
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

    def _compile_while_idle(self) -> None:
        waiting = select.poll()
        waiting.register(self._control, select.POLLIN)
        while self._compiler is not None and not waiting.poll(0):
            if not self._compiler.step():
                self._compiler = None

    def _serve(self, request: dict[str, Any], fds: list[int]) -> None:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        pid = self._fork(request, fds, theirs.fileno())
        theirs.close()
        for fd in fds:
            os.close(fd)
        pidfd = linux.pidfd_open(pid)
        self._control.sendmsg([b"{}"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [pidfd]))])
        scratch = room.Room(ours, [] if self._config.namespaces or not self._alone else self._config.scratch)
        limit = self._wait(pidfd, request, scratch)
        limit = limit or scratch.excess()
        scratch.close()
        os.close(pidfd)
        _, status = os.waitpid(pid, 0)
        clean = self._config.namespaces or self._sweep()
        answer = {"status": status, "limit": limit, "clean": clean, "trouble": scratch.trouble}
        self._control.send(json.dumps(answer).encode())

    def _fork(self, request: dict[str, Any], fds: list[int], trouble: int) -> int:
        pid = namespaces.fork_into_namespaces(self._config.sockets) if self._config.namespaces else os.fork()
        if pid == 0:
            self._be_child(request, fds, trouble)
        return pid

    def _be_child(self, request: dict[str, Any], fds: list[int], trouble: int) -> NoReturn:
        """Everything before the job is read happens here, and says on `trouble` if it failed."""
        try:
            _arrange_descriptors(fds, trouble, self._highest_fd)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            files = _read_given() if self._config.ground else {}
            fences.raise_fences(self._config, self._owner, self._filter, request["scratch_bytes"], files)
            in_site = self._config.ground is not None
            fences.limit_resources(request["memory_bytes"], request["file_bytes"], request["processes"], in_site)
            faults = fences.faults(self._config) if request.get("probe") else []
            if faults:
                raise OSError("; ".join(faults))
            room.offer(_FIRST_FREE_FD, self._config)
        except BaseException as error:  # noqa: BLE001  this process must end here, whatever happened
            os.write(_FIRST_FREE_FD, f"{type(error).__name__}: {error}".encode()[:4000])
            os._exit(1)
        os.close(_FIRST_FREE_FD)
        try:
            if not request.get("probe"):
                self._inside.run(_read_job(), _RESULT_FD)
            sys.stdout.flush()
            sys.stderr.flush()
        except BaseException as error:  # noqa: BLE001  untrusted code may raise anything
            sys.stderr.write(f"{type(error).__name__}\n")
            os._exit(1)
        os._exit(0)

    def _wait(self, pidfd: int, request: dict[str, Any], scratch: room.Room) -> Optional[str]:
        """Waits for the child's end; kills it when the whole tree uses too much. Ends itself with the supervisor."""
        poller = select.poll()
        poller.register(pidfd, select.POLLIN)
        poller.register(self._control, select.POLLIN)
        limit = None
        while True:
            events = [fd for fd, _ in poller.poll(_WATCH_S * 1000)]
            if pidfd in events:
                return limit
            if events:
                _end(self._config.scratch[0])
            if limit is None and self._watch is not None:
                limit = self._watch.excess(request["memory_bytes"], request["processes"]) or scratch.excess()
                if limit is not None:
                    linux.pidfd_kill(pidfd)

    def _sweep(self) -> bool:
        """Without namespaces: ends whatever the child left running and empties its folders. False if that failed."""
        with contextlib.suppress(ChildProcessError, ProcessLookupError):
            while True:
                if self._alone:
                    os.kill(-1, signal.SIGKILL)
                else:
                    tree.kill_descendants()
                os.waitpid(-1, 0)
        emptied = [_emptied(Path(folder)) for folder in self._config.swept]
        return all(emptied)


def _end(box: str) -> NoReturn:
    """Ends the server because its supervisor is gone. What runs below process 1 ends with it; elsewhere it is swept."""
    if os.getpid() != 1:
        tree.kill_descendants()
        shutil.rmtree(box, ignore_errors=True)
    os._exit(0)


def _arrange_descriptors(fds: list[int], trouble: int, highest: int) -> None:
    """Leaves 0 to 5 open: /dev/null, output twice, job, results, trouble. None of them has another number's place."""
    away = [fcntl.fcntl(fd, fcntl.F_DUPFD, 64) for fd in [*fds, trouble]]
    job, output, result, trouble = away
    os.dup2(output, 1)
    os.dup2(output, 2)
    os.dup2(job, _JOB_FD, inheritable=False)
    os.dup2(result, _RESULT_FD, inheritable=False)
    os.dup2(trouble, _FIRST_FREE_FD, inheritable=False)
    os.closerange(_FIRST_FREE_FD + 1, highest)


def _read_given() -> dict[str, str]:
    """The files that the child is given; they come before its job, and nothing of them is executed here."""
    length = int.from_bytes(_read_exactly(LENGTH_BYTES), "big")
    return json.loads(_read_exactly(length))


def _read_exactly(length: int) -> bytes:
    read = bytearray()
    while len(read) < length:
        block = os.read(_JOB_FD, min(length - len(read), 1 << 20))
        if not block:
            raise EOFError("the job ended too early")
        read += block
    return bytes(read)


def _read_job() -> bytes:
    job = bytearray()
    while True:
        block = os.read(_JOB_FD, 1 << 20)
        if not block:
            os.close(_JOB_FD)
            return bytes(job)
        job += block


def _emptied(folder: Path) -> bool:
    """Removes everything in a folder. False when something resists, or when a new server is ready sooner than that."""
    if not _holds_little(folder):
        return False
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)
    return not any(folder.iterdir())


def _holds_little(folder: Path) -> bool:
    waiting, seen = [str(folder)], 0
    with contextlib.suppress(OSError):
        while waiting:
            with os.scandir(waiting.pop()) as entries:
                for entry in entries:
                    seen += 1
                    if seen > _MOST_SWEPT:
                        return False
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(entry.path)
        return True
    return False


def main(argument: int) -> NoReturn:
    """Boots the server. argument: a descriptor to read JSON from, with fd, fences (see fences.Config), preload,
    packages (folders) and whether it is reused, which alone makes importing beforehand worth it.
    """
    with open(argument, encoding="utf-8") as file:
        options = json.load(file)
    control = socket.socket(fileno=options["fd"])
    control.set_inheritable(False)
    config = fences.config_from_json(options["fences"])
    files = fences.OPEN_FILES_IN_SITE if config.ground else _SERVER_FILES
    resource.setrlimit(resource.RLIMIT_NOFILE, (files, files))
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500")  # the kernel should take a child before the user's editor
    linux.prctl(linux.PR_SET_DUMPABLE, 0)  # a child of the same user can neither trace this process nor read it
    linux.prctl(linux.PR_SET_CHILD_SUBREAPER, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    site.setquit()
    site.sethelper()
    sys.path.remove(options["root"])
    sys.path += options["packages"]
    if config.ground is not None:
        preload.forget(config.ground)
    threading.stack_size(_THREAD_STACK_BYTES)
    server = Server(control, config)
    if options["reused"]:
        _import_beforehand(options["preload"], config, control)
    if options["reused"] and config.ground and not config.ground.tree:
        server.compile_beforehand(config.ground)
    gc.collect()
    gc.freeze()
    control.send(b"ready")
    server.loop()


def _import_beforehand(names: list[str], config: fences.Config, control: socket.socket) -> None:
    supervisor = select.poll()
    supervisor.register(control, select.POLLIN)

    def check() -> None:
        if supervisor.poll(0):
            _end(config.scratch[0])  # it has nothing to say before the server is ready, so it is gone

    preload.load_common(check)
    with _silence():
        if config.ground is not None:
            preload.load_pytest(config.ground, check)
        preload.load(names, config.ground, check)


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
