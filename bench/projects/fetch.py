"""Fetches the projects of projects.json from their source archives and makes a Python environment for each.

All of it lies in the cache folder; nothing is written into the repository. The other files use what lies there.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).resolve().parent


@dataclass(frozen=True)
class Project:
    """One line of projects.json."""

    name: str
    version: str
    sha256: str
    layout: str
    install: str
    """`editable` or `none` (tests find the package by the working folder)."""
    venv: str
    """`beside` the tree or `inside` it, as .venv."""
    requires: tuple[str, ...]
    tests: tuple[str, ...]
    """The test files (or folders) which count here."""
    modules: tuple[str, ...]
    """The files that get bugs."""
    adapter: str = "pytest"

    @property
    def root(self) -> Path:
        """The unpacked source tree."""
        return cache() / f"{self.name}-{self.version}"

    @property
    def venv_folder(self) -> Path:
        """The environment's folder."""
        return self.root / ".venv" if self.venv == "inside" else cache() / f"{self.name}-{self.version}.venv"

    @property
    def python(self) -> str:
        """The environment's interpreter."""
        return str(self.venv_folder / "bin" / "python")

    @property
    def import_path(self) -> str:
        """The folder from which the package is imported, relative to the root."""
        return "src" if (self.root / "src").is_dir() else ""


def cache() -> Path:
    """The folder that holds all of them."""
    return Path(os.environ.get("MUCODE_CACHE") or Path.home() / ".cache" / "mucode") / "projects"


def projects(names: list[str]) -> list[Project]:
    """The projects of these names, or all of them."""
    rows = json.loads((HERE / "projects.json").read_text())
    tuples = ("requires", "tests", "modules")
    every = [Project(**{key: tuple(v) if key in tuples else v for key, v in row.items()}) for row in rows]
    unknown = set(names) - {one.name for one in every}
    if unknown:
        raise SystemExit(f"projects.json has no {', '.join(sorted(unknown))}.")
    return [one for one in every if not names or one.name in names]


def prepare(project: Project) -> None:
    """Downloads, unpacks and installs, unless that was done before. The marker is written last."""
    marker = cache() / f"{project.name}-{project.version}.done"
    wanted = json.dumps([project.install, project.venv, project.requires])
    if marker.exists() and marker.read_text() == wanted:
        return
    print(f"preparing {project.name} {project.version}", file=sys.stderr)
    for folder in (project.root, project.venv_folder):
        shutil.rmtree(folder, ignore_errors=True)
    cache().mkdir(parents=True, exist_ok=True)
    _unpack(project, _archive(project))
    _command([sys.executable, "-m", "venv", str(project.venv_folder)])
    pip = [project.python, "-m", "pip", "--disable-pip-version-check", "install", "-q"]
    _command([*pip, *project.requires])
    if project.install == "editable":
        _command([*pip, "-e", str(project.root)])
    marker.write_text(wanted)


def _archive(project: Project) -> Path:
    """The source archive, as the registry's client gives it, its hash checked."""
    folder = cache() / "archives"
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "-q", "--no-deps"]
    _command([*pip, "--no-binary", project.name, "-d", str(folder), f"{project.name}=={project.version}"])
    for archive in folder.glob("*.tar.gz"):
        if hashlib.sha256(archive.read_bytes()).hexdigest() == project.sha256:
            return archive
    raise SystemExit(f"The archive of {project.name} {project.version} has another hash than projects.json says.")


def _unpack(project: Project, archive: Path) -> None:
    with tarfile.open(archive) as tar:
        tar.extractall(project.root.parent / "unpacked", filter="data")
    (inner,) = (project.root.parent / "unpacked").iterdir()
    inner.rename(project.root)


def _command(command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout[-1000:]}{done.stderr[-3000:]}")


if __name__ == "__main__":
    for one in projects(sys.argv[1:]):
        prepare(one)
        print(f"{one.name}: {one.root}\n  {one.python}")
