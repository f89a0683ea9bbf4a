"""The one thread that computes. Requests take turns, a step each, so that none waits for another's end; how many
samples run and how many requests wait is bounded. What a step computes is in decoding.py and model.py."""

import logging
import threading
from collections import deque
from collections.abc import Sequence
from typing import Protocol


class FullError(Exception):
    """As many requests wait as may."""


class Unit(Protocol):
    """Work that is done in steps."""

    rid: str
    samples: int
    """How much room it takes beside others; 0 for work that is done in one step."""

    def step(self) -> bool:
        """Does some of it; whether that was the last."""
        ...

    def end(self, reason: str, *, failed: bool) -> None:
        """It will get no further step."""
        ...


class Worker:
    """Takes units from any thread."""

    def __init__(self, most_samples: int, most_waiting: int) -> None:
        self._most_samples, self._most_waiting = most_samples, most_waiting
        self._changed = threading.Condition()
        self._waiting: deque[Unit] = deque()
        self._running: list[Unit] = []
        threading.Thread(target=self._work, name="model", daemon=True).start()

    def add(self, units: Sequence[Unit]) -> None:
        """Takes the units of one request, all or none. Raises FullError."""
        with self._changed:
            if self._waiting and len(self._waiting) + len(units) > self._most_waiting:
                raise FullError
            self._waiting += units
            self._changed.notify()

    def abort(self, rid: str) -> None:
        """Ends what is left of a request; none of that name is fine."""
        with self._changed:
            ended = [unit for unit in (*self._waiting, *self._running) if unit.rid == rid]
            self._waiting = deque(unit for unit in self._waiting if unit.rid != rid)
            self._running = [unit for unit in self._running if unit.rid != rid]
        for unit in ended:
            unit.end("abort", failed=False)

    def counts(self) -> tuple[int, int]:
        """Samples that run, and units that wait."""
        with self._changed:
            return sum(unit.samples for unit in self._running), len(self._waiting)

    def _work(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._waiting or self._running)
                self._admit()
                turn = list(self._running)
            for unit in turn:
                if unit in self._running and self._stepped(unit):
                    with self._changed:
                        self._running = [one for one in self._running if one is not unit]

    def _admit(self) -> None:
        """In the order in which they came; only what takes no room may overtake."""
        taken = sum(unit.samples for unit in self._running)
        left: deque[Unit] = deque()
        for unit in self._waiting:
            if unit.samples == 0 or (not left and (taken == 0 or taken + unit.samples <= self._most_samples)):
                self._running.append(unit)
                taken += unit.samples
            else:
                left.append(unit)
        self._waiting = left

    def _stepped(self, unit: Unit) -> bool:
        try:
            return unit.step()
        except Exception as error:
            # One request's failure, such as lack of memory, is not the others'.
            logging.getLogger(__name__).exception("A request failed.")
            unit.end(f"{type(error).__name__}: {error}", failed=True)
            return True
