"""What the sandbox refuses by design is told in words that a user and a model can act on."""

from tests.judge.judged import judge_program, problem

SERVER = """
import socket
import threading


def f(x):
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=lambda: server.accept()[0].sendall(b"6")).start()
        with socket.create_connection(server.getsockname()) as one:
            return int(one.recv(9))
"""


def test_a_function_that_needs_the_loopback_is_told_that_there_are_no_sockets() -> None:
    verdict = judge_program(problem(["assert f(3) == 6"]), SERVER)
    assert verdict.verdict == "error"
    assert "PermissionError" in str(verdict.tests[0].error)
    assert "the sandbox allows programs under test no sockets" in verdict.feedback
    assert "create_server" in verdict.feedback


def test_other_refusals_of_the_program_itself_are_told_as_they_are() -> None:
    verdict = judge_program(problem(["assert f(3) == 6"]), "def f(x):\n    raise PermissionError('ask first')\n")
    assert verdict.tests[0].error == "PermissionError: ask first"
