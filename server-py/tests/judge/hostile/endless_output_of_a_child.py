"""Leaves a child behind that keeps stdout open."""

import os
import time

if os.fork() == 0:
    time.sleep(600)
