"""Leaves a tree that is deeper than any path may be long, closed to its owner."""
import os

for _ in range(3000):
    os.mkdir("d" * 50)
    os.chdir("d" * 50)
os.chmod(".", 0)
