"""Answers read and programs judged off the event loop, each distinct program of a problem once.

How a program is judged is in mucode.judge; what follows from a verdict is in episode.py.
"""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar, cast

from mucode.errors import MucodeError
from mucode.judge import candidates
from mucode.judge.errors import JudgeError
from mucode.judge.kinds import AnyProblem, problem_from_json
from mucode.judge.sandbox.pool import Pool
from mucode.prompts import Exchange, shown_program
from mucode.train.rows import ProblemRow

ResultT = TypeVar("ResultT")


@dataclass(frozen=True)
class Reading:
    """What an answer holds; without a program `message` says why."""

    answer: str
    shown: str | None = None
    """The program as prompts show it, without fence."""
    program: str | None = None
    """The whole program that is judged."""
    fingerprint: str | None = None
    code: str | None = None
    imports: tuple[str, ...] = ()
    message: str = ""

    def exchange(self, feedback: str) -> Exchange:
        """The answer with its feedback, as the next prompt has it."""
        return Exchange(self.code, self.imports, self.answer, feedback)


@dataclass(frozen=True)
class Judged:
    """A verdict, as far as rollouts need it."""

    verdict: str
    passed: int
    total: int
    feedback: str

    @property
    def passes(self) -> bool:
        """Whether every test passed."""
        return self.verdict == "pass"


class Judging:
    """Judges with the pool's fork servers below this process. Use it with `async with`, on one event loop.

    Equal programs are judged once. Programs that differ in layout only share a `pass`; a failure is judged for each
    text, because its feedback names lines, and must not depend on which text came first.
    """

    def __init__(self, workers: int) -> None:
        self._pool = Pool(workers)
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="judge")
        self._cancelled = threading.Event()
        self._problems: dict[str, AnyProblem] = {}
        self._known: dict[str, dict[tuple[str, str], asyncio.Task[Judged]]] = {}
        self._running: set[asyncio.Task[Judged]] = set()
        self.busy_s = 0.0
        """Seconds that threads have spent on reading and judging, all threads together."""
        self.judged = 0
        """Programs that were really run, each once per kind of tests."""

    async def __aenter__(self) -> Self:
        """Boots the sandbox: where there is none it is better to know that before a model is loaded."""
        try:
            await self._in_thread(self._pool.choice)
        except BaseException:
            await self._end()
            raise
        self.busy_s = 0.0
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._end()

    async def _end(self) -> None:
        self._cancelled.set()
        self._pool.interrupt()
        await asyncio.to_thread(self._close)
        # Nobody else may wait for these any more; their cancellation is no fault.
        await asyncio.gather(*self._running, return_exceptions=True)

    def _close(self) -> None:
        self._threads.shutdown(wait=True, cancel_futures=True)
        self._pool.close()

    async def read(self, row: ProblemRow, answer: str) -> Reading:
        """The program of an answer."""
        problem = self._problem(row)
        found = await self._in_thread(lambda: candidates.extract(problem, answer))
        if not found.ok:
            return Reading(answer, message=found.message)
        imports = tuple(found.imports)
        text = shown_program(row.problem, imports, found.code)
        return Reading(answer, text, found.program, found.fingerprint, found.code, imports)

    async def judge(self, row: ProblemRow, which: str, reading: Reading) -> Judged:
        """The verdict by the tests named `public` or `private`. Raises MucodeError for trouble of the judge itself."""
        total = len(row.problem[f"{which}_tests"])
        if reading.program is None or reading.fingerprint is None:
            return Judged("error", 0, total, reading.message)
        first = await self._once(row, which, reading.fingerprint, reading.program)
        return first if first.passes else await self._once(row, which, reading.program, reading.program)

    def forget(self, row: ProblemRow) -> None:
        """Lets go of a problem that is done."""
        self._known.pop(row.id, None)
        self._problems.pop(row.id, None)

    def _problem(self, row: ProblemRow) -> AnyProblem:
        if row.id not in self._problems:
            try:
                self._problems[row.id] = problem_from_json(row.problem)
            except JudgeError as error:
                raise MucodeError(f"The problem {row.id} cannot be judged: {error}") from error
        return self._problems[row.id]

    async def _once(self, row: ProblemRow, which: str, key: str, program: str) -> Judged:
        known = self._known.setdefault(row.id, {})
        if (which, key) not in known:
            task = asyncio.create_task(self._run(self._problem(row), which, program))
            self._running.add(task)
            task.add_done_callback(self._running.discard)
            known[which, key] = task
            # The text that came first under this fingerprint is not judged again by its text.
            known.setdefault((which, program), task)
        return await asyncio.shield(known[which, key])

    async def _run(self, problem: AnyProblem, which: str, program: str) -> Judged:
        def run() -> dict[str, Any]:
            candidate = {"id": "program", "program": program}
            verdict = candidates.judge(self._pool, problem, which, candidate, self._cancelled, _ignore, _ignore)
            return cast("dict[str, Any]", verdict)

        self.judged += 1
        verdict = await self._in_thread(run)
        results = [test["result"] for test in verdict["tests"]]
        return Judged(verdict["verdict"], results.count("pass"), len(results), verdict["feedback"])

    async def _in_thread(self, work: Callable[[], ResultT]) -> ResultT:
        def timed() -> tuple[ResultT, float]:
            began = time.monotonic()
            return work(), time.monotonic() - began

        try:
            result, seconds = await asyncio.get_running_loop().run_in_executor(self._threads, timed)
        except JudgeError as error:
            raise MucodeError(f"The judge failed: {error}") from error
        self.busy_s += seconds
        return result


def _ignore(_: object) -> None:
    """Only whole verdicts count here."""
