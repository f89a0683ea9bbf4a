"""Candidates of a project that ignore their time limit: each is ended within 100 ms of it, with all that it started."""

import json
import os
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mucode.judge import candidates
from mucode.judge.errors import NoIsolationError
from mucode.judge.inspection import region
from mucode.judge.kinds import problem_from_json
from mucode.judge.sandbox import tiers
from mucode.judge.sandbox.pool import Pool
from tests.corpus.conftest import descendants
from tests.corpus.test_corpus import latest_ms

LIMIT_S = 2.0
TRIES = 3
"""A busy machine may be late once: the best of these counts."""
SHOP: dict[str, Any] = json.loads((Path(__file__).parent / "project" / "shop.json").read_text("utf-8"))
IGNORING = {
    "a loop": "    while True: pass\n",
    "a long sleep": "    import time\n    time.sleep(600)\n",
    "whatever is raised is caught": (
        "    while True:\n        try:\n            while True: pass\n        except BaseException: pass\n"
    ),
    "signals are ignored": (
        "    import signal, time\n"
        "    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM, signal.SIGHUP):\n"
        "        signal.signal(number, signal.SIG_IGN)\n"
        "    time.sleep(600)\n"
    ),
    "threads that never end": (
        "    import threading, time\n"
        "    for _ in range(8): threading.Thread(target=time.sleep, args=(600,)).start()\n"
        "    time.sleep(600)\n"
    ),
    "processes in sessions of their own": (
        "    import os, time\n"
        "    for _ in range(4):\n"
        "        if os.fork() == 0:\n"
        "            os.setsid()\n"
        "            break\n"
        "    time.sleep(600)\n"
    ),
    "one long call that holds the interpreter": "    return 7 ** (7 ** 12)\n",
    "output without end": "    while True: print('x', flush=True); __import__('time').sleep(0.001)\n",
}


@pytest.fixture(scope="module", params=["T3", pytest.param("T2", marks=pytest.mark.long)])
def pool(request: pytest.FixtureRequest) -> Iterator[Pool]:
    before = set(descendants(os.getpid()))
    with Pool(1, str(request.param)) as made:
        try:
            made.choice()
        except NoIsolationError as error:
            pytest.skip(f"NOT TESTED: {tiers.MEANING[str(request.param)]}: {error}")
        yield made
    assert set(descendants(os.getpid())) <= before


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shop")
    for name, text in SHOP["files"].items():
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(text, "utf-8")
    return folder


def late_ms(pool: Pool, root: Path, program: str) -> float:
    """Milliseconds from the limit to the end of the candidate's process, seen from outside."""
    text: str = SHOP["files"][SHOP["file"]]
    problem = problem_from_json(
        {
            "id": "shop",
            "kind": "workspace",
            "root": str(root),
            "file": SHOP["file"],
            "text": text,
            "lines": region(text, SHOP["entry_point"])["lines"],
            "code": region(text, SHOP["entry_point"])["code"],
            "entry_point": SHOP["entry_point"],
            "adapter": "pytest",
            "public_tests": [{"id": SHOP["tests"][0], "source": ""}],
            "time_limit_s": 60,
            "suite_limit_s": LIMIT_S,
        }
    )
    given, nobody = {"id": "c", "program": program}, threading.Event()
    verdict = candidates.judge(pool, problem, "public", given, nobody, lambda _: None, lambda _: None)
    assert verdict["verdict"] == "timeout", verdict
    ms = verdict["ms"]
    assert isinstance(ms, (int, float))
    return ms - LIMIT_S * 1000


@pytest.mark.parametrize("name", IGNORING)
def test_a_candidate_that_ignores_its_limit_is_ended_in_time(pool: Pool, root: Path, name: str) -> None:
    text: str = SHOP["files"][SHOP["file"]]
    head, mark, rest = text.partition(f"def {SHOP['entry_point']}(")
    signature, colon, _ = rest.partition(":\n")
    program = f"{head}{mark}{signature}{colon}{IGNORING[name]}"
    assert any(late_ms(pool, root, program) < latest_ms() for _ in range(TRIES))


def test_a_module_that_never_ends_its_import_is_ended_in_time(pool: Pool, root: Path) -> None:
    program = f"while True: pass\n{SHOP['files'][SHOP['file']]}"
    assert any(late_ms(pool, root, program) < latest_ms() for _ in range(TRIES))
