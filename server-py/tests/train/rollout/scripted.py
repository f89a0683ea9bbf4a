"""An engine that says what a test tells it to, and problems small enough to judge by eye."""

import asyncio
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from mucode.train.rollout.engine import Completion
from mucode.train.rows import ProblemRow

Script = Callable[[Sequence[Mapping[str, str]], int], str]
"""What to answer in a state (its messages) to a seed. May raise."""


@dataclass
class Scripted:
    """Remembers what it was asked. `slow` says how often others may go first."""

    script: Script
    slow: Callable[[int], int] = lambda _: 0
    asked: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    name: str = "scripted"
    cut: Callable[[int], bool] = lambda _: False
    """Of which seeds the answer ends at the limit of tokens."""

    async def complete(self, messages: Sequence[Mapping[str, str]], **settings: Any) -> list[Completion]:  # noqa: ANN401  see Engine
        self.asked.append({"messages": messages, **settings})
        for _ in range(self.slow(settings["seeds"][0])):
            await asyncio.sleep(0.001)
        return [
            Completion(self.script(messages, seed), (1, 2), (seed % 7,), finish="length" if self.cut(seed) else "stop")
            for seed in settings["seeds"][: settings["n"]]
        ]

    async def abort(self, rid: str) -> None:
        """Nothing is under way."""

    @asynccontextmanager
    async def served(self) -> AsyncGenerator["Scripted"]:
        """As `engine_for` gives it."""
        yield self


def doubling(name: str = "p", private: Sequence[str] = ("assert f(3) == 6",)) -> ProblemRow:
    """To write: a function that doubles. f(2) == 4 is public, so squaring looks right."""
    problem = {
        "id": name,
        "language": "python",
        "kind": "function",
        "instruction": f"Double a number, for {name}.",
        "context": "",
        "entry_point": "f",
        "code": "def f(x):\n    ...\n",
        "public_tests": [{"id": "t1", "source": "assert f(2) == 4"}],
        "private_tests": [{"id": f"p{k}", "source": source} for k, source in enumerate(private)],
        "time_limit_s": 5.0,
    }
    return ProblemRow(problem, "write", "test")


def fenced(body: str) -> str:
    return f"```python\ndef f(x):\n    {body}\n```"


RIGHT, SQUARE, WRONG, PROSE = fenced("return x + x"), fenced("return x * x"), fenced("return x + 9"), "I cannot."
