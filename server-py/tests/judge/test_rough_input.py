"""Requests and answers that nobody should send: each gets a quick, plain reply, and the judge lives on."""

import io
import json
import time

import pytest

from mucode.judge.answers.answer import extract
from mucode.judge.sandbox.pool import Pool
from mucode.judge.serve import Service
from tests.judge.judged import problem


@pytest.mark.parametrize("answer", ["def f(x):\n" * 60_000, "```python\n" * 50_000, "def f(x): return (\n" * 20_000])
def test_a_long_answer_without_code_is_refused_soon(answer: str) -> None:
    started = time.process_time()
    assert not extract(problem(["assert f(1)"]), answer).ok
    assert time.process_time() - started < 3


def test_a_function_within_a_class_is_named_as_the_trouble() -> None:
    found = extract(problem(["assert f(1)"]), "```python\nclass S:\n    def f(self, x):\n        return x\n```")
    assert (found.reason, "within something else" in found.message) == ("wrong_name", True)


@pytest.mark.parametrize("operation", [["judge"], {"op": 1}, None, 7])
def test_an_op_of_any_type_is_answered(operation: object) -> None:
    sink = io.BytesIO()
    with Pool(1) as pool:
        Service(pool, io.BytesIO(json.dumps({"op": operation, "id": 1}).encode() + b"\n"), sink).run()
    assert json.loads(sink.getvalue())["event"] == "error"
