"""One gateway from start to end: the port, the announcements on standard output, and what makes it stop."""

import asyncio
import dataclasses
import json
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, cast

import uvicorn

from mucode.errors import MucodeError
from mucode.serve.app import JOBS_ONLY, make_app
from mucode.serve.engine import Engine, OnState
from mucode.serve.jobs.jobs import Jobs
from mucode.serve.remote import UrlEngine
from mucode.serve.settings import Settings
from mucode.serve.sglang_launch import chosen_device
from mucode.serve.supervisor import LocalEngine
from mucode.serve.token import load_or_create
from mucode.serve.verifier import Verifier

SHARE_BESIDE_VERIFIER = 0.55
_MESSAGE_BYTES = 4096
"""Most that a client may send as a message; none is expected."""
SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class _Server(uvicorn.Server):
    """uvicorn which says when it listens, and leaves signals to us: its own handling ends us before the engine."""

    def __init__(self, config: uvicorn.Config, on_listening: Callable[[], None]) -> None:
        super().__init__(config)
        self._on_listening = on_listening

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self._on_listening()

    @contextmanager
    def capture_signals(self) -> Generator[None]:
        yield


async def run_gateway(settings: Settings) -> None:
    """Serve until a signal comes or, with `stdin_owner`, standard input closes. MucodeError if it cannot start."""
    token = load_or_create(settings.token_file)
    port = _bound(settings)
    engine, verifier = _engines(settings)
    jobs = Jobs(settings.store, lambda: _refusal(settings))

    def listening() -> None:
        _announce_listening(settings, port)
        jobs.begin()
        if engine:
            engine.start()
        elif verifier:
            verifier.start()
        else:
            _announce({"event": "state", "state": "ready", "message": JOBS_ONLY})

    config = uvicorn.Config(
        cast("Any", make_app(engine, verifier, jobs, token, (*settings.trusted_hosts, settings.host))),
        lifespan="off",
        log_level="warning",
        access_log=False,
        server_header=False,
        ws_max_size=_MESSAGE_BYTES,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=max(1, round(settings.drain_s)),
    )
    server = _Server(config, listening)
    _stop_on_signals(server)
    if settings.stdin_owner:
        _call_when_stdin_closes(asyncio.get_running_loop(), lambda: _stop(server))
    try:
        await server.serve(sockets=[port])
    finally:
        jobs.end()
        if verifier:
            await verifier.stop()
        if engine:
            await engine.stop()


def _engines(settings: Settings) -> tuple[Engine | None, Verifier | None]:
    """The generator's engine and the verifier. One of them may be absent; what is announced is the generator's state.

    The verifier is started when the generator has taken its memory: both would count the same free memory as theirs.
    """
    if settings.jobs_only:
        return None, None
    if settings.verifier is None:
        return _generator(settings, _announce_state), None
    if settings.engine != "url" and settings.model is None:
        return None, Verifier(settings, settings.verifier, _announce_state)

    def on_state(engine: Engine) -> None:
        _announce_state(engine)
        if engine.state in ("ready", "failed"):
            verifier.start()

    share = settings.memory_share if settings.together else SHARE_BESIDE_VERIFIER
    engine = _generator(dataclasses.replace(settings, memory_share=share), on_state)
    verifier = Verifier(settings, settings.verifier, lambda _: None, engine if settings.together else None)
    return engine, verifier


def _refusal(settings: Settings) -> str | None:
    """Why no job may start beside what is served; None if one may."""
    served = settings.verifier or settings.model
    allowed = settings.jobs_beside_serving
    if not served or allowed == "allow" or (allowed is None and chosen_device(settings) == "cpu"):
        return None
    return (
        "This server keeps its models in the memory that training needs. Stop it and start one with --jobs-only, or "
        "start it with --jobs-beside-serving allow if there is room for both."
    )


def _generator(settings: Settings, on_state: OnState) -> Engine:
    return UrlEngine(settings, on_state) if settings.engine == "url" else LocalEngine(settings, on_state)


def _bound(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    port = socket.socket(family, socket.SOCK_STREAM)
    port.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        port.bind((settings.host, settings.port))
    except OSError as error:
        port.close()
        where = f"{settings.host}:{settings.port}"
        raise MucodeError(f"Cannot listen on {where}: {error.strerror}. Choose another --port.") from error
    return port


def _stop_on_signals(server: uvicorn.Server) -> None:
    loop = asyncio.get_running_loop()
    for number in SIGNALS:
        loop.add_signal_handler(number, _stop, server)


def _stop(server: uvicorn.Server) -> None:
    # A second request to stop does not wait for running answers.
    server.force_exit = server.should_exit
    server.should_exit = True


def _call_when_stdin_closes(loop: asyncio.AbstractEventLoop, stop: Callable[[], None]) -> None:
    def watch() -> None:
        while os.read(sys.stdin.fileno(), 4096):
            pass
        loop.call_soon_threadsafe(stop)

    threading.Thread(target=watch, daemon=True).start()


def _announce_listening(settings: Settings, port: socket.socket) -> None:
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    url = f"http://{host}:{port.getsockname()[1]}"
    _announce({"event": "listening", "url": url, "token_file": str(settings.token_file), "pid": os.getpid()})


def _announce_state(engine: Engine) -> None:
    event: dict[str, object] = {"event": "state", "state": engine.state, "message": engine.message}
    if engine.state == "failed":
        event["log"] = engine.log_tail()[-20:]
    _announce(event)


def _announce(event: dict[str, object]) -> None:
    try:
        sys.stdout.write(json.dumps(event, ensure_ascii=False) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # Whoever started us no longer listens; the server goes on for its other clients.
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123,SIM115 — lives as long as the process
