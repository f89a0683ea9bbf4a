"""Feedback: what failed, in few characters that a model and a person can use."""

from mucode.judge.function.feedback import MOST_CHARACTERS, compose
from mucode.judge.problem import Test
from mucode.judge.verdict import TestVerdict

TESTS = [Test(f"t{n}", f"assert f({n}) == {n}") for n in range(6)]


def test_a_pass_needs_no_words() -> None:
    assert compose(TESTS, [TestVerdict(test.id, "pass") for test in TESTS]) == ""


def test_it_names_the_test_the_values_the_error_and_the_line() -> None:
    bad = TestVerdict("t0", "error", "0", None, "ValueError: no", line="line 2: raise ValueError('no')")
    wrong = TestVerdict("t1", "fail", "1", "2")
    text = compose(TESTS[:2], [bad, wrong])
    assert text.split("\n") == [
        "2 of 2 tests failed.",
        "",
        "Failed: assert f(0) == 0",
        "  expected: 0",
        "  error:    ValueError: no, at line 2: raise ValueError('no')",
        "",
        "Failed: assert f(1) == 1",
        "  expected: 1",
        "  got:      2",
    ]


def test_three_are_told_in_detail_and_the_others_counted() -> None:
    text = compose(TESTS, [TestVerdict(test.id, "fail", "1", "2") for test in TESTS])
    assert text.count("Failed:") == 3
    assert text.endswith("… and 3 more.")


def test_skipped_tests_do_not_take_the_room_of_those_that_ran() -> None:
    verdicts = [TestVerdict("t0", "skipped"), TestVerdict("t1", "skipped"), TestVerdict("t2", "fail", "1", "2")]
    assert "f(2)" in compose(TESTS[:3], verdicts)


def test_it_is_bounded_and_keeps_the_assertion() -> None:
    test = Test("t0", "assert f(1) == 2  # " + "x" * 10_000)
    text = compose([test], [TestVerdict("t0", "fail", "a" * 5000, "b" * 5000, "c" * 5000)])
    assert len(text) <= MOST_CHARACTERS
    assert "assert f(1) == 2" in text
    for letter in "abc":
        assert letter * 20 in text


def test_control_characters_are_gone() -> None:
    test = Test("t0", "assert f('\x1b[2J') == 1\x07")
    assert not any(char < " " and char not in "\n\t" for char in compose([test], [TestVerdict("t0", "fail", "1", "2")]))
