"""Judged candidates for tests."""

from mucode.evaluate.select import Candidate
from mucode.prompts import Exchange


def candidate(
    name: str, *, public: str = "fail", passed: int = 0, correct: bool = False, score: float | None = None
) -> Candidate:
    """A candidate whose exchange carries its name; without a fingerprint when the name is empty."""
    exchange = Exchange(name or None, (), name, f"feedback on {name}")
    return Candidate(exchange, name or None, public, passed, correct, score)


def names(candidates: "list[Candidate]") -> list[str | None]:
    """What they were called."""
    return [one.exchange.code for one in candidates]
