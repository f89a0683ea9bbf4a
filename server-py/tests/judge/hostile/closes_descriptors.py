"""Closes every descriptor and opens others in their place."""

import os

os.closerange(0, 256)
for _ in range(16):
    os.open("/dev/null", os.O_RDWR)
while True:
    pass
