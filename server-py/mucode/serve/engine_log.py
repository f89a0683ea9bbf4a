"""The engine's output: the last lines in memory for the user, more of it in a file of bounded size."""

from collections import deque
from collections.abc import Iterable
from pathlib import Path

FILE_BYTES = 2 * 1024 * 1024
LINES_KEPT = 80
LINE_CHARS = 2000


class EngineLog:
    """Takes raw output in pieces. Secrets are blotted out before anything is kept."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._secrets: list[str] = []
        self._lines: deque[str] = deque(maxlen=LINES_KEPT)
        self._rest = ""
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._file = path.open("w", encoding="utf-8")

    def hide(self, secrets: Iterable[str]) -> None:
        """From now on these strings are shown as dots."""
        self._secrets = list(secrets)

    def feed(self, data: bytes) -> None:
        """Add output as it comes. A line without an end is cut at LINE_CHARS, so memory stays bounded."""
        *lines, self._rest = (self._rest + data.decode("utf-8", "replace")).replace("\r", "\n").split("\n")
        for line in lines:
            self.add(line)
        if len(self._rest) > LINE_CHARS:
            self.add(self._rest)
            self._rest = ""

    def add(self, line: str) -> None:
        """Add one line."""
        if not line.strip():
            return
        for secret in self._secrets:
            line = line.replace(secret, "•••")
        line = line if len(line) <= LINE_CHARS else line[:LINE_CHARS] + "…"
        self._lines.append(line)
        if self._file.tell() > FILE_BYTES:
            self._file.close()
            self.path.replace(self.path.with_suffix(".old.log"))
            self._file = self.path.open("w", encoding="utf-8")
        self._file.write(line + "\n")
        self._file.flush()

    def tail(self, count: int = LINES_KEPT) -> list[str]:
        """The last lines, oldest first."""
        return list(self._lines)[-count:]

    def close(self) -> None:
        """Close the file; what is in memory stays."""
        self._file.close()
