"""What each op of `serve` does with its request. Shapes are those of the protocol; the work is in other files."""

import functools
import platform
from collections.abc import Callable
from concurrent.futures import Executor
from typing import Any, Optional, cast

from . import __version__, candidates, inspection
from .errors import JudgeError
from .kept import Kept
from .kinds import AnyProblem, problem_from_json
from .requests import Request, Requests
from .sandbox.pool import Errand, Pool
from .verdict import TestVerdict
from .workspace.context import context_of
from .workspace.discovery import discover
from .workspace.neighbours import neighbours
from .workspace.problem import buffers_of, relative_path, root_of
from .workspace.request import request_from

PROTOCOL = 1
Operation = Callable[[Request, dict[str, Any]], None]


class Operations:
    """The ops by their names. Those that run programs hand that over to `judging`."""

    def __init__(self, pool: Pool, requests: Requests, judging: Executor, kept: Optional[Kept]) -> None:
        self._pool = pool
        self._requests = requests
        self._judging = judging
        self._kept = kept
        self.known: dict[Any, Operation] = {
            "hello": self._hello,
            "inspect": self._inspect,
            "region": self._region,
            "extract": self._extract,
            "judge": self._judge,
            "discover": self._discover,
            "context": self._context,
            "neighbours": self._neighbours,
        }

    def _hello(self, request: Request, _message: dict[str, Any]) -> None:
        choice = self._pool.choice()
        content = {
            "v": PROTOCOL,
            "judge": __version__,
            "tier": choice.tier,
            "why": list(choice.why),
            "python": platform.python_version(),
            "workers": self._pool.workers,
        }
        self._requests.answer(request, "hello", content)

    def _inspect(self, request: Request, message: dict[str, Any]) -> None:
        self._requests.answer(request, "inspected", inspection.inspect(_text(message, "text")))

    def _region(self, request: Request, message: dict[str, Any]) -> None:
        text, entry_point = _text(message, "text"), _text(message, "entry_point")
        self._requests.answer(request, "region", inspection.region(text, entry_point))

    def _extract(self, request: Request, message: dict[str, Any]) -> None:
        problem = problem_from_json(message.get("problem"))
        found = candidates.extract(problem, _text(message, "answer"))
        self._requests.answer(request, "extracted", found.as_json())

    def _judge(self, request: Request, message: dict[str, Any]) -> None:
        problem = problem_from_json(message.get("problem"))
        which = _text(message, "which")
        problem.tests(which)
        given = [_candidate(one) for one in _list(message, "candidates")]
        works = [functools.partial(self._judge_one, request, problem, which, one) for one in given]
        self._requests.hand_over(request, works, self._judging)

    def _judge_one(self, request: Request, problem: AnyProblem, which: str, candidate: dict[str, str]) -> None:
        def on_test(test: TestVerdict) -> None:
            event = {"candidate": candidate["id"], "test": test.test, "result": test.result, "ms": round(test.ms, 1)}
            self._requests.tell(request, "test", event)

        on_infra = self._on_infra(request)
        verdict = candidates.judge(self._pool, problem, which, candidate, request.cancelled, on_test, on_infra)
        if self._kept is not None:
            self._kept.add(problem.id, which, candidate, verdict)
        self._requests.tell(request, "verdict", verdict)

    def _on_infra(self, request: Request) -> "Callable[[str], None]":
        return lambda message: self._requests.tell(request, "infra", {"message": message})

    def _discover(self, request: Request, message: dict[str, Any]) -> None:
        wanted = request_from(message)

        def work() -> None:
            errand = Errand(request.cancelled, on_infra=self._on_infra(request))
            say = functools.partial(self._say, request)
            self._requests.answer(request, "discovered", discover(self._pool, wanted, errand, say))

        self._requests.hand_over(request, [work], self._judging)

    def _context(self, request: Request, message: dict[str, Any]) -> None:
        text, entry_point, budget = _text(message, "text"), _text(message, "entry_point"), message.get("budget")
        if type(budget) is not int or budget < 0:
            raise JudgeError("budget must be a number of tokens.")
        self._requests.answer(request, "context", context_of(text, entry_point, budget))

    def _neighbours(self, request: Request, message: dict[str, Any]) -> None:
        root, file = root_of(message), relative_path(_text(message, "file"), "file")
        unsaved = dict(buffers_of(message))

        def work() -> None:
            self._requests.answer(request, "neighbours", neighbours(root, file, unsaved).as_json())

        self._requests.hand_over(request, [work], self._judging)

    def _say(self, request: Request, message: str) -> None:
        self._requests.tell(request, "discovering", {"message": message})


def _text(message: dict[str, Any], name: str) -> str:
    value = message.get(name)
    if not isinstance(value, str):
        raise JudgeError(f"{name} must be text.")
    return value


def _list(message: dict[str, Any], name: str) -> list[object]:
    value = message.get(name)
    if not isinstance(value, list):
        raise JudgeError(f"{name} must be a list.")
    return cast("list[object]", value)


def _candidate(given: object) -> dict[str, str]:
    if isinstance(given, dict):
        fields = cast("dict[str, object]", given)
        found = {name: value for name, value in fields.items() if isinstance(value, str)}
        if "id" in found and ("answer" in found) != ("program" in found):
            return found
    raise JudgeError("A candidate is an object with an id and either an answer or a program, all of them text.")
