"""Forks without end. expect: processes, timeout, or the child's own error; nothing left."""
import os

while True:
    try:
        os.fork()
    except OSError:
        pass
