"""Recurses without a limit."""

import sys

sys.setrecursionlimit(1 << 30)


def down(n: int) -> int:
    return down(n + 1) + 1


down(0)
