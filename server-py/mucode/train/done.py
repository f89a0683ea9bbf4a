"""How far a stage is, as it tells it itself. How that is shown to people is in progress.py."""

import time
from typing import Any

from mucode.train.stage import Tell

_EVERY_S = 1.0


class Done:
    """Counts units of work. What an earlier attempt did counts as done, and says nothing of how fast this one is."""

    def __init__(self, tell: Tell, total: int, unit: str) -> None:
        self._tell, self._total, self._unit = tell, total, unit
        self.done = self.before = 0
        self._began = self._told = time.monotonic()

    @property
    def seconds(self) -> float:
        """Since the work began."""
        return time.monotonic() - self._began

    def found(self, count: int) -> None:
        """So many are done by an earlier attempt."""
        self.done += count
        self.before += count

    def begin(self) -> None:
        """From here on the rate is measured: engines are up."""
        self._began = time.monotonic()
        self.say()

    def ended(self) -> None:
        """One more is done; said once a second at most, and for the last one always."""
        self.done += 1
        if self.done == self._total or time.monotonic() - self._told >= _EVERY_S:
            self.say()

    def say(self) -> None:
        """Tells it now."""
        self._told = time.monotonic()
        data: dict[str, Any] = {"done": self.done, "total": self._total, "unit": self._unit}
        rate = (self.done - self.before) / max(self.seconds, 1e-9)
        if rate > 0:
            data |= {"rate": round(rate, 3), "eta_s": round((self._total - self.done) / rate, 1)}
        self._tell("progress", data)
