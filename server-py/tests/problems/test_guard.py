"""Evaluation problems do not get into training data, renamed or reformatted either."""

import ast
import re
from pathlib import Path
from typing import TypeGuard

import pytest

from mucode.judge.syntax import parse_strictly
from mucode.problems import fingerprints, humaneval, humanevalpack, mbpp
from mucode.problems.evaluation import evaluation_prints
from mucode.problems.files import DataError
from mucode.problems.guard import Guard
from mucode.problems.row import INSTRUCTIONS, Row
from mucode.prompts import templates
from tests.problems.published import rows

SOLUTION = '''def mean_distance(values):
    """Return the mean distance of the values from their mean, a number."""
    mean = sum(values) / len(values)
    return sum(abs(value - mean) for value in values) / len(values)
'''


def row(solution: str, instruction: str = INSTRUCTIONS["write"], code: str = "def f(x):\n    ...\n") -> Row:
    problem = {"id": "own/1", "instruction": instruction, "code": code, "entry_point": "f"}
    return Row(problem, "write" if "..." in code else "repair", solution)


def guard_of(*known: Row) -> Guard:
    return Guard({"HumanEval": fingerprints.union(fingerprints.prints_of(one) for one in known)})


def test_a_solution_is_recognised_under_other_names_and_another_layout() -> None:
    renamed = "def f(a):\n    m = sum(a)/len(a) # mean\n    return sum(abs(b - m) for b in a) / len(a)\n"
    match = guard_of(row(SOLUTION)).match(row(renamed))
    assert match is not None
    assert str(match) == "own/1: its program is in HumanEval"


def test_a_buggy_version_of_the_data_set_is_recognised_as_code_under_repair() -> None:
    buggy = SOLUTION.replace("abs(value - mean)", "value - mean")
    known = row(SOLUTION, code=buggy)
    assert guard_of(known).match(row("def g(x):\n    return x + 1\n", code=buggy)) is not None


def test_a_prompt_is_recognised_by_its_words() -> None:
    asked = "Return the MEAN distance of the values,\n from their mean: a number."
    match = guard_of(row(SOLUTION)).match(row("def g(x):\n    return x + 1\n", instruction=asked))
    assert match is not None
    assert match.by == "text"


def test_another_problem_may_be_trained_on() -> None:
    other = row("def total(values):\n    return sum(values) - min(values)\n", "Sum up all values but the smallest one.")
    assert guard_of(row(SOLUTION)).divide([other]) == ([other], [])


def test_stubs_and_our_own_instructions_match_nothing() -> None:
    assert guard_of(row(SOLUTION)).match(row("def g(x):\n    return [x, x]\n")) is None


def test_a_prompt_is_recognised_without_case_signs_articles_and_other_forms_of_letters() -> None:
    known = row(SOLUTION, instruction="Write a python function to find the first digit of a ﬁle.")
    asked = "Write  a function: find -- 'first DIGIT'\nof file."
    near = "Write a function to find first\tdigit of THE file"
    assert guard_of(known).match(row("def g(x):\n    return x + 1\n", instruction=near)) is not None
    assert guard_of(known).match(row("def g(x):\n    return x + 1\n", instruction=asked)) is None, "other words"


def test_a_prompt_and_a_program_are_recognised_inside_other_words() -> None:
    known = guard_of(row(SOLUTION, instruction="Write a function to count geese. They cross the river."))
    around = (
        "You are an expert. Here is your task: write a function to count geese.\nThey cross the river!\n"
        "Your code should pass these tests:\n\nassert f(1) == 2"
    )
    assert known.match(row("def g(x):\n    return x + 1\n", instruction=around)) is not None
    fenced = f"Explain what this does.\n```python\n{SOLUTION.replace('values', 'numbers')}```\nThen write it anew."
    found = known.match(row("", instruction=fenced, code="def mean_distance(x):\n    ...\n"))
    assert found is not None
    more = "Write a function to count geese and ducks. They cross the river."
    assert known.match(row("def g(x):\n    return x + 1\n", instruction=more)) is None


def test_every_prompt_of_humaneval_is_recognised_when_it_is_the_instruction() -> None:
    guard = Guard.installed()
    for one in rows(humaneval.load):
        prompt = f"Complete this program:\n\n{one.problem['context']}\n\n{one.problem['code']}"
        about = {"id": "own", "instruction": prompt, "code": "", "entry_point": "solve"}
        assert guard.match(Row(about, "write", "")) is not None, one.problem["id"]


def test_a_script_is_recognised_too() -> None:
    script = "import sys\nn = int(input())\nprint(sum(range(n)), file=sys.stdout)\n"
    known = Row({"id": "1", "instruction": "", "code": ""}, "write", script)
    renamed = "import sys as s\nlast = int(input())  # n\nprint(sum(range(last)), file=s.stdout)\n"
    match = guard_of(known).match(Row({"id": "2", "instruction": "", "code": ""}, "write", renamed))
    assert match is not None
    other = renamed.replace("sum", "max")
    assert guard_of(known).match(Row({"id": "2", "instruction": "", "code": ""}, "write", other)) is None


def test_small_helpers_that_every_program_has_match_nothing() -> None:
    read = "def read():\n    return list(map(int, input().split()))\n"
    known = Row({"id": "1", "instruction": "", "code": ""}, "write", f"{read}\nprint(sum(read()))\n")
    other = Row({"id": "2", "instruction": "", "code": ""}, "write", f"{read}\nprint(max(read()))\n")
    assert guard_of(known).match(other) is None


def row_with_tests(*sources: str, entry_point: str = "f") -> Row:
    """A row that can be recognised by its tests only."""
    tests = [{"id": f"t{number}", "source": source} for number, source in enumerate(sources)]
    problem = {"id": "own/1", "instruction": "Do it.", "code": "", "entry_point": entry_point}
    return Row({**problem, "public_tests": tests[:1], "private_tests": tests[1:]}, "write", "")


def test_a_problem_is_recognised_by_two_telling_asserts_of_another_function() -> None:
    known = guard_of(
        row_with_tests(
            "assert heap([3, 1, 2]) == [1, 2, 3]", "assert heap([9, 5, 7]) == [5, 7, 9]", entry_point="heap"
        ),
        row_with_tests("assert other([4, 4, 4]) == [4, 4, 4]", entry_point="other"),
    )
    copied = row_with_tests("assert f([3, 1, 2])==[1, 2, 3]", "assert f([9,5,7]) == [5,7,9]", "assert f([]) == []")
    match = known.match(copied)
    assert match is not None
    assert str(match) == "own/1: its set of asserts is in HumanEval"
    one = row_with_tests("assert f([3, 1, 2]) == [1, 2, 3]", "assert f([8, 8]) == [8, 8]")
    assert known.match(one) is None, "one assert is no problem"
    mixed = row_with_tests("assert f([3, 1, 2]) == [1, 2, 3]", "assert f([4, 4, 4]) == [4, 4, 4]", "assert f([]) == []")
    assert known.match(mixed) is None, "asserts of two problems are none of them"
    examples = row_with_tests(">>> f([3, 1, 2])\n[1, 2, 3]\n", ">>> f([9, 5, 7])\n[5, 7, 9]\n", "assert f([]) == []")
    assert known.match(examples) is not None


def test_asserts_that_many_functions_fulfil_are_recognised_only_all_together() -> None:
    is_odd = ["assert odd(5) == True", "assert odd(6) == False", "assert odd(7) == True"]
    known = guard_of(row_with_tests(*is_odd, entry_point="odd"))
    assert known.match(row_with_tests("assert f(5) == True", "assert f(6) == False", "assert f(12) == True")) is None
    assert known.match(row_with_tests("assert f(5) == True")) is None
    assert known.match(row_with_tests("assert f(5) == True", "assert f(6) == False")) is not None


def test_fingerprints_of_another_version_are_an_error(tmp_path: Path) -> None:
    path = tmp_path / "fingerprints.json"
    path.write_text('{"v": 1, "sets": {}}')
    with pytest.raises(DataError, match="of version 1, not 3"):
        fingerprints.read(path)


def test_missing_fingerprints_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        fingerprints.read(tmp_path / "fingerprints.json")


def test_the_committed_fingerprints_are_those_of_the_data_sets() -> None:
    for load in (humaneval.load, humanevalpack.load):
        rows(load)
    made, _ = evaluation_prints()
    kept = fingerprints.read()
    assert {name: kept.get(name) for name in made} == made


def test_every_row_of_an_evaluation_set_has_a_text_and_a_program_to_be_recognised_by() -> None:
    for found in (rows(humaneval.load), rows(humanevalpack.load), rows(mbpp.load, "test")):
        assert all(fingerprints.prints_of(one).programs for one in found)
    assert all(fingerprints.prints_of(one).texts for one in [*rows(humaneval.load), *rows(mbpp.load, "test")])


def test_no_row_of_an_evaluation_set_passes_the_guard() -> None:
    guard = Guard.installed()
    for found in (rows(humaneval.load), rows(humanevalpack.load), rows(mbpp.load, "test")):
        kept, dropped = guard.divide(found)
        assert kept == []
        assert len(dropped) == len(found)


def test_rows_of_mbpp_train_that_repeat_test_rows_are_dropped_and_the_rest_is_kept() -> None:
    kept, dropped = Guard.installed().divide(rows(mbpp.load, "train"))
    assert len(kept) + len(dropped) == 374
    assert len(dropped) == 29
    by_asserts = {one.row.removeprefix("MBPP/") for one in dropped if one.by == "set of asserts"}
    assert by_asserts == {"635", "719", "756", "784", "787"}
    # 924: "… find maximum of two numbers", in the test set "… find the maximum of two numbers".
    assert {"MBPP/602: its text is in MBPP test", "MBPP/924: its text is in MBPP test"} < set(map(str, dropped))


def test_the_worked_examples_of_the_prompts_are_in_no_evaluation_set() -> None:
    texts = templates()
    answers = [name for name in texts if name.endswith("_example_answer")]
    assert len(answers) == 4
    for name in answers:
        question = texts[name.removesuffix("_answer")]
        programs = re.findall(r"```python\n(.*?)```", texts[name] + question, re.DOTALL)
        assert programs
        for program in programs:
            function = re.search(r"def (\w+)", program)
            about = {"id": name, "instruction": question.partition("\n\n")[0], "code": program}
            example = Row({**about, "entry_point": function[1] if function else ""}, "repair", "")
            assert Guard.installed().match(example) is None, name


def is_function(node: ast.AST, of: Row) -> TypeGuard[ast.FunctionDef]:
    return isinstance(node, ast.FunctionDef) and node.name == of.problem["entry_point"]


class _Renamed(ast.NodeTransformer):
    """Other names for whatever a program binds, in the way of somebody who hides where it comes from."""

    def __init__(self, tree: ast.AST) -> None:
        bound = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}
        bound |= {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
        self._new = {name: f"renamed_{number}" for number, name in enumerate(sorted(bound))}

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return ast.Name(self._new.get(node.id, node.id), node.ctx)

    def visit_arg(self, node: ast.arg) -> ast.AST:
        return ast.arg(self._new[node.arg])

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        self.generic_visit(node)
        node.body = [ast.Expr(ast.Constant("Another docstring.")), *node.body]
        return node


def test_every_program_of_the_evaluation_sets_is_recognised_under_other_names_and_another_layout() -> None:
    guard = Guard.installed()
    missed: list[str] = []
    for one in (*rows(humaneval.load), *rows(humanevalpack.load), *rows(mbpp.load, "test")):
        tree = parse_strictly(one.solution)
        program = "# copied\n" + ast.unparse(ast.fix_missing_locations(_Renamed(tree).visit(tree)))
        hidden = {"id": "own", "instruction": "Something else.", "code": "", "entry_point": one.problem["entry_point"]}
        if guard.match(Row(hidden, "write", program)) is None:
            missed.append(str(one.problem["id"]))
    assert missed == []


def test_every_prompt_of_the_evaluation_sets_is_recognised_in_capitals_without_signs() -> None:
    guard = Guard.installed()
    for one in (*rows(humaneval.load), *rows(mbpp.load, "test")):
        nodes = ast.walk(parse_strictly(one.solution))
        docstring = "".join(ast.get_docstring(node) or "" for node in nodes if is_function(node, one))
        asked = one.problem["instruction"] if one.problem["id"].startswith("MBPP") else docstring
        changed = re.sub(r"[^\w\s]+", " ", asked).upper()
        if len(changed.split()) > 5:
            hidden = {"id": "own", "instruction": changed, "code": "", "entry_point": "f"}
            assert guard.match(Row(hidden, "write", "")) is not None, one.problem["id"]
