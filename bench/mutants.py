"""Right and wrong programs of real problems: MBPP's solutions and slips made of them, each judged by all tests.

For measurements of verifiers, which need many programs of known worth and no generator.
"""

import ast
import asyncio
import random
from collections.abc import Iterator, Sequence

from mucode.problems import mbpp
from mucode.problems.row import Split
from mucode.prompts import fence
from mucode.train.rollout.judging import Judging
from mucode.train.rows import ProblemRow, RolloutRow

SLIPS = (
    *((" + ", " - "), (" - ", " + "), (" * ", " + "), (" < ", " <= "), (" > ", " >= "), (" == ", " != ")),
    *(("range(", "range(1, "), ("[0]", "[-1]"), (" and ", " or "), ("max(", "min("), ("sum(", "max("), ("0", "1")),
    *(("True", "False"), ("+= 1", "+= 2"), ("sorted(", "list("), ("return ", "return not "), ("len(", "-len(")),
)


def rows_of(split: Split, problems: int, slips: int, workers: int = 2) -> tuple[list[ProblemRow], list[RolloutRow]]:
    """Problems of a split, drawn with seed 1, and a rollout row of one turn for each of their programs."""
    rows = mbpp.load(split)
    chosen = random.Random(1).sample(rows, min(problems, len(rows)))  # noqa: S311  no secret
    problems_of = [ProblemRow(row.problem, row.task, "mbpp") for row in chosen]
    texts = [[row.solution, *_slips(row.solution, slips)] for row in chosen]
    return problems_of, asyncio.run(_judged(list(zip(problems_of, texts, strict=True)), workers))


def _slips(solution: str, most: int) -> Iterator[str]:
    text = solution.replace("\r\n", "\n")
    found = [text.replace(old, new, 1) for old, new in SLIPS if old in text]
    return iter([one for one in dict.fromkeys(found) if _parses(one)][:most])


def _parses(text: str) -> bool:
    try:
        ast.parse(text)
    except SyntaxError:
        return False
    return True


async def _judged(texts: Sequence[tuple[ProblemRow, Sequence[str]]], workers: int) -> list[RolloutRow]:
    async with Judging(workers) as judging:
        every = [(row, number, text) for row, own in texts for number, text in enumerate(own)]
        return list(await asyncio.gather(*(_row(judging, *one) for one in every)))


async def _row(judging: Judging, row: ProblemRow, number: int, text: str) -> RolloutRow:
    answer = fence(text)
    reading = await judging.read(row, answer)
    public, private = [await judging.judge(row, which, reading) for which in ("public", "private")]
    return RolloutRow(
        problem=row.id,
        rollout=number,
        turn=1,
        seed=0,
        messages=(),
        answer=answer,
        prompt_ids=None,
        completion_ids=None,
        finish="stop",
        shown=reading.shown,
        program=reading.program,
        fingerprint=reading.fingerprint,
        public=public.verdict,
        public_passed=public.passed,
        public_total=public.total,
        private=private.verdict,
        private_passed=private.passed,
        private_total=private.total,
        feedback="",
        weights="none",
    )
