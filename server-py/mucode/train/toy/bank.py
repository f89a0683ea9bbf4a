"""The toy's problems, and the answers that its engine chooses from. The engine itself is in rollout/toy_engine.py."""

import hashlib
import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from mucode.problems import jsonl
from mucode.problems.row import Row, Split

PROBLEMS = Path(__file__).with_name("problems.jsonl")
_ANSWERS = Path(__file__).with_name("answers.jsonl")


@dataclass(frozen=True)
class Answer:
    """Something that the toy generator may say about one problem."""

    text: str
    right: bool
    """What the judge will find: for tests, never for the engine."""
    later: bool
    """Whether it takes feedback to come upon it: only conversations that have some may get it."""


def toy_rows(split: Split | None = None) -> list[Row]:
    """The toy problems, all or those of one split."""
    return jsonl.load(PROBLEMS, split)


@cache
def answers() -> dict[str, tuple[Answer, ...]]:
    """The answers by the problem's id. Their order says nothing about them: of equally likely ones the first wins."""
    found: dict[str, list[Answer]] = {}
    for line in _ANSWERS.read_text(encoding="utf-8").splitlines():
        one = json.loads(line)
        found.setdefault(one["problem"], []).append(Answer(one["text"], one["right"], one["later"]))
    return {problem: tuple(sorted(bank, key=_anyhow)) for problem, bank in found.items()}


def _anyhow(answer: Answer) -> bytes:
    return hashlib.sha256(answer.text.encode()).digest()
