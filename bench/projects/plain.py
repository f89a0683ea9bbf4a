"""Runs tests the ordinary way: a fresh pytest process on a copy of the tree. What the judge is held against."""

import json
import os
import resource
import shutil
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

PLUGIN = Path(__file__).resolve().parent / "plugin"
_MEMORY_BYTES = 4 << 30


class Copy:
    """A copy of a project's tree, whose files may be changed. Use with `with`."""

    def __init__(self, root: Path, python: str, import_path: str = "") -> None:
        """import_path: the folder below root that the package is imported from, whatever is installed."""
        self._python = python
        self._folder = tempfile.TemporaryDirectory(prefix="mucode-projects-")
        self._home = Path(self._folder.name) / "home"
        self._home.mkdir()
        self.root = Path(self._folder.name) / root.name
        self._path = os.pathsep.join([str(self.root / import_path), str(PLUGIN)])
        ignore = shutil.ignore_patterns(".venv", "__pycache__", ".pytest_cache", ".hypothesis")
        shutil.copytree(root, self.root, symlinks=True, ignore=ignore)

    def __enter__(self) -> "Copy":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Removes the copy."""
        self._folder.cleanup()

    def write(self, file: str, text: str) -> None:
        """Replaces one file, and forgets its compiled form: size and second of two versions may be the same."""
        path = self.root / file
        path.write_text(text, newline="")
        for compiled in (path.parent / "__pycache__").glob(f"{path.stem}.*.pyc"):
            compiled.unlink()

    def run(self, selection: Iterable[str], limit_s: float) -> dict[str, str] | None:
        """Outcome by test id; None when the run did not end by itself in time."""
        report = Path(self._folder.name) / "report.json"
        report.unlink(missing_ok=True)
        options = ["-q", "-p", "no:cacheprovider", "-p", "plain_report", "--tb=no"]
        inherited = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "PYTHON"))}
        own = {"PYTHONPATH": self._path, "PLAIN_REPORT": str(report), "HOME": str(self._home)}
        quiet = {"stdin": subprocess.DEVNULL, "stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        command = [self._python, "-m", "pytest", *options, *selection]
        try:
            subprocess.run(
                command,
                cwd=self.root,
                env={**inherited, **own},
                timeout=limit_s,
                check=False,
                preexec_fn=_less_memory,
                **quiet,
            )
        except subprocess.TimeoutExpired:
            return None
        return json.loads(report.read_text()) if report.exists() else None


def failing(outcomes: dict[str, str]) -> set[str]:
    """The ids of those that failed."""
    return {test for test, outcome in outcomes.items() if outcome == "failed"}


def _less_memory() -> None:
    """A wrong change may ask for all of it."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
