"""What is said of a job: its state, from its record, its log and its locks, and the object that clients get."""

import dataclasses
from pathlib import Path
from typing import Any, Literal

from mucode.serve.jobs.account import Account
from mucode.serve.jobs.errors import JobError
from mucode.serve.jobs.log import JobLog
from mucode.serve.jobs.process import is_run, is_there, last_lines
from mucode.serve.jobs.record import Record

State = Literal["queued", "starting", "running", "done", "failed", "stopped", "killed"]
GOING = ("queued", "starting", "running")


def state_of(folder: Path, record: Record | None, log: JobLog) -> tuple[State, str | None]:
    """(state, message). Raises JobError for a log that is none."""
    account = log.update()
    if record is None:
        return _performed(folder, None, log, account)
    if record.failed:
        return "failed", record.failed
    there = is_there(folder)
    # What is asked in this order cannot be overtaken by a process that ends meanwhile.
    account = log.update()
    told = account.seq > record.after
    # A gateway that was killed just before it started the process has noted only that it would.
    if record.begun is None or (record.pid is None and not there and not told):
        return ("stopped", None) if record.stopped else ("queued", None)
    if told:
        return _performed(folder, record, log, account)
    if there:
        return "starting", "is being stopped" if record.stopped else None
    if record.stopped:
        return "stopped", None
    return "failed", "\n".join(last_lines(folder, 1)) or "Its process ended before it began."


def _performed(folder: Path, record: Record | None, log: JobLog, account: Account) -> tuple[State, str | None]:
    """The state that the log tells, unless it tells of a run that nobody performs any longer."""
    asked = record is not None and record.stopped is not None
    if account.state == "running":
        if is_run(folder):
            return "running", "is being stopped" if asked else None
        account = log.update()
        if account.state == "running":
            return ("stopped", None) if asked else ("killed", "Its process is gone. It goes on from there if resumed.")
    return account.state or "starting", account.message


def described(folder: Path, record: Record | None, log: JobLog) -> dict[str, Any]:
    """The job as clients get it."""
    try:
        state, message = state_of(folder, record, log)
    except JobError as error:
        # One damaged log must not hide the other jobs.
        state, message = "failed", str(error)
    account = log.account
    return {
        "id": folder.name,
        "state": state,
        "created": record.created if record else account.created,
        "attempt": account.attempt,
        "stage": account.stage,
        "iter": account.iter,
        "message": message,
        "pair": account.pair,
        "best": account.best,
        "seq": account.seq,
    }


def detailed(folder: Path, record: Record | None, log: JobLog) -> dict[str, Any]:
    """The job with its settings, its stages in the order in which they began, and the last value of every metric."""
    job = described(folder, record, log)
    file = folder / (record.settings if record else "effective.toml")
    return {
        **job,
        "settings": file.read_text(encoding="utf-8") if file.is_file() else "",
        "stages": [dataclasses.asdict(one) for one in log.account.stages],
        "metrics": dict(log.account.metrics),
    }
