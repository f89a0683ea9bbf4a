"""20,000 candidates, one after the other on every core: no wrong verdict, no leaked process, flat memory."""

import os
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from mucode.judge.candidates import judge
from mucode.judge.pool import Pool
from mucode.judge.problem import problem_from_json
from mucode.judge.verdict import TestVerdict

RUNS = int(os.environ.get("MUCODE_SOAK_RUNS", "20000"))
GROWTH_BYTES = 5 << 20
PROGRAMS = {
    "def add(a, b):\n    return a + b\n": "pass",
    "def add(a, b):\n    return a - b\n": "fail",
    "def add(a, b):\n    raise ValueError(a)\n": "error",
    "import os\n\n\ndef add(a, b):\n    os.fork()\n    return a + b\n": None,
    "def add(a, b):\n    figures = {"candidates_per_second": round(RUNS / seconds), "grown_kib": grown >> 10, "server_mib": servers}
    for name, value in figures.items():
        record_testsuite_property(name, value)
    assert wrong == []
    assert grown < GROWTH_BYTES
    assert max(servers) < 80 << 20
