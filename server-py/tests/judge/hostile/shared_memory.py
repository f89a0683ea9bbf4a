"""Takes memory outside the address space: shared memory files and anonymous files."""

import os

for number in range(10000):
    fd = os.open(f"/dev/shm/{number}", os.O_CREAT | os.O_RDWR)
    os.write(fd, bytes(1 << 20))
