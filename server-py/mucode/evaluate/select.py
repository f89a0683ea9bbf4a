"""How the pick of a turn is made in an evaluation (μCode, section 3.3 and the selector ablation of section 4)."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from mucode.prompts import Exchange


@dataclass(frozen=True)
class Candidate:
    """One judged answer. `correct` is the oracle's word: only the selector `oracle`, a bound, may look at it."""

    exchange: Exchange
    """The answer and its feedback, as the next prompt would show them."""
    fingerprint: str | None
    public: str
    """Verdict by the public tests."""
    public_passed: int
    correct: bool
    score: float | None
    """R_φ; None without a verifier, or when the answer held no program."""

    @property
    def passes(self) -> bool:
        """Whether it passes all public tests, which is what stops a search."""
        return self.public == "pass"


Key = Callable[[Candidate], tuple[float, ...]]


def _tests(candidate: Candidate) -> tuple[float, ...]:
    """Tests first; a program that tampers passes none."""
    passed = -1.0 if candidate.public == "tamper" else float(candidate.public_passed)
    return (float(candidate.passes), passed, float(candidate.fingerprint is not None))


def _score(candidate: Candidate) -> tuple[float, ...]:
    return (float("-inf") if candidate.score is None else candidate.score,)


# What passes the public tests ends a search: the oracle keeps a wrong program that does so for when there is no other.
_KEYS: Mapping[str, Key] = {
    "random": lambda _: (),
    "lv": _score,
    "pt": _tests,
    "pt+lv": lambda candidate: (*_tests(candidate), *_score(candidate)),
    "oracle": lambda candidate: (float(candidate.correct), float(not candidate.passes), *_tests(candidate)),
}
SELECTORS = tuple(name for name in _KEYS if name != "oracle")
ASKS_VERIFIER = frozenset({"lv", "pt+lv"})


def pick(candidates: Sequence[Candidate], selector: str, seed: int) -> Candidate:
    """The best candidate of a turn; the seed decides among equals. Raises ValueError when there is none."""
    key = _KEYS[selector]
    best = max(map(key, candidates))
    equals = [candidate for candidate in candidates if key(candidate) == best]
    return random.Random(seed).choice(equals)  # noqa: S311  a tie, no secret
