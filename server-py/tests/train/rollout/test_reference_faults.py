"""What the released code of the paper gets wrong about rollouts must be found by a test here, were it done again."""

import json
import socket
from pathlib import Path

from mucode.problems import mbpp
from mucode.train.rows import ProblemRow
from tests.train.rollout.scripted import RIGHT, SQUARE, WRONG, Scripted, doubling, fenced
from tests.train.rollout.test_play import by_turn, played


def test_challenge_tests_are_run_one_by_one_and_not_as_the_text_of_a_list(tmp_path: Path) -> None:
    row = {
        "task_id": 700,
        "text": "Write a function to double a number.",
        "code": "def f(x):\n    return x * 2",
        "test_setup_code": "two = 2",
        "test_list": ["assert f(two) == 4", "assert f(0) == 0"],
        "challenge_test_list": ["assert f(3) == 6", "assert f(two + 3) == 10"],
    }
    (tmp_path / "mbpp.jsonl").write_text(json.dumps(row) + "\n")
    [found] = mbpp.rows_of(tmp_path / "mbpp.jsonl", range(601, 975))
    problem = ProblemRow(found.problem, found.task, "mbpp")
    [wrong], _ = played(Scripted(by_turn(SQUARE)), problem, rollouts=1)
    assert (wrong.row.public, wrong.row.private) == ("pass", "fail")
    assert (wrong.row.private_passed, wrong.row.private_total) == (1, 3)
    assert not wrong.row.correct
    [right], _ = played(Scripted(by_turn(RIGHT)), problem, rollouts=1)
    assert (right.row.private_passed, right.row.correct) == (3, True)


def test_private_tests_neither_stop_a_rollout_nor_speak_to_the_model() -> None:
    engine = Scripted(by_turn(WRONG, SQUARE, RIGHT))
    turns, _ = played(engine, doubling(), rollouts=1)
    # The squaring program fails the private tests and passes the public one: the rollout is over all the same.
    assert [one.row.public for one in turns] == ["fail", "pass"]
    assert [one.row.private for one in turns] == [None, "fail"]
    assert turns[1].row.feedback == ""
    assert not turns[1].row.correct
    # A program that passes the private tests and fails the public one must go on.
    spoilt = fenced("return 5 if x == 2 else x + x")
    turns, _ = played(engine := Scripted(by_turn(spoilt, RIGHT)), doubling(), rollouts=1)
    assert [one.row.public for one in turns] == ["fail", "pass"]
    sent = json.dumps([asked["messages"] for asked in engine.asked])
    assert "f(2) == 4" in sent
    assert "f(3)" not in sent


def test_rollouts_cannot_touch_the_home_folder_the_network_or_the_judge(tmp_path: Path) -> None:
    mark = Path.home() / "mucode-rollout-test"
    with socket.create_server(("127.0.0.1", 0)) as listener:
        hostile = [
            f"open({str(mark)!r}, 'w').write('x'); return 2 * x",
            f"import socket; socket.create_connection({listener.getsockname()!r}); return 2 * x",
            "print('x' * 100_000_000); return 2 * x",
            "import os, signal; os.kill(os.getppid(), signal.SIGKILL); os.kill(-1, signal.SIGKILL); return 2 * x",
            "return bytearray(1 << 34) and 2 * x",
        ]
        engine = Scripted(lambda _, seed: fenced(hostile[seed % len(hostile)]))
        turns, judging = played(engine, doubling(), rollouts=len(hostile), turns=1)
    assert len(turns) == judging.judged == len(hostile)
    assert {one.row.public for one in turns} <= {"error", "limit", "timeout", "tamper"}
    assert not mark.exists()
