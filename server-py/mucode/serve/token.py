"""The bearer token of the gateway: made once, kept in a file that only its owner can read."""

import os
import secrets
from pathlib import Path

from mucode.errors import MucodeError

MIN_LENGTH = 16


def load_or_create(path: Path) -> str:
    """The token: from the environment (MUCODE_TOKEN), else from the file, which is made on first use (mode 0600).

    Raises MucodeError if the token is too short or the file can be read by others.
    """
    token = os.environ.get("MUCODE_TOKEN")
    if token is not None:
        return _checked(token.strip(), "The environment variable MUCODE_TOKEN")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        _create(path)
        if path.stat().st_mode & 0o077:
            raise MucodeError(f"Others can read the token file {path}. Run: chmod 600 '{path}'")
        return _checked(path.read_text(encoding="utf-8").strip(), f"The token in {path}")
    except OSError as error:
        raise MucodeError(
            f"The token file {path} is of no use: {error.strerror}. Give another --token-file."
        ) from error


def _create(path: Path) -> None:
    """Write a new token unless there is one. It is complete from the moment it has its name."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(secrets.token_urlsafe(32) + "\n")
        os.link(draft, path)
    except FileExistsError:
        return
    finally:
        draft.unlink()


def _checked(token: str, what: str) -> str:
    if len(token) < MIN_LENGTH or not token.isascii() or any(mark.isspace() for mark in token):
        raise MucodeError(f"{what} is not {MIN_LENGTH} or more plain characters. Delete it, or set another.")
    return token
