"""Small real projects on disk, and a judge whose children run Python source in them."""

import sys
import textwrap
import venv
from pathlib import Path

from mucode.judge.limits import Limits, Outcome, Site
from mucode.judge.sandbox.pool import Errand, Pool, Warmth

LIMITS = Limits(step_s=20.0, wall_s=20.0)
PROLOGUE = "import os\ndef tell(value): os.write(result_fd, (repr(value) + '\\n').encode())\n"


def project(folder: Path, **files: str) -> Path:
    """A project folder with a package `thing` whose answer is 41, and more files by path."""
    given = {"thing/__init__.py": "", "thing/answer.py": "ANSWER = 41\n", **files}
    for name, text in given.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text))
    return folder


def environment(folder: Path, path_entry: "Path | None" = None) -> str:
    """A virtual environment without pip; path_entry: what an editable install would write. Returns its Python."""
    venv.create(folder, with_pip=False, symlinks=True)
    if path_entry is not None:
        (packages(folder) / "__editable__.thing.pth").write_text(f"{path_entry}\n")
    return str(folder / "bin" / "python")


def packages(environment: Path) -> Path:
    """The folder of installed packages."""
    return environment / "lib" / "python{}.{}".format(*sys.version_info) / "site-packages"


def state(folder: Path) -> "dict[str, tuple[int, int, bytes]]":
    """Every file with its mode, its time and its bytes."""
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return {str(path): (path.stat().st_mode, path.stat().st_mtime_ns, path.read_bytes()) for path in files}


def run(
    pool: Pool,
    site: Site,
    source: str,
    files: "dict[Path, str] | None" = None,
    python: "str | None" = None,
    limits: Limits = LIMITS,
    preload: "tuple[str, ...]" = (),
) -> Outcome:
    """Runs Python source in a child of the site. It says things with `tell(value)`."""
    errand = Errand(warmth=Warmth(python, preload, site))
    given = {str(path): text for path, text in (files or {}).items()}
    return pool.run((PROLOGUE + textwrap.dedent(source)).encode(), limits, errand, given)


def told(outcome: Outcome) -> "list[str]":
    """What the child said."""
    assert outcome.exit_status == 0, outcome
    return [line.decode() for line in outcome.records]
