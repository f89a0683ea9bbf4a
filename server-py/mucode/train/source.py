"""What this package's own code is, as a digest: what it labels and asks is part of the keys of who uses it.

Prompt templates, which are data, have digests of their own (mucode/prompts).
"""

import hashlib
from collections.abc import Collection
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]


def digests(names: Collection[str]) -> dict[str, str]:
    """16 hexadecimal digits of the sha256 of all Python files of each of these subpackages of mucode, by name."""
    return {name: _digest(PACKAGE / name) for name in sorted(names)}


@cache
def _digest(folder: Path) -> str:
    """Once per process: what it has imported stays as it is."""
    found = hashlib.sha256()
    for path in sorted(folder.rglob("*.py")):
        content = path.read_bytes()
        found.update(f"{path.relative_to(folder).as_posix()}\0{len(content)}\0".encode() + content)
    return found.hexdigest()[:16]
