"""The judge's side of one job, with a server that is played here."""

import array
import json
import os
import signal
import socket
import subprocess
import sys
import threading

from mucode.judge.limits import Limits
from mucode.judge.sandbox.exchange import CONTROL_BYTES, Child, Exchange

_SLOW_S = 0.5


class _Watched(Child):
    """Counts how often the clocks are looked at, which is once or twice for each turn of the loop."""

    looks = 0

    def left_s(self) -> float:
        self.looks += 1
        return super().left_s()


def _serve(control: socket.socket) -> None:
    """A server whose child never ends by itself, and that is slow to say how it ended."""
    message = control.recvmsg(CONTROL_BYTES, socket.CMSG_SPACE(12))
    theirs = array.array("i", message[1][0][2])
    child = subprocess.Popen([sys.executable, "-c", "import signal; signal.pause()"])
    rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [pidfd := os.pidfd_open(child.pid)]))]
    control.sendmsg([b"{}"], rights)
    os.close(pidfd)
    status = child.wait()
    threading.Event().wait(_SLOW_S)
    control.send(json.dumps({"status": -status, "limit": None}).encode())
    for fd in theirs:
        os.close(fd)


def test_a_killed_child_whose_end_is_not_told_yet_is_waited_for_without_haste() -> None:
    ours, control = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    server = threading.Thread(target=_serve, args=[control])
    child = _Watched(Limits(step_s=0.05, wall_s=0.05), None)
    with ours, control:
        server.start()
        with Exchange(ours, b"", child, threading.Event()) as exchange:
            outcome = child.outcome(exchange.run(False))
        server.join()
    assert outcome.signal == signal.SIGKILL
    assert outcome.timed_out
    # It waited half a second and more, at a twentieth for each look; at a thousandth there were hundreds.
    assert child.looks < 100
