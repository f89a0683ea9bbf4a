"""`check`: judges candidate files against a problem file, one JSON verdict per line."""

import json
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Optional

from .candidates import holds_the_rest, judge
from .errors import BadInputError, JudgeError
from .kept import Kept
from .kinds import AnyProblem, problem_from_json
from .sandbox.pool import Pool
from .verdict import TestVerdict


def _read(path: str) -> str:
    try:
        return Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInputError(f"{path} cannot be read: {error}") from error


def _problem(path: str) -> AnyProblem:
    text = _read(path)
    try:
        return problem_from_json(json.loads(text))
    except (ValueError, RecursionError, JudgeError) as error:
        raise BadInputError(f"{path} is no problem file: {error}") from error


def _candidate(problem: AnyProblem, path: str) -> dict[str, str]:
    """A file that holds the problem's context is a whole program; anything else is an answer, to be spliced in."""
    text = _read(path)
    return {"id": path, "program" if holds_the_rest(problem, text) else "answer": text}


def _ignore(_test: TestVerdict) -> None:
    """`check` prints whole verdicts only."""


def _warn(message: str) -> None:
    print(f"judge: {message}", file=sys.stderr)


def check(
    problem_path: str, candidate_paths: Sequence[str], which: str, pool: Pool, kept: Optional[Kept] = None
) -> int:
    """Returns 0 when every candidate was judged, whatever its verdict. Raises JudgeError."""
    problem = _problem(problem_path)
    candidates = [_candidate(problem, path) for path in candidate_paths]
    stop = threading.Event()
    with ThreadPoolExecutor(pool.workers) as threads:
        verdicts = [threads.submit(judge, pool, problem, which, one, stop, _ignore, _warn) for one in candidates]
        try:
            for one, verdict in zip(candidates, verdicts):
                if kept is not None:
                    kept.add(problem.id, which, one, verdict.result())
                print(json.dumps(verdict.result()), flush=True)
        except BaseException:
            stop.set()
            threads.shutdown(wait=False, cancel_futures=True)
            raise
    return 0
