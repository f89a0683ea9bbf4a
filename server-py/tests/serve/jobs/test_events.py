"""A job's events: read in pieces, and live on a WebSocket; none is lost or doubled, whoever is killed meanwhile."""

import json
import socket
import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from mucode.train.events import EventLog
from tests.serve.gateway_process import TOKEN, GatewayProcess
from tests.serve.jobs.conftest import StartGateway, create, until_state

Event = dict[str, Any]
Written = Callable[..., tuple[EventLog, str]]


@contextmanager
def listening(
    gateway: GatewayProcess, id_: str, after: int = 0, token: str = TOKEN, **headers: str
) -> Generator[ClientConnection]:
    url = f"{gateway.url.replace('http', 'ws')}/v1/jobs/{id_}/events?after={after}"
    given = {"Authorization": f"Bearer {token}"} | headers
    with connect(url, additional_headers=given, proxy=None, max_size=None, max_queue=None) as connection:
        yield connection


def take(connection: ClientConnection, until: int) -> list[Event]:
    """Events up to the one with that number, without heartbeats of the gateway."""
    events: list[Event] = []
    given_up = time.monotonic() + 60
    while not events or events[-1]["seq"] < until:
        assert time.monotonic() < given_up, "it did not come"
        event = json.loads(connection.recv(20))
        if "v" in event:
            events.append(event)
    return events


def numbers(events: list[Event]) -> list[int]:
    return [event["seq"] for event in events]


@pytest.fixture
def written(tmp_path: Path) -> Iterator[Written]:
    """Makes a log that somebody writes, with so many events: (the log, the job)."""
    logs: list[EventLog] = []

    def write(count: int, text: str = "x") -> tuple[EventLog, str]:
        id_ = "toy-00000000"
        logs.append(EventLog(tmp_path / "store" / "runs" / id_ / "events.jsonl", id_))
        for _ in range(count):
            logs[-1].write("log", {"message": text})
        return logs[-1], id_

    yield write
    for log in logs:
        log.close()


def test_events_are_read_in_pieces_after_a_number(start: StartGateway) -> None:
    gateway = start()
    job = until_state(gateway, create(gateway)["id"], "done")
    url, found = f"/v1/jobs/{job['id']}/events", list[Event]()
    while True:
        answer = gateway.request("GET", f"{url}?after={len(found)}&limit=4")
        assert answer.headers["content-type"] == "application/x-ndjson"
        lines = answer.text.split("\n")[:-1]
        if not lines:
            break
        assert len(lines) <= 4
        found += map(json.loads, lines)
    assert numbers(found) == list(range(1, job["seq"] + 1))
    assert found[-1]["data"]["state"] == "done"
    assert gateway.request("GET", f"{url}?after=99999").text == ""


def test_live_events_follow_the_replay_and_a_heartbeat_says_where_it_ends(
    start: StartGateway, tmp_path: Path, written: Written
) -> None:
    gateway = start()
    log, id_ = written(700, "a line\u2028with its own breaks\r\n")
    with listening(gateway, id_, after=100) as connection:
        replayed = take(connection, 700)
        assert numbers(replayed) == list(range(101, 701))
        assert replayed[0]["data"]["message"] == "a line\u2028with its own breaks\r\n"
        assert json.loads(connection.recv(5)) == {"type": "heartbeat", "seq": 700}
        for _ in range(20):
            log.write("log", {"message": "now"})
        began = time.monotonic()
        assert numbers(take(connection, 720)) == list(range(701, 721))
        assert time.monotonic() - began < 2


def test_a_line_is_told_when_it_is_whole(start: StartGateway, tmp_path: Path, written: Written) -> None:
    gateway = start()
    _, id_ = written(1)
    path = tmp_path / "store" / "runs" / id_ / "events.jsonl"
    line = path.read_bytes().replace(b'"seq":1,', b'"seq":2,')
    with listening(gateway, id_) as connection:
        take(connection, 1)
        connection.recv(5)
        with path.open("ab") as file:
            file.write(line[:20])
            file.flush()
            with pytest.raises(TimeoutError):
                connection.recv(0.5)
            file.write(line[20:])
        assert numbers(take(connection, 2)) == [2]


def test_nothing_is_lost_or_doubled_when_gateway_and_connection_end_at_any_moment(
    start: StartGateway, tmp_path: Path
) -> None:
    gateway = start(FAKE_TRAIN="waits", FAKE_EVENTS="100")
    id_ = create(gateway)["id"]
    seen: list[int] = []
    for turn in range(6):
        with listening(gateway, id_, after=len(seen)) as connection:
            seen += numbers(take(connection, len(seen) + 5 + 11 * turn))
            if turn % 2:
                gateway.process.kill()
        if gateway.process.poll() is not None or turn % 2:
            gateway.finish()
            gateway = start(FAKE_TRAIN="waits")
    (tmp_path / "go").touch()
    last = until_state(gateway, id_, "done")["seq"]
    with listening(gateway, id_, after=len(seen)) as connection:
        seen += numbers(take(connection, last))
    assert seen == list(range(1, last + 1))


def test_only_who_has_the_token_listens(start: StartGateway, tmp_path: Path, written: Written) -> None:
    gateway = start()
    _, id_ = written(1)
    for token, job, code in (("wrong", id_, 4401), (TOKEN, "absent", 4404)):
        with listening(gateway, job, token=token) as connection, pytest.raises(ConnectionClosed) as closed:
            connection.recv(5)
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == code
    with pytest.raises(InvalidStatus) as refused, listening(gateway, id_, Origin="http://127.0.0.1"):
        pass
    assert refused.value.response.status_code == 403
    with by_hand(gateway, id_, "evil.example") as status:
        assert status == 403


def test_who_reads_nothing_makes_nobody_wait_and_costs_no_memory(
    start: StartGateway, tmp_path: Path, written: Written
) -> None:
    gateway = start("--drain-s", "1")
    _, id_ = written(3000, "x" * 10_000)
    before = memory(gateway.process.pid)
    with by_hand(gateway, id_) as status, by_hand(gateway, id_), listening(gateway, id_) as connection:
        assert status == 101
        assert len(take(connection, 3000)) == 3000
        assert gateway.request("GET", "/v1/jobs").status_code == 200
        assert memory(gateway.process.pid) - before < 30_000_000
        began = time.monotonic()
        assert gateway.stop() == 0
        assert time.monotonic() - began < 10


@contextmanager
def by_hand(gateway: GatewayProcess, id_: str, name: str = "localhost") -> Generator[int]:
    """The status that a handshake by that host name has. After it nothing is read."""
    host, port = gateway.url.removeprefix("http://").split(":")
    lines = [
        f"GET /v1/jobs/{id_}/events HTTP/1.1",
        f"Host: {name}",
        f"Authorization: Bearer {TOKEN}",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        "Sec-WebSocket-Version: 13",
    ]
    with socket.create_connection((host, int(port))) as raw:
        raw.sendall("\r\n".join([*lines, "", ""]).encode())
        yield int(raw.recv(12).split()[1])


def memory(pid: int) -> int:
    """Bytes that the process has in memory."""
    status = Path(f"/proc/{pid}/status").read_text()
    return 1024 * int(next(line.split()[1] for line in status.splitlines() if line.startswith("VmRSS")))


def test_a_log_that_is_damaged_is_said_to_be(start: StartGateway, tmp_path: Path, written: Written) -> None:
    gateway = start()
    _, id_ = written(1)
    path = tmp_path / "store" / "runs" / id_ / "events.jsonl"
    path.write_text(path.read_text() + "no event\n")
    (job,) = gateway.request("GET", "/v1/jobs").json()["jobs"]
    assert (job["id"], job["state"], "line 2 is no event" in job["message"]) == (id_, "failed", True)
    answer = gateway.request("GET", f"/v1/jobs/{id_}/events")
    assert (answer.status_code, "line 2 is no event" in answer.text) == (500, True)
    with listening(gateway, id_) as connection, pytest.raises(ConnectionClosed) as closed:
        connection.recv(5)
    # Its reason has room for 123 bytes: of a long path nothing else is left.
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 1011
    path.unlink()
    assert gateway.request("GET", f"/v1/jobs/{id_}").status_code == 404
