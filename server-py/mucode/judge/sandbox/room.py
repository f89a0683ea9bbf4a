"""How full a child's own folders are, as its server sees them through descriptors that the child handed over.

The folders are in the child's own mount namespace, where no path of the server leads.
"""

import array
import contextlib
import os
import socket
from typing import Optional

from .fences import Config

_MOST_FOLDERS = 8
_HANDED_OVER = b"\0"


def offer(fd: int, config: Config) -> None:
    """In the child, behind its fences: hands its folders over on a socket. They are descriptors to look at only."""
    if not config.namespaces:
        return
    written = [*config.scratch, *([config.ground.root] if config.ground and config.ground.writable else [])]
    folders = [os.open(folder, os.O_PATH | os.O_CLOEXEC) for folder in written]
    with socket.socket(fileno=os.dup(fd)) as server:
        server.sendmsg([_HANDED_OVER], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", folders))])
    for folder in folders:
        os.close(folder)


class Room:
    """The server's end: what one child may fill, and its trouble if its fences could not be raised."""

    def __init__(self, child: socket.socket, shared: "list[str]") -> None:
        """shared: folders that children share with the server, where they have none of their own."""
        self._child = child
        self._child.setblocking(False)
        self._folders = [os.open(folder, os.O_PATH | os.O_CLOEXEC) for folder in shared]
        self.trouble = ""

    def excess(self) -> Optional[str]:
        """The limit that the child has reached: "disk" (no room left), "files" (no more can be made) or None."""
        self._listen()
        for folder in self._folders:
            state = os.fstatvfs(folder)
            if state.f_bfree == 0:
                return "disk"
            if state.f_ffree == 0:
                return "files"
        return None

    def _listen(self) -> None:
        with contextlib.suppress(BlockingIOError, ConnectionError):
            message, ancillary, _, _ = self._child.recvmsg(4096, socket.CMSG_SPACE(4 * _MOST_FOLDERS))
            if message != _HANDED_OVER:
                self.trouble += message.decode("utf-8", "replace")
            for _, _, data in ancillary:
                self._folders += array.array("i", data[: len(data) - len(data) % 4])

    def close(self) -> None:
        """Lets go of the folders, which end with the child."""
        self._listen()
        self._child.close()
        for folder in self._folders:
            os.close(folder)
        self._folders = []
