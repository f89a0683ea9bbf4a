"""The project as the sandbox gets it: which folder may be one, what in it is secret, and what it depends on.

Files are looked at and never run. Mounting them is bubblewrap.py's work.
"""

import hashlib
import os
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Optional

from ..errors import JudgeError
from ..limits import Site
from .rewriting import rewritable

_SKIPPED = {
    "node_modules", ".venv", "venv", "__pycache__", ".tox", ".nox", ".mypy_cache", ".ruff_cache", ".pytest_cache",
    ".hg", ".svn", "site-packages", ".idea", ".eggs",
}  # fmt: skip
_MOST_ENTRIES = 300_000
_MOST_TOKEN_BYTES = 64 * 1024
_SECRET_NAMES = {
    ".netrc", "_netrc", ".pypirc", ".git-credentials", ".pgpass", ".my.cnf", ".htpasswd", "credentials",
    "credentials.json", "credentials.yml", "credentials.yaml", "credentials.toml", "credentials.db", "secrets.json",
    "secrets.yml", "secrets.yaml", "secrets.toml", "service-account.json", "service_account.json",
    "application_default_credentials.json", "kubeconfig", ".vault-token", ".vault_pass", "terraform.tfstate",
    ".s3cfg", ".boto", ".dockercfg", ".envrc",
}  # fmt: skip
_SECRET_FOLDERS = {".ssh", ".gnupg", ".aws", ".azure", ".kube", ".docker", ".gcloud"}
_SECRET_ENDINGS = (".pem", ".key", ".p12", ".pfx", ".keystore", ".jks", ".kdbx", ".ppk", ".asc.key")
_HARMLESS = (".example", ".sample", ".template", ".dist", ".pub", ".test.example")
_PRIVATE_KEY = re.compile(r"id_(rsa|dsa|ecdsa|ed25519)(_\w+)?")
_TOKEN = re.compile(r"(?im)^\s*[^#\s].*(_authToken|_auth|_password|password|npmAuthToken)\s*[=:]|://[^/\s:]+:[^@\s]+@")
_LOCKS = (
    "uv.lock", "poetry.lock", "pdm.lock", "Pipfile.lock", "pyproject.toml", "setup.py", "setup.cfg", "pixi.lock",
    "environment.yml", "environment.yaml", "conda-lock.yml",
)  # fmt: skip


def site_for(root: str, python: Optional[str], writable: bool, rewritten: Sequence[str] = ()) -> Site:
    """The site of a project. rewritten: relative paths of data files that its tests change, see rewriting.py.

    Raises JudgeError for a folder that is none.
    """
    folder = checked_root(root)
    hidden = tuple(secrets_below(folder))
    copied = tuple(str(folder / file) for file in rewritable(folder, rewritten, hidden))
    return Site(str(folder), hidden, writable, copied, key_of(folder, python))


def checked_root(root: str) -> Path:
    """The project's folder. Raises JudgeError where it is missing, or holds far more than a project."""
    folder = Path(root)
    if not folder.is_absolute():
        raise JudgeError(f"{root} is no absolute path. Give the project's whole path.")
    if not folder.is_dir():
        raise JudgeError(f"The project's folder {root} is not there. Open the folder that holds the project.")
    folder = folder.resolve()
    homes = {Path.home().resolve(), *(Path(name) for name in ("/root", "/home", "/Users"))}
    if folder == Path("/") or folder in homes or (len(folder.parts) == 2 and folder.parts[1] in _SYSTEM):
        raise JudgeError(
            f"{folder} is no project's folder: its programs would see everything in it. "
            "Open the folder of the one project that the tests belong to."
        )
    return folder


_SYSTEM = {"bin", "boot", "dev", "etc", "lib", "lib64", "proc", "run", "sbin", "sys", "usr", "var", "tmp", "opt", "srv"}


def secrets_below(root: Path) -> list[str]:
    """Absolute paths of files and folders that hold secrets; the walk skips installed packages.

    Raises JudgeError for a folder that is too large to be looked through: what was not seen could not be hidden.
    """
    found: list[str] = []
    seen = 0
    folders = [root]
    while folders:
        folder = folders.pop()
        for entry in _entries(folder):
            seen += 1
            if seen > _MOST_ENTRIES:
                raise JudgeError(
                    f"{root} holds more than {_MOST_ENTRIES:,} files, too many to look through for secrets. "
                    "Open the folder of the one project that the tests belong to."
                )
            if entry.is_dir(follow_symlinks=False):
                if entry.name in _SECRET_FOLDERS:
                    found.append(entry.path)
                elif entry.name == ".git":
                    found += _of_git(Path(entry.path))
                elif entry.name in _SKIPPED:
                    found += [inner.path for inner in _entries(Path(entry.path)) if is_secret(Path(inner.path))]
                else:
                    folders.append(Path(entry.path))
            elif is_secret(Path(entry.path)):
                found.append(entry.path)
    return sorted(found)


def _of_git(folder: Path) -> list[str]:
    """Addresses with their passwords, of the repository and of those in it."""
    places = [folder, *folder.glob("modules/*"), *folder.glob("modules/*/*"), *folder.glob("worktrees/*")]
    named = (path for place in places for name in ("config*", "credentials*") for path in place.glob(name))
    return sorted(str(path) for path in named if path.is_file())


def _entries(folder: Path) -> "Iterator[os.DirEntry[str]]":
    try:
        with os.scandir(folder) as entries:
            yield from sorted(entries, key=lambda entry: entry.name)
    except OSError:
        return


def is_secret(path: Path) -> bool:
    """Whether a file by its name, or by tokens in it, is a secret."""
    name = path.name.lower()
    if name.endswith(_HARMLESS):
        return False
    if name.startswith((".env.", ".env_", ".env-", "client_secret")) or name.endswith(
        (".env", ".flaskenv", ".secrets.toml")
    ):
        return True
    if name in _SECRET_NAMES or _PRIVATE_KEY.fullmatch(name) is not None:
        return True
    if name.endswith(_SECRET_ENDINGS):
        return True
    if name in (".npmrc", ".yarnrc.yml", ".yarnrc", "pip.conf", "pip.ini"):
        return _holds_token(path)
    return False


def is_hidden(file: str, root: str) -> bool:
    """Whether a relative path names a secret, or lies in a folder of secrets, wherever in the project."""
    *folders, name = file.split("/")
    of_git = ".git" in folders and name.startswith(("config", "credentials"))
    return bool(_SECRET_FOLDERS & set(folders)) or of_git or is_secret(Path(root, file))


def _holds_token(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            text = file.read(_MOST_TOKEN_BYTES).decode("utf-8", "replace")
    except OSError:
        return True
    return _TOKEN.search(text) is not None


def key_of(root: Path, python: Optional[str]) -> str:
    """A hash of the interpreter and of everything that names the project's dependencies."""
    digest = hashlib.sha256()
    interpreter = Path(python or sys.executable)
    settings = interpreter.parent.parent / "pyvenv.cfg"
    requirements = sorted(path.name for path in root.glob("requirements*.txt"))
    for path in (interpreter, settings, *(root / name for name in (*_LOCKS, *requirements))):
        digest.update(str(path).encode() + b"\0")
        try:
            # Of the interpreter only its identity matters; a lock file counts with its content.
            state = path.stat()
            content = path.read_bytes() if path != interpreter else f"{state.st_size} {state.st_mtime_ns}".encode()
            digest.update(content + b"\0")
        except OSError:
            digest.update(b"absent\0")
    digest.update(_installed(interpreter))
    return digest.hexdigest()[:16]


def _installed(interpreter: Path) -> bytes:
    """When packages were last installed or removed: the folder's own time, since installing changes its entries."""
    folders = sorted(interpreter.parent.parent.glob("lib/python3*/site-packages"))
    return "\n".join(f"{folder}:{folder.stat().st_mtime_ns}" for folder in folders).encode()
