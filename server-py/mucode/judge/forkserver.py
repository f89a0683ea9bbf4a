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
from pathlib import Path
from typing import Any, NoReturn, Optional

from . import fences, linux, namespaces, seccomp, tree

_COMMON = """
    abc argparse array ast base64 bisect builtins cmath collections collections.abc contextlib copy csv dataclasses
    datetime decimal enum fractions functools hashlib heapq inspect io itertools json math numbers operator pathlib
    pprint queue random re statistics string struct tempfile textwrap threading time traceback types typing unittest
    uuid warnings
"""
GIVEN_LENGTH_BYTES = 8
"""In a site a job begins with the length of the JSON object of the given files, then that object."""
_JOB_FD, _RESULT_FD, _FIRST_FREE_FD = 3, 4, 5
_THREAD_STACK_BYTES = 4 * 1024 * 1024
_WATCH_S = 0.05
_SERVER_FILES = 256


class Server:
    """The loop. One job at a time."""

    def __init__(self, control: socket.socket, config: fences.Config) -> None:
        self._control = control
        self._config = config
        self._owner = (os.getuid(), os.getgid())
        self._filter = seccomp.Filter()
        self._highest_fd = os.sysconf("SC_OPEN_MAX")
        self._inside = importlib.import_module(".inside", __package__)
        self._alone = os.getpid() == 1
        self._watch = tree.Watch()

    def loop(self) -> NoReturn:
        """Serves until the supervisor closes its end; nothing of the sandbox survives process 1."""
        while True:
            message, ancillary, _, _ = self._control.recvmsg(65536, socket.CMSG_SPACE(3 * 4))
            if not message:
                _end(self._config.scratch[0])
            fds = array.array("i")
            for _, _, data in ancillary:
                fds.frombytes(data[: len(data) - len(data) % fds.itemsize])
            self._serve(json.loads(message), list(fds))

    def _serve(self, request: dict[str, Any], fds: list[int]) -> None:
        trouble_read, trouble_write = os.pipe()
        pid = self._fork(request, fds, trouble_write)
        os.close(trouble_write)
        for fd in fds:
            os.close(fd)
        pidfd = linux.pidfd_open(pid)
        self._control.sendmsg([b"{}"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [pidfd]))])
        limit = self._wait(pidfd, request)
        os.close(pidfd)
        _, status = os.waitpid(pid, 0)
        clean = self._config.namespaces or self._sweep()
        trouble = os.read(trouble_read, 4096).decode("utf-8", "replace")
        os.close(trouble_read)
        answer = {"status": status, "limit": limit, "clean": clean, "trouble": trouble}
        self._control.send(json.dumps(answer).encode())

    def _fork(self, request: dict[str, Any], fds: list[int], trouble: int) -> int:
        pid = namespaces.fork_into_namespaces() if self._config.namespaces else os.fork()
        if pid == 0:
            self._be_child(request, fds, trouble)
        return pid

    def _be_child(self, request: dict[str, Any], fds: list[int], trouble: int) -> NoReturn:
        """Everything before the job is read happens here, and says on `trouble` if it failed."""
        try:
            _arrange_descriptors(fds, trouble, self._highest_fd)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            fences.raise_fences(self._config, self._owner, self._filter, request["file_bytes"])
            fences.limit_resources(request["memory_bytes"], request["file_bytes"], request["processes"])
            faults = fences.faults(self._config) if request.get("probe") else []
            if faults:
                raise OSError("; ".join(faults))
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

    def _wait(self, pidfd: int, request: dict[str, Any]) -> Optional[str]:
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
            if limit is None and self._alone:
                limit = self._watch.excess(request["memory_bytes"], request["processes"])
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
        emptied = [_emptied(Path(folder)) for folder in self._config.scratch]
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


def _read_job() -> bytes:
    job = bytearray()
    while True:
        block = os.read(_JOB_FD, 1 << 20)
        if not block:
            os.close(_JOB_FD)
            return bytes(job)
        job += block


def _emptied(folder: Path) -> bool:
    """Removes everything in a folder. False when something resists."""
    for entry in folder.iterdir():
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)
    return not any(folder.iterdir())


def _load(names: list[str], control: socket.socket, box: str) -> None:
    """Imports what jobs are likely to import. A missing or broken package is the job's trouble, not the server's."""
    supervisor = select.poll()
    supervisor.register(control, select.POLLIN)
    for name in names:
        if supervisor.poll(0):
            _end(box)  # it has nothing to say before the server is ready, so it is gone
        # A third-party package may raise anything while it is imported.
        with contextlib.suppress(Exception):
            importlib.import_module(name)


def main(argument: str) -> NoReturn:
    """Boots the server. argument: JSON with fd, fences (see fences.Config), preload, packages (folders)
    and whether it is reused, which alone makes importing beforehand worth it.
    """
    options = json.loads(argument)
    control = socket.socket(fileno=options["fd"])
    control.set_inheritable(False)
    config = fences.Config(**options["fences"])
    resource.setrlimit(resource.RLIMIT_NOFILE, (_SERVER_FILES, _SERVER_FILES))
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500")  # the kernel should take a child before the user's editor
    linux.prctl(linux.PR_SET_DUMPABLE, 0)  # a child of the same user can neither trace this process nor read it
    linux.prctl(linux.PR_SET_CHILD_SUBREAPER, 1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    site.setquit()
    site.sethelper()
    sys.path.remove(options["root"])
    sys.path += options["packages"]
    threading.stack_size(_THREAD_STACK_BYTES)
    server = Server(control, config)
    if options["reused"]:
        _load([*_COMMON.split(), *options["preload"]], control, config.scratch[0])
    gc.collect()
    gc.freeze()
    control.send(b"ready")
    server.loop()
