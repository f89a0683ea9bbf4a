"""The bubblewrap command line of a warm fork server: what the sandbox sees, and nothing else of this machine.

Starting it, also for root, is in launch.py.
"""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Optional

from .interpreter import Interpreter

INSIDE_ROOT = "/rt"
SCRATCH = ["/box", "/tmp", "/dev/shm"]  # noqa: S108  paths inside the sandbox, each a tmpfs
_SYSTEM_LINKS = ["/bin", "/sbin", "/lib", "/lib64", "/lib32", "/libx32"]
# Debian's numpy finds its BLAS through the first, and the loader finds /usr/local/lib through the second.
_SYSTEM_FILES = ["/etc/alternatives", "/etc/ld.so.cache"]
_TMPFS_BYTES = 64 * 1024 * 1024
SIZED_TMPFS = (0, 7)
_USER = "1000"
# 64 threads must fit into the address space of a child, and one candidate must not take every core
ONE_CORE = {"MALLOC_ARENA_MAX": "2", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}


def program() -> Optional[str]:
    """Path of bwrap, or None."""
    return shutil.which("bwrap", path=os.environ.get("PATH", "") + ":/usr/bin:/bin:/usr/local/bin")


def version() -> tuple[int, int]:
    """(major, minor) of the installed bubblewrap, (0, 0) without one."""
    found = program()
    return _version(found) if found else (0, 0)


@lru_cache(maxsize=4)
def _version(found: str) -> tuple[int, int]:
    text = subprocess.run([found, "--version"], capture_output=True, text=True, check=False).stdout
    numbers = re.search(r"(\d+)\.(\d+)", text)
    return (int(numbers[1]), int(numbers[2])) if numbers else (0, 0)


def environment(interpreter: Interpreter, home: str) -> dict[str, str]:
    """The whole environment of the server and of every candidate."""
    return {
        "PATH": f"{os.path.dirname(interpreter.executable)}:/usr/bin",  # noqa: PTH120  a path inside the sandbox
        "LD_LIBRARY_PATH": interpreter.libraries,
        "HOME": home,
        "TMPDIR": home,
        "LANG": "C.UTF-8",
        # The server takes it away again. What the loader has looked up there, it looks up in no child.
        "LD_BIND_NOW": "1",
        "PYTHONHASHSEED": "0",
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        **ONE_CORE,
    }


def _system() -> list[str]:
    arguments = ["--ro-bind", "/usr", "/usr"]
    for name in _SYSTEM_LINKS:
        path = Path(name)
        if path.is_symlink():
            arguments += ["--symlink", str(path.readlink()), name]
        elif path.is_dir():
            arguments += ["--ro-bind", name, name]
    for name in _SYSTEM_FILES:
        arguments += ["--ro-bind-try", name, name]
    return arguments


def scratch_arguments(folders: Iterable[str]) -> list[str]:
    """Empty folders in memory."""
    arguments: list[str] = []
    for folder in folders:
        if version() >= SIZED_TMPFS:
            arguments += ["--size", str(_TMPFS_BYTES)]
        arguments += ["--tmpfs", folder]
    return arguments


def begin(bwrap: str) -> list[str]:
    """What every sandbox begins with: namespaces, no capability, the system's programs and libraries."""
    line = [bwrap, "--unshare-user", "--unshare-pid", "--unshare-net", "--unshare-ipc", "--unshare-uts"]
    line += ["--unshare-cgroup-try", "--uid", _USER, "--gid", _USER, "--as-pid-1", "--die-with-parent", "--new-session"]
    return [*line, "--cap-drop", "ALL", *_system()]


def arguments(bwrap: str, interpreter: Interpreter, binds: list[tuple[str, str]]) -> list[str]:
    """Everything up to the command to run inside. binds: (source, folder inside), read-only."""
    line = begin(bwrap)
    for source, inside in binds:
        line += ["--ro-bind", source, inside]
    line += ["--proc", "/proc", "--dev", "/dev", *scratch_arguments(SCRATCH)]
    for name, value in environment(interpreter, SCRATCH[0]).items():
        line += ["--setenv", name, value]
    return [*line, "--chdir", SCRATCH[0], "--remount-ro", "/"]
