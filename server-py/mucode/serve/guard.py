"""Who may talk to the gateway: the right token, a known host name, and no browser page. Nothing about models."""

import hmac
import ipaddress
from collections.abc import Iterable

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from mucode.serve.answers import error_answer

WRONG_TOKEN = 4401
"""Close code of a WebSocket without the right token: a client cannot read the status of a refused handshake."""
OPEN_PATHS = frozenset({"/healthz"})
_WITHOUT = "Wrong or missing token. Send 'Authorization: Bearer TOKEN'."
LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


class Guard:
    """ASGI middleware: 403 for browsers and unknown Host headers, 401 (a WebSocket: 4401) without the token."""

    def __init__(self, app: ASGIApp, token: str, hosts: Iterable[str]) -> None:
        self._app = app
        self._token = token.encode()
        self._hosts = LOOPBACK_NAMES | {host.lower() for host in hosts}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        if "origin" in headers:
            answer = error_answer(403, "browser", "Web pages may not use this server.")
        elif _host_name(headers.get("host", "")) not in self._hosts:
            # A page that rebinds its own name to this address sends that name here.
            answer = error_answer(403, "host", "Unknown Host header. Start the server with --trusted-host NAME.")
        elif scope["path"] not in OPEN_PATHS and not self._knows(headers.get("authorization", "")):
            if scope["type"] == "websocket":
                await send({"type": "websocket.accept"})
                await send({"type": "websocket.close", "code": WRONG_TOKEN, "reason": _WITHOUT})
                return
            answer = error_answer(401, "token", _WITHOUT)
            answer.headers["WWW-Authenticate"] = "Bearer"
        else:
            await self._app(scope, receive, send)
            return
        await answer(scope, receive, send)

    def _knows(self, authorization: str) -> bool:
        scheme, _, token = authorization.partition(" ")
        return scheme.lower() == "bearer" and hmac.compare_digest(token.strip().encode(), self._token)


def is_loopback(host: str) -> bool:
    """Whether binding to `host` keeps the port on this machine."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _host_name(header: str) -> str:
    """The name in a Host header, without port and IPv6 brackets. The port is free: tunnels change it."""
    if header.startswith("["):
        return header[1:].partition("]")[0].lower()
    return header.partition(":")[0].lower()
