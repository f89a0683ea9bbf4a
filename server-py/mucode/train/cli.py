"""The command lines of training: whole runs, single stages, and what a store holds."""

from pathlib import Path

from mucode.train import worker


def main(command: str, arguments: list[str]) -> int:
    """Runs a command of training; its exit status."""
    if command == "stage":
        (order,) = arguments
        return worker.work(Path(order))
    raise AssertionError(command)
