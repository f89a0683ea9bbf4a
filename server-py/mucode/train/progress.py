"""What a terminal shows of a run: the events themselves, as bars or as plain lines. Nothing else prints."""

import sys
import time
from collections.abc import Mapping
from typing import IO, Any, Protocol

from mucode.train.events import Event

_PLAIN_S = 10.0
_LEAST_S = 0.5
"""Seconds between two events of progress that are kept."""


class Screen(Protocol):
    """Shows events."""

    def show(self, event: Event) -> None:
        """Shows one."""
        ...

    def close(self) -> None:
        """Ends showing; what was shown stays."""
        ...


def screen_for(stream: IO[str]) -> Screen:
    """Bars in a terminal, lines elsewhere, or where rich is not installed."""
    if stream.isatty():
        try:
            from mucode.train.bars import Bars
        except ModuleNotFoundError:
            return Lines(stream)
        return Bars(stream)
    return Lines(stream)


class Lines:
    """One line per event worth a line; progress at most every ten seconds."""

    def __init__(self, stream: IO[str] = sys.stderr) -> None:
        self._stream = stream
        self._shown = 0.0

    def show(self, event: Event) -> None:
        """See Screen."""
        if event.type == "progress":
            now = time.monotonic()
            if now - self._shown < _PLAIN_S:
                return
            self._shown = now
        if line := line_of(event):
            self._stream.write(line + "\n")
            self._stream.flush()

    def close(self) -> None:
        """See Screen."""


def title_of(event: Event) -> str:
    """`rollout 2`, the stage with its iteration."""
    return f"{event.stage} {event.iter}" if event.iter else str(event.stage or "run")


def line_of(event: Event) -> str | None:
    """The event in words; None for what is not worth a line."""
    data = event.data
    match event.type:
        case "artifact":
            text = "is there already" if data["reused"] else f"is done: {rows_of(data)}{size(data['bytes'])}"
        case "progress":
            text = f"{data['done']} of {data['total']} {data['unit']}{_eta(data)}"
        case "metric":
            step = f" at step {data['step']}" if "step" in data else ""
            text = f"{data['name']} = {_number(data['value'])}{step}"
        case "job.state":
            text = f"is {data['state']}"
        case "log":
            text = data["message"]
        case "warning" | "error":
            text = f"{event.type}: {data['message']}"
        case _:
            return None
    return f"{title_of(event)}: {text}"


def rows_of(data: Mapping[str, Any]) -> str:
    """`120 rows, ` of an artifact with tables."""
    return f"{data['rows']} rows, " if data["rows"] else ""


def size(count: int) -> str:
    """A number of bytes for people."""
    amount = float(count)
    for unit in ("B", "KB", "MB"):
        if amount < 1000:
            return f"{amount:.0f} {unit}" if unit == "B" else f"{amount:.1f} {unit}"
        amount /= 1000
    return f"{amount:.1f} GB"


def _eta(data: Mapping[str, Any]) -> str:
    return f", {data['eta_s']:.0f} s left" if data.get("eta_s") else ""


def _number(value: object) -> str:
    return f"{value:.4g}" if isinstance(value, float) else str(value)


class Pace:
    """Thins out a stage's progress, and tells from it how fast the stage is and when it will be done."""

    def __init__(self) -> None:
        self._first: tuple[float, float] | None = None
        self._told = -_LEAST_S

    def paced(self, data: Mapping[str, Any], now: float) -> Mapping[str, Any] | None:
        """The progress with `rate` (units per second) and `eta_s`; None when the last one was told just before."""
        done, total = data["done"], data["total"]
        if self._first is None:
            # What an earlier attempt did says nothing about this one's speed.
            self._first = (now, done)
        if now - self._told < _LEAST_S and done < total:
            return None
        self._told = now
        since, before = self._first
        if "rate" in data or done <= before or now <= since:
            return data
        rate = (done - before) / (now - since)
        return {**data, "rate": round(rate, 3), "eta_s": round((total - done) / rate, 1)}
