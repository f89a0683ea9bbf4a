"""The judge's answer for one candidate, and how test results add up to it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Optional

RESULTS = ("pass", "fail", "error", "timeout", "limit", "tamper", "skipped")
JUDGED = ("unguarded", "guarded", "outside")
"""Where a result was decided, weakest first."""
_WORST_FIRST = ("tamper", "limit", "timeout", "error", "fail")


@dataclass(frozen=True)
class TestVerdict:
    """What became of one test; the texts are short, printable, and for people and models to read."""

    __test__ = False

    test: str
    result: str
    expected: Optional[str] = None
    got: Optional[str] = None
    error: Optional[str] = None
    ms: float = 0.0
    judged: str = "outside"
    line: Optional[str] = None
    """The candidate's own last line in the traceback, as `line 3: return x / 0`."""
    failing: Optional[str] = None
    """Source of the one assertion that failed, where the test holds more than that."""
    why: Optional[str] = None
    """Why it is unguarded, in one sentence; a tampered test says so in `error`."""

    def as_json(self) -> dict[str, object]:
        """The object of the protocol."""
        error = self.error
        if error is not None and self.line is not None:
            error = f"{error} ({self.line})"
        return {
            "test": self.test,
            "result": self.result,
            "expected": self.expected,
            "got": self.got,
            "error": error,
            "ms": round(self.ms, 1),
        }


@dataclass(frozen=True)
class Verdict:
    """The verdict on one candidate."""

    candidate: str
    verdict: str
    judged: str
    tests: list[TestVerdict]
    feedback: str
    fingerprint: str
    ms: float

    @property
    def why(self) -> Optional[str]:
        """One sentence on why the verdict is `tamper` or `unguarded`; None for every other one."""
        for test in self.tests:
            if test.result == self.verdict == "tamper":
                return test.error
        found = [test.why for test in self.tests if test.judged == "unguarded" and test.why is not None]
        return found[0] if self.judged == "unguarded" and found else None

    def as_json(self, tier: str) -> dict[str, object]:
        """The object of the protocol; `tier` is the isolation tier it was judged in."""
        return {
            "candidate": self.candidate,
            "verdict": self.verdict,
            "judged": self.judged,
            "why": self.why,
            "tests": [test.as_json() for test in self.tests],
            "feedback": self.feedback,
            "fingerprint": self.fingerprint,
            "ms": round(self.ms, 1),
            "tier": tier,
        }


def unusable(
    candidate: str, tests: Iterable[str], message: str, judged: str, on_test: "Callable[[TestVerdict], None]"
) -> Verdict:
    """The verdict on an answer that holds no program: every test, by its id, is an error with the same message."""
    verdicts = [TestVerdict(test, "error", error=message, judged=judged) for test in tests]
    for verdict in verdicts:
        on_test(verdict)
    return Verdict(candidate, "error", judged, verdicts, message, "", 0.0)


def worst_result(results: Iterable[str]) -> str:
    """The candidate's verdict: the worst of its results, where a skipped test counts as failed."""
    found = {"fail" if result == "skipped" else result for result in results}
    for result in _WORST_FIRST:
        if result in found:
            return result
    return "pass"


def weakest_judged(places: Iterable[str]) -> str:
    """Where the candidate was judged: the weakest place of its tests; without tests nothing guards it."""
    found = set(places)
    for place in JUDGED:
        if place in found:
            return place
    return "unguarded"
