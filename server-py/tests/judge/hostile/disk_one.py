"""Fills its folder with one file, then with many."""
import os

for name in range(10000):
    with open(f"/box/{name}", "wb") as file:
        while True:
            try:
                file.write(bytes(1 << 20))
                file.flush()
            except OSError:
                break
