"""Inside the child: runs a whole program as `__main__`, with an input on descriptor 0 and its output on descriptor 1.

Nothing here decides anything: what is printed is compared outside, and the kernel tells the exit status.
"""

import atexit
import gc
import io
import json
import os
import sys
import types
from typing import Callable, NoReturn

from ..function.described import PROGRAM_FILE, described

_INPUT_FILE = ".input"
_RESERVE_BYTES = 1 << 20
"""Held back, so that there is room to say that memory ran out."""
_EXIT = os._exit
_FLUSH_FAILED = 120
"""What the interpreter exits with when the last of the output cannot be written."""


def run(program: str, text: str, result_fd: int) -> NoReturn:
    """Runs `program` on the input `text`; its output goes to `result_fd`. Ends the process with its status."""
    _connect(text, result_fd)
    _EXIT(_finished(_performed(program)))


def _connect(text: str, result_fd: int) -> None:
    """Puts the input on descriptor 0 as a file, which a program may seek in, and the output on descriptor 1."""
    rest = memoryview(text.encode())
    written = os.open(_INPUT_FILE, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    while rest:
        rest = rest[os.write(written, rest) :]
    os.close(written)
    given = os.open(_INPUT_FILE, os.O_RDONLY)
    os.unlink(_INPUT_FILE)  # noqa: PTH108  the working folder is the program's, and it is empty
    os.dup2(given, 0)
    os.close(given)
    os.dup2(result_fd, 1)
    os.close(result_fd)
    sys.stdin = open(0, encoding="utf-8", errors="surrogateescape", closefd=False)  # noqa: SIM115
    sys.stdout = open(  # noqa: SIM115
        1, "w", encoding="utf-8", errors="surrogateescape", newline="\n", closefd=False
    )
    sys.__stdin__, sys.__stdout__ = sys.stdin, sys.stdout  # type: ignore[misc]  the interpreter's own names for them


def _performed(program: str) -> int:
    """The exit status after the program's last statement, before the interpreter would shut down."""
    module = types.ModuleType("__main__")
    module.__file__ = PROGRAM_FILE
    sys.modules["__main__"] = module
    sys.argv = [PROGRAM_FILE]
    reserve = [bytearray(_RESERVE_BYTES)]
    try:
        exec(compile(program, PROGRAM_FILE, "exec", dont_inherit=True), module.__dict__)
    except SystemExit as wanted:
        return _status(wanted.code)
    except BaseException as error:
        reserve.clear()
        _tell(json.dumps(described(error)))
        return 1
    return 0


def _status(code: object) -> int:
    if code is None:
        return 0
    if isinstance(code, int):
        return code & 0xFF
    _tell(str(code))
    return 1


def _tell(line: str) -> None:
    """Writes a line of its own to standard error."""
    data = f"\n{line}\n".encode("utf-8", "replace")
    while data:
        data = data[os.write(2, data) :]


def _finished(status: int) -> int:
    """Does what the interpreter does at its end: waits for threads, runs exit functions, writes what is buffered."""
    # Not imported here: every child is quicker without it, and where nobody imported it there is no thread to wait for.
    threading = sys.modules.get("threading")
    for ending in (getattr(threading, "_shutdown", None), getattr(atexit, "_run_exitfuncs")):  # noqa: B009  private
        if ending is not None:
            _attempt(ending)
    complete = _attempt(_flush)
    _attempt(_write_open_files)
    sys.stdout = sys.__stdout__
    sys.modules.pop("__main__", None)
    gc.collect()
    complete = _attempt(_flush) and complete
    return status if complete or status else _FLUSH_FAILED


def _write_open_files() -> None:
    """Writes the buffers of files that the program has left open: text before the bytes that it becomes.

    The garbage collector would close them in any order, and a file of text after its bytes loses what it holds.
    """
    left = gc.get_objects()
    for kind in (io.TextIOWrapper, io.BufferedWriter, io.BufferedRandom):
        for file in [one for one in left if type(one) is kind]:
            _attempt(file.flush)


def _flush() -> None:
    if sys.stdout is not None:
        sys.stdout.flush()


def _attempt(act: Callable[[], object]) -> bool:
    """Whether it was done; what a program left behind may raise anything."""
    try:
        act()
    except BaseException:
        return False
    return True
