"""A job's events on a WebSocket: what the file holds after a number, then whatever is added to it. Each reader has its
own place in the file, so a slow one costs no memory and makes nobody wait."""

import asyncio
import contextlib
import json
import time

from starlette.websockets import WebSocket, WebSocketDisconnect

from mucode.serve.jobs.errors import JobError
from mucode.serve.jobs.log import JobLog

POLL_S = 0.15
HEARTBEAT_S = 10.0
SLOW_S = 20.0
TOO_SLOW = 4408
INTERNAL = 1011
REASON = 120
"""Most characters of the reason that a close frame takes, with room for those of more than a byte."""
_BATCH = 500
_BATCH_BYTES = 1 << 20


async def follow(socket: WebSocket, log: JobLog, after: int) -> None:
    """Sends events from number `after` + 1 on, until the client leaves. The socket is accepted already.

    A heartbeat says that there is nothing more now: as soon as all is sent that was there, then every HEARTBEAT_S.
    """
    sending = asyncio.create_task(_send(socket, log, after))
    leaving = asyncio.create_task(_until_left(socket))
    await asyncio.wait((sending, leaving), return_when=asyncio.FIRST_COMPLETED)
    for task in (sending, leaving):
        task.cancel()
    for ended in await asyncio.gather(sending, leaving, return_exceptions=True):
        # A client may leave at any moment, also in the middle of a message.
        if isinstance(ended, Exception) and not isinstance(ended, (WebSocketDisconnect, OSError)):
            raise ended


async def _send(socket: WebSocket, log: JobLog, sent: int) -> None:
    told = float("-inf")
    try:
        while True:
            lines = (await asyncio.to_thread(log.lines, sent, _BATCH, _BATCH_BYTES)).split(b"\n")[:-1]
            for line in lines:
                await _tell(socket, line.decode())
            sent += len(lines)
            if lines:
                continue
            if time.monotonic() - told >= HEARTBEAT_S:
                await _tell(socket, json.dumps({"type": "heartbeat", "seq": log.account.seq}))
                told = time.monotonic()
            await asyncio.sleep(POLL_S)
    except JobError as error:
        await socket.close(INTERNAL, str(error)[:REASON])
    except TimeoutError:
        # A client that takes nothing does not take this either, unless it wakes up at once.
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(1.0):
                await socket.close(TOO_SLOW, f"nothing was read for {SLOW_S:g} s; connect again with ?after=")


async def _tell(socket: WebSocket, text: str) -> None:
    """Sends a message. TimeoutError when the client does not read."""
    async with asyncio.timeout(SLOW_S):
        await socket.send_text(text)


async def _until_left(socket: WebSocket) -> None:
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass
