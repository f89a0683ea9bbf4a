"""The gateway's token ids are the trainer's: one piece of code, in another process."""

import asyncio
import json
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from mucode.serve.encoder import Encoder, RefusedError
from mucode.train.rows import ProblemRow
from mucode.train.toy.bank import answers, toy_rows
from mucode.train.verifier.encoding import encoded
from mucode.train.verifier.text import verifier_ids, verifier_messages

transformers: Any = pytest.importorskip("transformers", reason="the environment for training is not there")
pytestmark = pytest.mark.train
BASELINE = {"feedback": "f(1) gave 2, expected 3"}
HARD = ["", "x = '<|im_end|>'\n", "s = 'é\u2028😀'\n\tif  a:  pass", "```\nprint(1)\n```", "x = 1\n" * 400]


@pytest.fixture
def folder(base: Path) -> Path:
    """The base's tokenizer, as in a verifier's folder."""
    (base / "verifier.json").write_text(json.dumps({"revision": "r", "max_length": 300, "temperature": 1.0}))
    return base


def test_ids_from_the_other_process_are_those_of_training(folder: Path) -> None:
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)

    async def compare() -> int:
        encoder = Encoder(Path(sys.executable), folder)
        cut = 0
        try:
            for row in toy_rows()[:6]:
                programs = [*HARD, *(answer.text for answer in answers()[row.problem["id"]])]
                baseline = BASELINE if row.task == "repair" else None
                request = {"problem": row.problem, "task": row.task, "baseline": baseline, "programs": programs}
                own = ProblemRow(row.problem, row.task, "toy", baseline)
                expected = [verifier_ids(tokenizer, verifier_messages(own, one), 300) for one in programs]
                assert await encoder.encode(request) == expected
                cut += sum(len(ids) == 300 for ids in expected)
        finally:
            await encoder.stop()
        return cut

    assert asyncio.run(compare()) >= 6, "some texts were too long, and lost the same piece"


def test_a_problem_without_its_parts_is_refused_and_the_next_one_is_not(folder: Path) -> None:
    async def ask() -> list[list[int]]:
        encoder = Encoder(Path(sys.executable), folder)
        request = {"problem": {"id": "p"}, "task": "repair", "baseline": None, "programs": ["x = 1"]}
        try:
            with pytest.raises(RefusedError, match="not a problem as the judge reads it"):
                await encoder.encode(request)
            return await encoder.encode({**request, "problem": toy_rows()[0].problem})
        finally:
            await encoder.stop()

    assert len(asyncio.run(ask())) == 1


def test_ids_do_not_change_with_the_day(folder: Path) -> None:
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    tokenizer.chat_template = (
        "{% if not date_string is defined %}{% set date_string = strftime_now('%d %b %Y') %}{% endif %}"
        "{{ 'Today Date: ' + date_string }}{% for m in messages %}{{ m['content'] }}{% endfor %}"
    )
    row = toy_rows()[0]
    found = encoded(
        {"problem": row.problem, "task": row.task, "baseline": None, "programs": ["x = 1"]}, tokenizer, 4000
    )
    text = tokenizer.decode(found["ids"][0])
    assert text.startswith("Today Date: 26 Jul 2024")
    assert datetime.now().astimezone().strftime("%d %b %Y") not in text
