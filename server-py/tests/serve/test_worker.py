"""The model's thread: turns, bounds, aborts, and failures that stay one request's own."""

import threading
from collections.abc import Callable

import pytest

from mucode.serve.inprocess.worker import FullError, Worker
from tests.serve.gateway_process import wait_until


class Steps:
    """A unit whose steps are counted in one list for all, and may wait at a gate."""

    def __init__(
        self, rid: str, steps: int, seen: list[str], gate: threading.Event | None = None, samples: int = 1
    ) -> None:
        self.rid, self.samples = rid, samples
        self._left, self._seen, self._gate = steps, seen, gate
        self.ended: list[tuple[str, bool]] = []

    def step(self) -> bool:
        if self._gate:
            assert self._gate.wait(10)
        self._seen.append(self.rid)
        self._left -= 1
        if self.rid == "fails":
            raise MemoryError("too little")
        return self._left <= 0

    def end(self, reason: str, *, failed: bool) -> None:
        self.ended.append((reason, failed))


@pytest.fixture
def seen() -> list[str]:
    return []


def reached(seen: list[str], count: int) -> Callable[[], bool]:
    return lambda: len(seen) >= count


def test_requests_take_turns_so_that_a_short_one_does_not_wait_for_a_long_one(seen: list[str]) -> None:
    worker, gate = Worker(8, 8), threading.Event()
    worker.add([Steps("long", 50, seen, gate)])
    worker.add([Steps("short", 2, seen)])
    gate.set()
    wait_until(reached(seen, 52))
    assert [place for place, rid in enumerate(seen) if rid == "short"][-1] < 6


def test_no_more_samples_run_than_may_and_the_rest_comes_in_order(seen: list[str]) -> None:
    worker, gate = Worker(4, 8), threading.Event()
    for rid, samples in (("a", 3), ("b", 2), ("c", 1)):
        worker.add([Steps(rid, 3, seen, gate, samples)])
    wait_until(lambda: worker.counts() == (3, 2))
    gate.set()
    wait_until(reached(seen, 9))
    assert seen[:3] == ["a", "a", "a"]
    wait_until(lambda: worker.counts() == (0, 0))


def test_what_takes_no_room_overtakes(seen: list[str]) -> None:
    worker, gate = Worker(1, 8), threading.Event()
    worker.add([Steps("a", 5, seen, gate)])
    worker.add([Steps("b", 1, seen)])
    worker.add([Steps("scores", 1, seen, samples=0)])
    gate.set()
    wait_until(reached(seen, 7))
    assert seen.index("scores") < seen.index("b")


def test_a_full_queue_refuses_and_a_request_larger_than_all_of_it_runs_alone(seen: list[str]) -> None:
    worker, gate = Worker(1, 2), threading.Event()
    worker.add([Steps("a", 1, seen, gate, samples=5)])
    wait_until(lambda: worker.counts() == (5, 0))
    worker.add([Steps("b", 1, seen)])
    worker.add([Steps("c", 1, seen)])
    with pytest.raises(FullError):
        worker.add([Steps("d", 1, seen)])
    gate.set()
    wait_until(reached(seen, 3))
    assert seen == ["a", "b", "c"]


def test_an_abort_ends_what_runs_and_what_waits(seen: list[str]) -> None:
    worker, gate = Worker(1, 8), threading.Event()
    runs, waits, other = Steps("x", 1000, seen, gate), Steps("x", 5, seen), Steps("y", 1, seen)
    worker.add([runs, waits])
    worker.add([other])
    wait_until(lambda: worker.counts() == (1, 2))
    worker.abort("x")
    gate.set()
    wait_until(lambda: "y" in seen)
    assert runs.ended == waits.ended == [("abort", False)]
    assert len(seen) < 5
    worker.abort("nobody")


def test_a_failure_is_its_own_requests_only(seen: list[str]) -> None:
    worker = Worker(8, 8)
    bad, good = Steps("fails", 1, seen), Steps("good", 3, seen)
    worker.add([bad])
    worker.add([good])
    wait_until(reached(seen, 4))
    assert bad.ended == [("MemoryError: too little", True)]
    assert good.ended == []
    wait_until(lambda: worker.counts() == (0, 0))
