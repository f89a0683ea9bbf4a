"""The jobs of a store: which there are, which goes on, which is next. The truth is in files, so that jobs outlive the
gateway that started them; several gateways may share a store."""

import dataclasses
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from mucode.errors import MucodeError
from mucode.serve.jobs.errors import JobError
from mucode.serve.jobs.log import JobLog
from mucode.serve.jobs.process import is_run, is_there, last_lines, send, start, training_python
from mucode.serve.jobs.record import Record, read_record
from mucode.serve.jobs.state import GOING, described, detailed, state_of
from mucode.serve.jobs.wanted import Wanted
from mucode.train.lock import locked

GRACE_S = 20.0
_EVERY_S = 1.0
LOOK_S = 30.0
"""Seconds until a gateway looks for jobs that another one queued, which may be gone."""
_FILES = ("job.json", "events.jsonl")
Job = dict[str, Any]


class Jobs:
    """What clients may do with training runs. Everything here waits for files: call it from a thread."""

    def __init__(
        self, store: Path, refusal: Callable[[], str | None] = lambda: None, *, look_s: float = LOOK_S
    ) -> None:
        """`refusal` says why nothing may be started now, or None; `look_s`: see LOOK_S."""
        self.store = store.absolute()
        self._runs = self.store / "runs"
        self._refusal = refusal
        self._logs: dict[str, JobLog] = {}
        self._children: list[subprocess.Popen[bytes]] = []
        self._pending = True
        self._look_s = look_s
        self._ended = threading.Event()

    def begin(self) -> None:
        """From now on queued jobs are started when it is their turn."""
        threading.Thread(target=self._keep, daemon=True).start()

    def end(self) -> None:
        """Nothing is started any longer. Jobs that go on are left alone."""
        self._ended.set()

    def create(self, wanted: Wanted, key: str | None) -> tuple[Job, bool]:
        """(the job, whether it is new). Raises JobError."""
        with self._alone():
            folder = self._runs / wanted.id
            if key is not None and (known := self._by_key(key)):
                if known.name != wanted.id or _settings(known) != wanted.settings:
                    raise JobError(
                        f"The idempotency key {key!r} was used for another run, {known.name}. Use a new one.",
                        409,
                        "idempotency_key",
                    )
                return self._described(known), False
            if folder.is_dir() and self._state(folder) in GOING:
                return self._described(folder), False
            self._check_may_start()
            folder.mkdir(parents=True, exist_ok=True)
            (folder / wanted.file).write_text(wanted.settings, encoding="utf-8")
            now = time.time()
            Record(wanted.id, wanted.sources, wanted.overrides, key, wanted.file, now, now).write(folder)
            self._next()
            return self._described(folder), True

    def all(self) -> list[Job]:
        """Every run of the store, the newest first."""
        found = [self._described(folder) for folder in self._folders()]
        return sorted(found, key=lambda job: job["created"] or 0.0, reverse=True)

    def show(self, id_: str) -> Job:
        """One job in detail. Raises JobError."""
        folder = self._folder(id_)
        return self._with_reason(detailed(folder, read_record(folder), self.log_of(id_)))

    def printed(self, id_: str, count: int) -> list[str]:
        """The last lines that the job's process printed. Raises JobError."""
        return last_lines(self._folder(id_), count)

    def log_of(self, id_: str) -> JobLog:
        """The events of a job. Raises JobError."""
        path = self._folder(id_) / "events.jsonl"
        return self._logs.setdefault(id_, JobLog(path))

    def stop(self, id_: str) -> Job:
        """Asks the job to end; it is killed when it does not. Raises JobError."""
        with self._alone():
            folder = self._folder(id_)
            record = read_record(folder)
            if self._state(folder) in GOING:
                if record is None or not (record.begun is None or is_there(folder)):
                    raise JobError(f"{id_} was started in a terminal of the server's machine. End it there.")
                if record.stopped is None:
                    dataclasses.replace(record, stopped=time.time()).write(folder)
                    send(folder, record.pid, signal.SIGTERM)
                    self._pending = True
            return self._described(folder)

    def resume(self, id_: str) -> Job:
        """Lets the job go on from where it is. Raises JobError."""
        with self._alone():
            folder = self._folder(id_)
            state = self._state(folder)
            if state == "done":
                raise JobError(f"{id_} is done: there is nothing left to do.")
            if state not in GOING:
                self._check_may_start()
                _record_of(folder, self.log_of(id_)).again(time.time()).write(folder)
                self._next()
            return self._described(folder)

    def _keep(self) -> None:
        looked = time.monotonic()
        while not self._ended.wait(min(_EVERY_S, self._look_s)):
            self._children = [child for child in self._children if child.poll() is None]
            due = self._pending or time.monotonic() - looked >= self._look_s
            if not (due and self._runs.is_dir()):
                continue
            looked = time.monotonic()
            try:
                with self._alone():
                    self._next()
            except (MucodeError, OSError) as error:
                # What is wrong with the store now may be put right; clients are told by their own requests.
                sys.stderr.write(f"jobs: {error}\n")

    def _next(self) -> None:
        """Starts the job whose turn it is; kills those that were asked to end and did not."""
        records = [(folder, record) for folder in self._folders() if (record := read_record(folder))]
        stopping = [(folder, record) for folder, record in records if record.stopped and is_there(folder)]
        for folder, record in stopping:
            if record.stopped and time.time() - record.stopped > GRACE_S:
                send(folder, record.pid, signal.SIGKILL)
        waiting = [(folder, record) for folder, record in records if record.pid is None]
        queued = [(record.queued, folder) for folder, record in waiting if self._state(folder) == "queued"]
        self._pending = bool(stopping or queued)
        if not queued or self._refusal() or any(is_there(one) or is_run(one) for one in self._folders()):
            return
        self._start(min(queued)[1])

    def _start(self, folder: Path) -> None:
        record = read_record(folder)
        if record is None:
            return
        after = self.log_of(folder.name).update().seq
        record = dataclasses.replace(record, begun=time.time(), after=after).write(folder)
        try:
            child = start(folder, record.settings, self.store)
        except JobError as error:
            dataclasses.replace(record, failed=str(error)).write(folder)
            return
        self._children.append(child)
        dataclasses.replace(record, pid=child.pid).write(folder)

    def _check_may_start(self) -> None:
        if reason := self._refusal():
            raise JobError(reason, 409, "serving")
        training_python()

    def _by_key(self, key: str) -> Path | None:
        records = ((folder, read_record(folder)) for folder in self._folders())
        return next((folder for folder, record in records if record and record.idempotency_key == key), None)

    def _described(self, folder: Path) -> Job:
        return self._with_reason(described(folder, read_record(folder), self.log_of(folder.name)))

    def _with_reason(self, job: Job) -> Job:
        """The job, saying why its turn does not come."""
        return job | {"message": self._refusal()} if job["state"] == "queued" else job

    def _state(self, folder: Path) -> str:
        return state_of(folder, read_record(folder), self.log_of(folder.name))[0]

    def _folder(self, id_: str) -> Path:
        folder = self._runs / id_
        if folder.parent != self._runs or not any((folder / name).is_file() for name in _FILES):
            raise JobError(f"There is no job {id_}.", 404, "unknown_job")
        return folder

    def _folders(self) -> list[Path]:
        return sorted({path.parent for name in _FILES for path in self._runs.glob(f"*/{name}")})

    @contextmanager
    def _alone(self) -> Generator[None]:
        """One change at a time, whichever thread or gateway makes it."""
        with locked(self.store / "jobs.lock", "The list of jobs", wait=True):
            yield


def _settings(folder: Path) -> str | None:
    record = read_record(folder)
    return (folder / record.settings).read_text(encoding="utf-8") if record else None


def _record_of(folder: Path, log: JobLog) -> Record:
    """The record, or one for a run that was started in a terminal, with the settings that were in effect."""
    record = read_record(folder)
    if record is not None:
        return record
    stem = folder.name.rpartition("-")[0]
    try:
        (folder / f"{stem}.toml").write_bytes((folder / "effective.toml").read_bytes())
    except FileNotFoundError as error:
        raise JobError(f"{folder.name} has no effective.toml to go on with. Start it anew.") from error
    began = log.update().created or time.time()
    return Record(folder.name, (stem,), None, None, f"{stem}.toml", began, began)
