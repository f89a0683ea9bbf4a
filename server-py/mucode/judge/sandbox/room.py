"""How full a child's own folders are, as its server sees them through descriptors that the child handed over.

The folders are in the child's own mount namespace, where no path of the server leads.
"""

import array
import contextlib
import os
import socket
from typing import Optional

from . import linux

_MOST_FOLDERS = 8
_HANDED_OVER = b"\0"


def offer(server: socket.socket, folders: "list[int]") -> None:
    """In the child, behind its fences: hands its folders over. They are descriptors to look at only."""
    server.sendmsg([_HANDED_OVER], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", folders))])


class Room:
    """The server's end: what one child after the other may fill, and its trouble if its fences could not be raised."""

    def __init__(self, shared: "list[str]") -> None:
        """shared: folders that children share with the server, where they have none of their own."""
        # One pair serves all children: each lets go of its end before untrusted code runs.
        self._child, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._child.setblocking(False)
        self.theirs = socket.socket(fileno=linux.out_of_the_way(theirs.detach()))
        """The end that a child reports to."""
        self._shared = [os.open(folder, os.O_PATH | os.O_CLOEXEC) for folder in shared]
        self._folders: list[int] = []
        self._trouble = ""

    def excess(self) -> Optional[str]:
        """The limit that the child has reached: "disk" (no room left), "files" (no more can be made) or None."""
        self._listen()
        for folder in [*self._shared, *self._folders]:
            state = os.fstatvfs(folder)
            if state.f_bfree == 0:
                return "disk"
            if state.f_ffree == 0:
                return "files"
        return None

    def _listen(self) -> None:
        with contextlib.suppress(BlockingIOError):
            message, ancillary, _, _ = self._child.recvmsg(4096, socket.CMSG_SPACE(4 * _MOST_FOLDERS))
            if message != _HANDED_OVER:
                self._trouble += message.decode("utf-8", "replace")
            for _, _, data in ancillary:
                self._folders += array.array("i", data[: len(data) - len(data) % 4])

    def clear(self) -> str:
        """Lets go of the folders of a child that has ended. Returns what it said of its fences; empty is well."""
        self._listen()
        for folder in self._folders:
            os.close(folder)
        self._folders = []
        trouble, self._trouble = self._trouble, ""
        return trouble
