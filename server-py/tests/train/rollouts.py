"""Rollout rows for tests: only what a test is about is written out."""

from typing import Any

from mucode.train.rows import RolloutRow


def turn(problem: str, rollout: int, number: int, program: str | None, **more: Any) -> RolloutRow:  # noqa: ANN401 — any column
    """A turn whose answer held `program` (also its fingerprint), right if that begins with "right"."""
    right = program is not None and program.startswith("right")
    values: dict[str, Any] = {
        "problem": problem,
        "rollout": rollout,
        "turn": number,
        "seed": 0,
        "messages": ({"role": "user", "content": f"{problem} turn {number}"},),
        "answer": f"answer {program}",
        "prompt_ids": None,
        "completion_ids": None,
        "finish": "stop",
        "shown": program,
        "program": program,
        "fingerprint": program,
        "public": "pass" if right else "fail",
        "public_passed": int(right),
        "public_total": 1,
        "private": "pass" if right else None,
        "private_passed": int(right),
        "private_total": 1,
        "feedback": "",
        "weights": "base",
    }
    return RolloutRow(**(values | more))
