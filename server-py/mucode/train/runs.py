"""The runs of a store as their logs tell them: a list, one in detail, and which artifacts they refer to."""

import datetime as dt
import shutil
from collections.abc import Iterator
from pathlib import Path

from mucode.errors import MucodeError
from mucode.train.events import Event, read_events
from mucode.train.lock import free
from mucode.train.progress import line_of, size
from mucode.train.store import Store

_SHOWN = ("job.state", "artifact", "stage.end", "warning", "error")


def listed(store: Store) -> list[str]:
    """One line per run: name, state, when, and what it was at last."""
    lines = [_line(folder) for folder in _folders(store)]
    return lines or [f"There is no run in {store.root}. Start one with `mucode train PRESET`."]


def shown(folder: Path) -> list[str]:
    """A run's artifacts and states, what each stage took, and where its files are."""
    lines = [_line(folder), f"settings: {folder / 'effective.toml'}", f"log: {folder / 'events.jsonl'}", ""]
    lines += [f"{_time(event.ts)}  {_words(event)}" for event in _events(folder) if event.type in _SHOWN]
    pair = folder / "pair"
    return [*lines, *(["", f"pair folder: {pair}"] if pair.is_dir() else [])]


def named(store: Store, name: str) -> Path:
    """The folder of a run by its name or the name's beginning. Raises MucodeError."""
    found = [folder for folder in _folders(store) if folder.name.startswith(name)]
    exact = [folder for folder in found if folder.name == name]
    if len(exact or found) != 1:
        names = ", ".join(folder.name for folder in found or _folders(store)) or "none"
        raise MucodeError(f"{'Several runs begin' if found else 'No run begins'} with {name}. There are: {names}.")
    return (exact or found)[0]


def evaluation_of(store: Store, name: str) -> tuple[str, Path]:
    """Name and folder of a run's final evaluation; a folder stands for itself. Raises MucodeError if there is none."""
    folder = Path(name)
    if folder.is_dir():
        return folder.name, folder
    run = named(store, name)
    made = [
        event for event in _events(run) if event.type == "artifact" and (event.stage, event.iter) == ("evaluate", 0)
    ]
    if not made:
        raise MucodeError(f"{run.name} has no final evaluation yet. `mucode runs show {run.name}` says how far it is.")
    return run.name, store.root / made[-1].data["path"]


def remove(folder: Path) -> None:
    """Removes a run, not its artifacts. Raises MucodeError while it goes on."""
    if not free(folder / "lock"):
        raise MucodeError(f"{folder.name} is going on. End it first.")
    shutil.rmtree(folder)


def wanted(store: Store) -> set[str]:
    """`stage/key` of everything that any run made, used or began."""
    names: set[str] = set()
    for folder in _folders(store):
        for event in _events(folder):
            if event.type == "stage.start":
                names.add(f"{event.stage}/{event.data['key']}")
            elif event.type == "artifact":
                names.add(event.data["key"])
    return names


def _folders(store: Store) -> list[Path]:
    return sorted(path.parent for path in store.runs.glob("*/events.jsonl"))


def _events(folder: Path) -> Iterator[Event]:
    return read_events(folder / "events.jsonl")


def _line(folder: Path) -> str:
    state, last, began = "new", None, None
    for event in _events(folder):
        began = began or event.ts
        last = event
        if event.type == "job.state":
            state = event.data["state"]
    if state == "running" and free(folder / "lock"):
        state = "killed"
    at = f" at {last.stage} {last.iter or ''}".rstrip() if last and last.stage and state != "done" else ""
    return f"{folder.name}  {state}{at}  {_time(began) if began else ''}"


def _words(event: Event) -> str:
    if event.type == "stage.end":
        return f"{event.stage}: {event.data['seconds']:.1f} s, {size(event.data['peak_bytes'])} at most"
    return line_of(event) or event.type


def _time(seconds: float) -> str:
    return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%d %H:%M:%S")
