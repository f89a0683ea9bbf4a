"""Templates are filled in one pass, and every template file can be filled."""

import pytest

from mucode.prompts import FOLDER, fence, render, templates


def test_every_occurrence_of_a_name_is_replaced() -> None:
    assert render("{{a}} and {{b}}, {{a}}", {"a": "1", "b": "2"}) == "1 and 2, 1"


def test_a_value_that_looks_like_a_name_stays_as_it_is() -> None:
    assert render("{{a}}{{b}}", {"a": "{{b}}", "b": r"\1 $& {{a}}"}) == r"{{b}}\1 $& {{a}}"


def test_a_name_without_a_value_is_an_error_that_says_which() -> None:
    with pytest.raises(ValueError, match=r"\{\{missing\}\}"):
        render("{{missing}}", {"other": ""})


def test_single_braces_and_spaced_names_are_plain_text() -> None:
    assert render("{a} {{ a }} {{}} {{a-b}}", {"a": "x"}) == "{a} {{ a }} {{}} {{a-b}}"


def test_the_templates_are_the_text_files_of_the_folder() -> None:
    assert set(templates()) == {path.stem for path in FOLDER.glob("*.txt")}
    assert {"repair", "write", "feedback", "note", "context", "baseline"} <= set(templates())


def test_a_fence_holds_the_code_without_blank_ends() -> None:
    assert fence("\n\nx = 1\n") == "```python\nx = 1\n```"


def test_an_empty_value_takes_its_line_along_and_the_empty_line_after_it() -> None:
    template = "one\n\n{{a}}\n\ntwo {{b}}\n{{b}}\nthree"
    assert render(template, {"a": "", "b": ""}) == "one\n\ntwo \nthree"
    assert render(template, {"a": "x", "b": "y"}) == "one\n\nx\n\ntwo y\ny\nthree"
