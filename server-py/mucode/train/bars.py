"""Progress bars in a terminal, drawn by rich from a run's events. Lines for other places are in progress.py."""

from typing import IO

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from mucode.train.events import Event
from mucode.train.progress import line_of, title_of

_ABOVE = ("artifact", "log", "warning", "error", "job.state")


class Bars:
    """One bar for the stage that runs, with its last figures; everything else scrolls above it."""

    def __init__(self, stream: IO[str]) -> None:
        self._progress = Progress(
            TextColumn("{task.description:12}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[unit]}"),
            TimeElapsedColumn(),
            TextColumn("{task.fields[left]}"),
            TextColumn("{task.fields[figures]}", style="dim"),
            console=Console(file=stream),
            transient=True,
        )
        self._task: TaskID | None = None
        self._figures: dict[str, str] = {}
        self._progress.start()

    def show(self, event: Event) -> None:
        """See Screen."""
        data = event.data
        if event.type == "stage.start":
            self._clear()
            self._task = self._progress.add_task(title_of(event), total=None, unit="", left="", figures="")
        elif event.type == "stage.end":
            self._clear()
        elif event.type in _ABOVE:
            self._progress.console.print(line_of(event), markup=False, highlight=False)
        elif self._task is not None and event.type == "progress":
            left = f"{data['eta_s']:.0f} s left" if data.get("eta_s") else ""
            self._progress.update(self._task, completed=data["done"], total=data["total"], unit=data["unit"], left=left)
        elif self._task is not None and event.type == "metric" and isinstance(data["value"], (int, float)):
            self._figures[data["name"]] = f"{data['name']} {data['value']:.4g}"
            self._progress.update(self._task, figures="  ".join(list(self._figures.values())[-3:]))

    def close(self) -> None:
        """See Screen."""
        self._clear()
        self._progress.stop()

    def _clear(self) -> None:
        if self._task is not None:
            self._progress.remove_task(self._task)
        self._task = None
        self._figures.clear()
