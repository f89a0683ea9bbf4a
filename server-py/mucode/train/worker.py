"""What runs in a stage's own process: `python -m mucode stage ORDER.json`. Who starts it is in executor.py."""

import errno
import importlib
import json
import os
import resource
import sys
import threading
import time
import traceback
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import IO, Any

from mucode.errors import MucodeError
from mucode.train.lock import lock_of, locked
from mucode.train.stage import Stage, StageSpec

_KIB = 1024
_FULL = (errno.ENOSPC, errno.EDQUOT)


@dataclass(frozen=True)
class Order:
    """What the process is given as a file: the unit of work, and which function does it."""

    run: str
    """`module:function`."""
    spec: StageSpec

    def write(self, path: Path) -> None:
        """Writes the order as JSON."""
        path.write_text(json.dumps(asdict(self), default=str, indent=1), encoding="utf-8")

    @classmethod
    def read(cls, path: Path) -> "Order":
        """The order in a file."""
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        spec: dict[str, Any] = found["spec"]
        spec["inputs"] = {role: tuple(map(Path, folders)) for role, folders in spec["inputs"].items()}
        spec["out"] = Path(spec["out"])
        return cls(found["run"], StageSpec(**spec))


class Voice:
    """Sends events as lines to the starter. Safe to call from several threads."""

    def __init__(self, stream: IO[str]) -> None:
        self._stream = stream
        self._lock = threading.Lock()
        # Of several processes on several GPUs one speaks.
        self._silent = os.environ.get("RANK", "0") != "0"

    def tell(self, type_: str, data: Mapping[str, Any]) -> None:
        """Sends one event."""
        if self._silent:
            return
        line = json.dumps({"type": type_, "data": data}, ensure_ascii=False)
        with self._lock:
            self._stream.write(line + "\n")
            self._stream.flush()


def work(path: Path) -> int:
    """Does the work of an order; 0 when it is done, 1 after an error, which is also an event.

    Events go to what was standard output; whatever libraries print goes to standard error, which is the stage's log.
    """
    voice = Voice(os.fdopen(os.dup(1), "w", encoding="utf-8"))
    os.dup2(2, 1)
    began = time.monotonic()
    try:
        order = Order.read(path)
        with _alone(order.spec.out):
            _function(order.run)(order.spec, voice.tell)
    except MucodeError as error:
        voice.tell("error", {"message": str(error)})
        return 1
    except Exception as error:  # noqa: BLE001  the starter shall know how this process ended, with the cause in the log
        traceback.print_exc(file=sys.stderr)
        if told := _missing(error) or full_disk(error, path.parent):
            voice.tell("error", {"message": told})
        return 1
    voice.tell("end", {"seconds": round(time.monotonic() - began, 3), "peak_bytes": peak_bytes()})
    return 0


def _alone(out: Path) -> AbstractContextManager[None]:
    """Holds the lock of the folder that is filled: of a killed run a stage may be left that still writes to it.

    Of several processes on several GPUs the first holds it; the others wait for it when they form their group.
    """
    if os.environ.get("RANK", "0") != "0":
        return nullcontext()
    return locked(lock_of(out), str(out), leftovers=True)


def full_disk(error: BaseException | None, place: Path) -> str | None:
    """What to tell the user when the cause is a full disk; None when it is not. Libraries wrap the system's error."""
    while error is not None:
        full = isinstance(error, OSError) and error.errno in _FULL
        if full or "No space left on device" in str(error):
            return (
                f"The disk is full ({getattr(error, 'filename', None) or place}). Nothing that was finished is lost: "
                "free some space (`mucode gc` removes artifacts of no run) and start the same command again."
            )
        error = error.__cause__ or error.__context__
    return None


def _missing(error: Exception) -> str | None:
    """What to tell the user when a library is not installed; None for every other error."""
    if not isinstance(error, ModuleNotFoundError) or (error.name or "mucode").startswith("mucode"):
        return None
    return (
        f"{error.name} is not installed for {sys.executable}. Training needs an environment of its own: "
        "`npm run setup` names one in .mucode/paths.json (trainPython); elsewhere install mucode[train]."
    )


def peak_bytes() -> int:
    """Most memory that this process, or the largest of its ended children, ever held."""
    of = (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    unit = 1 if sys.platform == "darwin" else _KIB
    return max(resource.getrusage(who).ru_maxrss for who in of) * unit


def _function(name: str) -> Stage:
    module, _, function = name.partition(":")
    return getattr(importlib.import_module(module), function)
