"""Where stages run: the one seam to processes, machines and clusters. What runs in the process is in worker.py."""

import contextlib
import json
import os
import selectors
import shutil
import subprocess
import sys
import threading
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any, Protocol, cast

from mucode.errors import MucodeError
from mucode.serve import keeper
from mucode.train.artifact import Worked
from mucode.train.stage import Kind, StageSpec, Tell
from mucode.train.worker import Order

PACKAGE = Path(__file__).parents[2]
_SHARDING = Path(__file__).with_name("fsdp2.yaml")
_HEARTBEAT_S = 20.0
_KEPT_LINES = 20


class Executor(Protocol):
    """Runs stages. A stage shares nothing with its starter but its order, which is JSON, and the folders it names."""

    def run(self, kind: Kind, spec: StageSpec, log: Path, tell: Tell) -> Worked:
        """Runs one stage to its end; its events go to `tell`, its other output to the file `log`.

        The stage's own process holds the lock of the folder that it fills (worker.py). Raises MucodeError when the
        stage fails, with its own message or its last lines. Nothing of it is left when this returns or raises.
        """
        ...


class LocalExecutor:
    """Runs a stage as a process of this machine, under a keeper that ends it and its descendants with us."""

    def run(self, kind: Kind, spec: StageSpec, log: Path, tell: Tell) -> Worked:
        """See Executor."""
        log.parent.mkdir(parents=True, exist_ok=True)
        order = log.with_suffix(".json")
        Order(kind.run, spec).write(order)
        command = [*_launcher(kind), "mucode", "stage", str(order)]
        process = subprocess.Popen(
            [sys.executable, "-I", str(keeper.__file__), *command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, "PYTHONPATH": _path(), "PYTHONUNBUFFERED": "1"},
            start_new_session=True,
        )
        with log.open("ab") as file:
            run = _Run(spec.stage, tell, process, file)
            try:
                return run.hear()
            finally:
                run.end()


class _Run:
    """One process of a stage: its events, its last lines, its end."""

    def __init__(self, stage: str, tell: Tell, process: subprocess.Popen[bytes], log: IO[bytes]) -> None:
        self._stage, self._tell, self._process = stage, tell, process
        self._last: deque[str] = deque(maxlen=_KEPT_LINES)
        self._log = log
        self._error: str | None = None
        self._worked: Worked | None = None
        # A thread of its own: a stage that prints much must not wait for events to be heard.
        self._printing = threading.Thread(target=self._keep_output, daemon=True)
        self._printing.start()

    def hear(self) -> Worked:
        """Passes events on until the process ends. Raises MucodeError when it ends badly."""
        events = cast("IO[bytes]", self._process.stdout)
        waiting = selectors.DefaultSelector()
        waiting.register(events, selectors.EVENT_READ)
        torn = b""
        while True:
            if not waiting.select(_HEARTBEAT_S):
                self._tell("heartbeat", {})
                continue
            chunk = os.read(events.fileno(), 1 << 16)
            if not chunk:
                break
            *lines, torn = (torn + chunk).split(b"\n")
            for line in lines:
                self._line(line.decode("utf-8", "replace"))
        return self._end_of(self._process.wait())

    def end(self) -> None:
        """Ends the process and all it started, if it has not ended; returns when nothing is left."""
        with contextlib.suppress(OSError):
            cast("IO[bytes]", self._process.stdin).close()
        try:
            self._process.wait(keeper.GRACE_S + 10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._printing.join(1.0)
        for stream in (self._process.stdout, self._process.stderr):
            cast("IO[bytes]", stream).close()

    def _line(self, line: str) -> None:
        try:
            said: dict[str, Any] = json.loads(line)
            type_, data = said["type"], said["data"]
        except (ValueError, KeyError, TypeError):
            self._last.append(line)
            return
        if type_ == "end":
            self._worked = Worked(data["seconds"], data["peak_bytes"])
            return
        if type_ == "error":
            self._error = data["message"]
        self._tell(type_, data)

    def _end_of(self, status: int) -> Worked:
        if status == 0 and self._worked is not None:
            return self._worked
        self._printing.join(1.0)
        if self._error:
            raise MucodeError(self._error)
        cause = f"was killed by signal {status - 128}" if status > 128 else f"ended with status {status}"
        if status == 128 + 9:
            cause += ", perhaps for lack of memory"
        lines = "\n".join(["", *self._last])
        raise MucodeError(f"The stage {self._stage} {cause}. Its log is {self._log.name}; the last lines are:{lines}")

    def _keep_output(self) -> None:
        for line in cast("IO[bytes]", self._process.stderr):
            self._last.append(line.decode("utf-8", "replace").rstrip())
            # A full disk shall be told by the stage, not by its log.
            with contextlib.suppress(OSError, ValueError):
                self._log.write(line)
                self._log.flush()


def _launcher(kind: Kind) -> Sequence[str]:
    """The command that starts a module: once, or once per GPU with the model sharded over them."""
    cards = gpus() if kind.gradients else 0
    if cards < 2:
        return [sys.executable, "-m"]
    launch = ["accelerate.commands.launch", "--config_file", str(_SHARDING), "--num_processes", str(cards)]
    return [sys.executable, "-m", *launch, "-m"]


def gpus() -> int:
    """Number of GPUs that this process may use, asked without torch."""
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return len([one for one in visible.split(",") if one.strip() not in ("", "-1")])
    asked = shutil.which("nvidia-smi")
    if asked is None:
        return 0
    listed = subprocess.run([asked, "-L"], capture_output=True, text=True, check=False, timeout=60)
    return len([line for line in listed.stdout.splitlines() if line.startswith("GPU ")])


def _path() -> str:
    return os.pathsep.join([str(PACKAGE), *filter(None, [os.environ.get("PYTHONPATH")])])
