"""Tests and the processes that they start find the tiny stages of this folder."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
