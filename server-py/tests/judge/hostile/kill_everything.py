"""Kills whatever it may kill, its parent first."""

import os
import signal

for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGSTOP, signal.SIGSEGV):
    for target in (os.getppid(), 1, 2, -1):
        try:
            if target:
                os.kill(target, number)
        except OSError:
            pass
