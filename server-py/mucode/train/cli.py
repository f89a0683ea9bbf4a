"""The command lines of training: whole runs and what a store holds. Single stages are in single.py."""

import argparse
import signal
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import FrameType

from mucode.errors import MucodeError
from mucode.serve.settings import default_store
from mucode.train import worker
from mucode.train.stage import STAGES


def main(command: str, arguments: list[str]) -> int:
    """Runs a command of training; its exit status."""
    if command in STAGES:
        from mucode.train.single import single

        return _interruptible(command, lambda: single(command, arguments, default_store()), arguments)
    commands: Mapping[str, Callable[[list[str]], int]] = {
        "stage": _stage,
        "train": _train,
        "runs": _runs,
        "gc": _gc,
        "tables": _tables,
    }
    return _interruptible(command, lambda: commands[command](arguments), arguments)


def _stage(arguments: list[str]) -> int:
    """Internal: the process of one stage."""
    (order,) = arguments
    return worker.work(Path(order))


def _interruptible(command: str, work: Callable[[], int], arguments: Sequence[str]) -> int:
    """Ends cleanly on Ctrl+C, SIGTERM and SIGHUP, and says how to go on."""
    if command == "stage":
        return work()

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, interrupt)
    try:
        return work()
    except KeyboardInterrupt:
        again = " ".join(["mucode", command, *arguments])
        print(f"\nStopped. What is finished is kept; the same command goes on from there: {again}", file=sys.stderr)
        return 130


def _train(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="mucode train",
        description="Algorithm 1 of μCode from the problems to a pair of models. The same command again goes on.",
    )
    add = parser.add_argument
    add("sources", nargs="+", metavar="RUN", help="a preset or a TOML file; later ones over earlier ones")
    add("--set", action="append", default=[], metavar="A.B=VALUE", help="one setting; repeatable")
    add("--show", action="store_true", help="only print the settings in effect")
    add("--wait", action="store_true", help="wait for other runs that make the same things")
    _add_store(parser)
    chosen = parser.parse_args(arguments)
    from mucode.train.config import as_toml, effective

    config = effective(chosen.sources, chosen.set)
    print(as_toml(config), end="", flush=True)
    if not chosen.show:
        from mucode.train.whole import train_whole

        print(train_whole(config, chosen.sources, chosen.store, wait=chosen.wait))
    return 0


def _runs(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="mucode runs", description="What runs a store holds.")
    parser.add_argument("action", nargs="?", choices=("list", "show", "remove"), default="list")
    parser.add_argument("run", nargs="?", help="name of the run, or how it begins")
    _add_store(parser)
    chosen = parser.parse_args(arguments)
    from mucode.train import runs
    from mucode.train.store import Store

    store = Store(chosen.store)
    if chosen.action == "list":
        print("\n".join(runs.listed(store)))
        return 0
    if not chosen.run:
        raise MucodeError(f"Name the run: `mucode runs {chosen.action} RUN`. `mucode runs` lists them.")
    folder = runs.named(store, chosen.run)
    if chosen.action == "show":
        print("\n".join(runs.shown(folder)))
    else:
        runs.remove(folder)
        print(f"{folder.name} is removed. `mucode gc` frees what only it referred to.")
    return 0


def _gc(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="mucode gc", description="Remove artifacts that no run refers to.")
    parser.add_argument("--dry-run", action="store_true", help="only say what would be removed")
    parser.add_argument("--damaged", action="store_true", help="instead remove those whose files are not as made")
    _add_store(parser)
    chosen = parser.parse_args(arguments)
    from mucode.train import runs
    from mucode.train.progress import size
    from mucode.train.store import Store

    store = Store(chosen.store)
    waste = store.damaged() if chosen.damaged else store.superfluous(runs.wanted(store))
    for one in waste:
        print(f"{one.path.relative_to(store.root)}  {size(one.bytes)}")
        if not chosen.dry_run:
            one.remove()
    said = "would be freed" if chosen.dry_run else "freed"
    print(f"{len(waste)} folders, {size(sum(one.bytes for one in waste))} {said}.")
    return 0


def _tables(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog="mucode tables", description="Compare several runs or evaluations in one table."
    )
    about = "a run's name, or how it begins, or a folder made by `mucode evaluate`"
    parser.add_argument("runs", nargs="+", metavar="RUN", help=about)
    parser.add_argument("--out", type=Path, required=True, help="folder for report.json, tables.md and plots")
    _add_store(parser)
    chosen = parser.parse_args(arguments)
    from mucode.evaluate.outcome import conclude
    from mucode.train import runs
    from mucode.train.store import Store

    store = Store(chosen.store)
    folders = dict(runs.evaluation_of(store, name) for name in chosen.runs)
    chosen.out.mkdir(parents=True, exist_ok=True)
    conclude(folders, chosen.out)
    print((chosen.out / "tables.md").read_text(encoding="utf-8"), end="")
    return 0


def _add_store(parser: argparse.ArgumentParser) -> None:
    default = default_store()
    parser.add_argument("--store", type=Path, default=default, help=f"else MUCODE_STORE, else {default}")
