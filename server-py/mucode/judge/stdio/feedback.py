"""What the model and the user are told about a failed program: input, expected output, its own output. Bounded."""

from collections.abc import Sequence

from ..function.feedback import MOST_CHARACTERS, MOST_DETAILED
from ..function.values import printable, shorten
from ..verdict import TestVerdict
from .problem import Case


def compose(cases: Sequence[Case], verdicts: Sequence[TestVerdict]) -> str:
    """Feedback on one candidate; empty when everything passed. At most MOST_CHARACTERS characters."""
    inputs = {case.id: case.input for case in cases}
    bad = [verdict for verdict in verdicts if verdict.result != "pass"]
    if not bad:
        return ""
    told = [verdict for verdict in bad if verdict.result != "skipped"] or bad
    room = (MOST_CHARACTERS - 80) // min(len(told), MOST_DETAILED)
    parts = [f"{len(bad)} of {len(verdicts)} tests failed."]
    parts.extend(_one(inputs[verdict.test], verdict, room) for verdict in told[:MOST_DETAILED])
    if len(bad) > MOST_DETAILED:
        parts.append(f"… and {len(bad) - MOST_DETAILED} more.")
    return shorten("\n\n".join(parts), MOST_CHARACTERS)


def _one(given: str, verdict: TestVerdict, room: int) -> str:
    error = verdict.error
    if error is not None and verdict.line is not None:
        error = f"{error}, at {verdict.line}"
    parts = [("input", given), ("expected", verdict.expected), ("got", verdict.got), ("error", error)]
    told = [(name, text) for name, text in parts if text is not None]
    most = (room - 40) // len(told) - 20
    blocks = [_block(name, printable(text.rstrip()), most) for name, text in told]
    return "\n".join([f"Failed: {printable(verdict.test)[:40]}", *blocks])


def _block(name: str, text: str, most: int) -> str:
    """One line where that is enough, else the text below its name, indented."""
    if "\n" not in text:
        return f"  {name + ':':<9} {shorten(text, most) or '(nothing)'}"
    return f"  {name}:\n" + shorten("\n".join(f"    {line}" for line in text.split("\n")), most)
