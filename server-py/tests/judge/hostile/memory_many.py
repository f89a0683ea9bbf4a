"""Takes 300 MiB in each of many processes, all below the limit of a single one."""

import os
import time

for _ in range(12):
    if os.fork() == 0:
        held = bytearray(os.urandom(1)) * (300 << 20)
        time.sleep(60)
time.sleep(60)
