"""A whole run, from its settings to what is printed at the end: one process per run, its log, its state."""

from collections.abc import Sequence
from pathlib import Path

from mucode.errors import MucodeError
from mucode.train.config import RunConfig, check_served
from mucode.train.executor import LocalExecutor
from mucode.train.lock import locked
from mucode.train.pair import PAIR
from mucode.train.pipeline import Outcome, train
from mucode.train.progress import screen_for
from mucode.train.run import Run, name_of
from mucode.train.store import Store
from mucode.train.worker import full_disk


def train_whole(config: RunConfig, sources: Sequence[str], store_folder: Path, *, wait: bool) -> str:
    """Performs the run, or what is left of it. What to print at the end. Raises MucodeError, KeyboardInterrupt."""
    import sys

    check_served(config)
    store = Store(store_folder)
    folder = store.runs / name_of(config, sources)
    try:
        with locked(folder / "lock", f"The run {folder.name}", wait=wait):
            run = Run(folder, config, store, LocalExecutor(), screen_for(sys.stderr), wait=wait)
            try:
                return _performed(config, run)
            finally:
                run.close()
    except OSError as error:
        if told := full_disk(error, store.root):
            raise MucodeError(told) from error
        raise


def _performed(config: RunConfig, run: Run) -> str:
    run.tell("job.state", {"state": "running"})
    try:
        outcome = train(config, run)
    except MucodeError as error:
        run.tell("job.state", {"state": "failed", "message": str(error)})
        raise
    except KeyboardInterrupt:
        run.tell("job.state", {"state": "stopped"})
        raise
    run.tell("job.state", {"state": "done", "pair": str(outcome.folder), "best": outcome.best.iteration})
    return _words(outcome)


def _words(outcome: Outcome) -> str:
    tried = [
        f"iteration {pair.iteration}: {pair.figure:.1%} of the validation problems"
        + (" (best)" if pair is outcome.best else "")
        for pair in outcome.tried
    ]
    tables = (outcome.evaluation / "tables.md").read_text(encoding="utf-8")
    return "\n".join([*tried, "", tables, f"pair folder: {outcome.folder / PAIR}"])
