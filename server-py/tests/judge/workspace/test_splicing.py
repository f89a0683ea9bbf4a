"""The new text of a file under repair, as the editor makes it too: the cases are shared with TypeScript."""

import ast
import json
from pathlib import Path
from typing import Any

import pytest

from mucode.judge.syntax import parse
from mucode.judge.workspace.splicing import spliced

CONTRACT = json.loads((Path(__file__).parents[4] / "test" / "contract" / "splices.json").read_text("utf-8"))


@pytest.mark.parametrize("case", CONTRACT, ids=lambda case: case["name"])
def test_a_file_is_spliced_as_the_contract_says(case: "dict[str, Any]") -> None:
    assert spliced(case["text"], case["lines"], case["code"], case["imports"]) == case["expected"]


@pytest.mark.parametrize("case", CONTRACT, ids=lambda case: case["name"])
def test_a_file_that_is_python_stays_python_and_keeps_its_docstring(case: "dict[str, Any]") -> None:
    before, after = parse(case["text"]), parse(case["expected"])
    if before is None:
        return
    assert after is not None
    assert ast.get_docstring(after) == ast.get_docstring(before)
    compile(case["expected"], "spliced", "exec", dont_inherit=True)
