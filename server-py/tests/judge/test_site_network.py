"""A project's tests talk to servers of their own on this machine's name, and to nobody else."""

from pathlib import Path

import pytest

from mucode.judge.limits import Site
from mucode.judge.sandbox.pool import Pool
from tests.judge.projects import project, run, told

TALK = """
import asyncio, socket
async def main():
    async def hello(reader, writer):
        writer.write(await reader.readline()); await writer.drain(); writer.close()
    answers = []
    for host in ('localhost', '127.0.0.1', '::1'):
        server = await asyncio.start_server(hello, host, %d)
        reader, writer = await asyncio.open_connection(host, server.sockets[0].getsockname()[1])
        writer.write(b'hi' + bytes([10])); await writer.drain()
        answers.append(await reader.readline())
        writer.close(); await writer.wait_closed()
        server.close(); await server.wait_closed()
    return answers
tell(asyncio.run(main()))
"""


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """Any project."""
    return Site(str(project(tmp_path / "project")))


def test_servers_on_localhost_answer_and_their_ports_are_free_for_the_next_candidate(pool: Pool, site: Site) -> None:
    for _ in range(3):
        assert told(run(pool, site, TALK % 0)) == [repr([b"hi\n"] * 3)]
        fixed = TALK.replace("('localhost', '127.0.0.1', '::1')", "('127.0.0.1',)") % 18765
        assert told(run(pool, site, fixed)) == [repr([b"hi\n"])]


def test_no_other_machine_and_no_other_kind_of_socket(pool: Pool, site: Site) -> None:
    source = """
    import socket
    for family in (socket.AF_NETLINK, socket.AF_PACKET, 40, socket.AF_ALG):
        try:
            socket.socket(family, socket.SOCK_RAW)
            tell(family)
        except OSError as error:
            tell(error.errno)
    for address in ('1.1.1.1', '192.168.0.1', '10.0.0.1', '169.254.169.254'):
        try:
            socket.create_connection((address, 80), 2)
            tell(address)
        except OSError as error:
            tell(error.errno)
    try:
        socket.getaddrinfo('example.org', 80)
    except socket.gaierror:
        tell('unknown')
    pair = socket.socketpair(); pair[0].send(b'x'); tell(pair[1].recv(1))
    """
    assert told(run(pool, site, source)) == ["1"] * 4 + ["101"] * 4 + ["'unknown'", "b'x'"]


def test_a_local_server_of_one_candidate_is_gone_for_the_next(pool: Pool, site: Site) -> None:
    server = """
    import socket, threading
    if os.fork() == 0:
        os.setsid()
        listening = socket.create_server(('127.0.0.1', 18766))
        named = socket.socket(socket.AF_UNIX); named.bind(b'\\0somebody'); named.listen()
        while True:
            listening.accept()
    import time
    for _ in range(500):
        try:
            socket.create_connection(('127.0.0.1', 18766)); tell('up'); break
        except OSError:
            time.sleep(0.01)
    """
    client = """
    import socket
    for address in (('127.0.0.1', 18766), b'\\0somebody'):
        try:
            family = socket.AF_INET if isinstance(address, tuple) else socket.AF_UNIX
            socket.socket(family).connect(address)
            tell('still there')
        except OSError as error:
            tell(error.errno)
    """
    assert told(run(pool, site, server)) == ["'up'"]
    assert told(run(pool, site, client)) == ["111", "111"]


def test_a_socket_in_the_project_leads_nowhere(pool: Pool, tmp_path: Path) -> None:
    """A read-only mount would not keep a candidate away from a program of the user that listens there."""
    import socket

    root = project(tmp_path / "p")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(root / "ipc"))
        listening.listen()
        (root / "ipc").chmod(0o777)
        source = f"""
        import socket
        try:
            socket.socket(socket.AF_UNIX).connect({str(root / "ipc")!r})
            tell('connected')
        except OSError as error:
            tell(type(error).__name__)
        """
        (line,) = told(run(pool, Site(str(root)), source))
    assert line == "'ConnectionRefusedError'"
