"""What the model and the user are told about a failed candidate: bounded, printable, assertion lines kept."""

from collections.abc import Sequence

from ..problem import Test
from ..verdict import TestVerdict
from .values import printable, shorten

MOST_CHARACTERS = 1200
MOST_DETAILED = 3
_SOURCE_SHOWN = 240


def compose(tests: Sequence[Test], verdicts: Sequence[TestVerdict]) -> str:
    """Feedback on one candidate; empty when everything passed. At most MOST_CHARACTERS characters."""
    sources: dict[str, str] = {test.id: test.source for test in tests}
    bad = [verdict for verdict in verdicts if verdict.result != "pass"]
    if not bad:
        return ""
    told = [verdict for verdict in bad if verdict.result != "skipped"] or bad
    parts: list[str] = [f"{len(bad)} of {len(verdicts)} tests failed."]
    room = (MOST_CHARACTERS - 80) // min(len(told), MOST_DETAILED)
    parts.extend(_one(sources.get(verdict.test, ""), verdict, room) for verdict in told[:MOST_DETAILED])
    if len(bad) > MOST_DETAILED:
        parts.append(f"… and {len(bad) - MOST_DETAILED} more.")
    return shorten("\n\n".join(parts), MOST_CHARACTERS)


def _one(source: str, verdict: TestVerdict, room: int) -> str:
    shown = verdict.failing if verdict.failing is not None else source
    lines = ["Failed: " + shorten(printable(shown.strip()), min(_SOURCE_SHOWN, room // 2))]
    detail = max(40, (room - len(lines[0])) // 3)
    if verdict.expected is not None:
        lines.append("  expected: " + shorten(verdict.expected, detail))
    if verdict.got is not None:
        lines.append("  got:      " + shorten(verdict.got, detail))
    if verdict.error is not None:
        where = "" if verdict.line is None else f", at {verdict.line}"
        lines.append("  error:    " + shorten(verdict.error + where, detail))
    elif verdict.result not in ("fail", "error"):
        lines.append(f"  result:   {verdict.result}")
    return "\n".join(lines)
