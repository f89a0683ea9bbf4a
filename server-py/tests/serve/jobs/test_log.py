"""Reading a log that is replaced, and telling it to a client that does not read; without a gateway."""

import asyncio
from pathlib import Path
from typing import Any, cast

import pytest
from starlette.websockets import WebSocket

from mucode.serve.jobs import stream
from mucode.serve.jobs.log import JobLog
from mucode.train.events import EventLog


def write(path: Path, *messages: str) -> None:
    log = EventLog(path, "toy")
    for message in messages:
        log.write("log", {"message": message})
    log.close()


def test_a_run_that_was_made_again_is_read_from_its_beginning(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    write(path, "a", "b")
    log = JobLog(path)
    assert log.update().seq == 2
    content = path.read_bytes()
    # The same inode, and as large as before or larger.
    path.write_bytes(b"")
    write(path, "a longer one", "b", "c")
    assert len(path.read_bytes()) > len(content)
    assert log.lines(0, 10, 1 << 20) == path.read_bytes()
    path.write_bytes(b"")
    write(path, "shorter")
    assert log.update().seq == 1
    path.unlink()
    assert (log.update().seq, log.lines(0, 10, 1 << 20)) == (0, b"")


def test_pieces_have_a_size_but_hold_one_event_at_least(tmp_path: Path) -> None:
    path = tmp_path / "events.jsonl"
    write(path, "a", "x" * 5000, "c", "d")
    log, lines = JobLog(path), path.read_bytes().splitlines(keepends=True)
    assert log.lines(0, 10, 1000) == lines[0]
    assert log.lines(1, 10, 1000) == lines[1]
    assert log.lines(2, 10, 1000) == lines[2] + lines[3]
    assert log.lines(2, 1, 1000) == lines[2]


class Deaf:
    """A client that takes nothing but the end."""

    def __init__(self) -> None:
        self.closed: int | None = None

    async def send_text(self, text: str) -> None:
        await asyncio.Event().wait()

    async def receive(self) -> dict[str, Any]:
        await asyncio.Event().wait()
        raise AssertionError

    async def close(self, code: int, reason: str) -> None:
        self.closed = code


def test_a_client_that_does_not_read_is_sent_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stream, "SLOW_S", 0.1)
    write(tmp_path / "events.jsonl", "a")
    client = Deaf()
    asyncio.run(stream.follow(cast("WebSocket", client), JobLog(tmp_path / "events.jsonl"), 0))
    assert client.closed == stream.TOO_SLOW
