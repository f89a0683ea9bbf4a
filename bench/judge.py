"""How fast the judge is: one candidate, and all cores, against one new python3 process per test file.

Prints a table and ends with `ratio: <runs per second, judge / reference that imports numpy>`.
"""
# ruff: noqa: T201  a benchmark speaks by printing

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "server-py"))

from mucode.judge import candidates
from mucode.judge.sandbox import tiers
from mucode.judge.sandbox.pool import Pool
from mucode.judge.problem import Problem, function_from_json

PROGRAM = "def add(a, b):\n    return a + b\n"
ASSERTS = ["assert add(1, 2) == 3", "assert add(0, 0) == 0", "assert add(-1, 1) == 0"]
REFERENCE_IMPORTS = "import sys\nimport time\nimport itertools\nfrom itertools import accumulate\nimport re\n"
ROUNDS = 4
Action = Callable[[], None]


def problem() -> Problem:
    """Three asserts on a small function, as in the data sets."""
    given = {"id": "bench", "entry_point": "add", "code": PROGRAM, "public_tests": ASSERTS, "private_tests": []}
    return function_from_json(given)


def judge_action(pool: Pool) -> Action:
    """Judges the program once."""
    given = problem()

    def ignore(_: object) -> None:
        """Only whole verdicts count here."""

    def judge() -> None:
        candidate = {"id": "c", "program": PROGRAM}
        verdict = candidates.judge(pool, given, "public", candidate, threading.Event(), ignore, ignore)
        if verdict["verdict"] != "pass":
            raise SystemExit(f"The judge is wrong: {json.dumps(verdict)}")

    return judge


def reference_action(folder: Path, imports: str) -> Action:
    """Writes a test file and runs it in a new python3, as the reference implementation does."""

    def run() -> None:
        with tempfile.NamedTemporaryFile("w", suffix=".py", dir=folder, delete=False) as file:
            file.write("\n".join([imports, PROGRAM, *ASSERTS, "print('passed')", ""]))
        done = subprocess.run([sys.executable, file.name], capture_output=True, timeout=30, check=False)
        Path(file.name).unlink()
        if done.stdout != b"passed\n":
            raise SystemExit(f"The reference is wrong: {done.stderr.decode()}")

    return run


class Measured:
    """Times of one variant: alone for the latency, on all cores for the throughput."""

    def __init__(self, name: str, action: Action, runs: int) -> None:
        self.name = name
        self._action = action
        self._runs = runs
        self._alone: list[float] = []
        self._done = 0
        self._seconds = 0.0

    def alone(self) -> None:
        """One after the other."""
        for _ in range(self._runs):
            started = time.perf_counter()
            self._action()
            self._alone.append((time.perf_counter() - started) * 1000)

    def together(self, cores: int) -> None:
        """As many at once as there are cores."""
        started = time.perf_counter()
        with ThreadPoolExecutor(cores) as threads:
            for future in [threads.submit(self._action) for _ in range(self._runs * 2)]:
                future.result()
        self._seconds += time.perf_counter() - started
        self._done += self._runs * 2

    @property
    def rate(self) -> float:
        """Runs per second on all cores."""
        return self._done / self._seconds

    @property
    def median(self) -> float:
        """Milliseconds."""
        return statistics.median(self._alone)

    @property
    def p95(self) -> float:
        """Milliseconds."""
        return statistics.quantiles(self._alone, n=20)[-1]


def has_numpy() -> bool:
    """Whether the reference side can import numpy as the original does."""
    return subprocess.run([sys.executable, "-c", "import numpy"], capture_output=True, check=False).returncode == 0


def measure(variants: list[Measured], cores: int) -> None:
    """Interleaves the variants, so that a busy machine is busy for all of them."""
    for _ in range(ROUNDS):
        for one in variants:
            one.alone()
        for one in variants:
            one.together(cores)


def main() -> None:
    """Measures, prints, checks nothing: the bars are for the reader and for the gate."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=100, help="judge runs per round; the reference gets a tenth")
    parser.add_argument("--tier", choices=tiers.TIERS)
    options = parser.parse_args()
    cores = os.cpu_count() or 1
    slow = max(4, options.runs // 10)
    with Pool(cores, options.tier) as pool, tempfile.TemporaryDirectory() as folder:
        judging = judge_action(pool)
        for _ in range(20):
            judging()
        plain = Measured("python3 per file", reference_action(Path(folder), REFERENCE_IMPORTS), slow)
        variants = [Measured(f"judge ({pool.choice().tier})", judging, options.runs), plain]
        if has_numpy():
            imports = REFERENCE_IMPORTS + "import numpy as np\n"
            variants.append(Measured("python3 per file, numpy", reference_action(Path(folder), imports), slow))
        else:
            print("numpy is not importable here: the first ratio is against the reference without it.")
        measure(variants, cores)
    print(f"{'variant':26} {'median ms':>10} {'p95 ms':>10} {f'runs/s on {cores}':>14}")
    for one in variants:
        print(f"{one.name:26} {one.median:10.2f} {one.p95:10.2f} {one.rate:14.1f}")
    print(f"ratio without numpy: {variants[0].rate / plain.rate:.1f}")
    print(f"ratio: {variants[0].rate / variants[-1].rate:.1f}")


if __name__ == "__main__":
    main()
