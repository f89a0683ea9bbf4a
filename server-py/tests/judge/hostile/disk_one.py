"""Fills its folder with files as large as they may be."""

import contextlib
from pathlib import Path

for name in range(10000):
    with contextlib.suppress(OSError), Path("/box", str(name)).open("wb") as file:
        while True:
            file.write(bytes(1 << 20))
            file.flush()
