"""Leaves a tree that is deeper than any path may be long, closed to its owner."""

import os
from pathlib import Path

for _ in range(3000):
    Path("d" * 50).mkdir()
    os.chdir("d" * 50)
Path().chmod(0)
