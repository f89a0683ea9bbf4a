"""The rollout stage: problems in, part-NNNNN.jsonl out. Parts that an earlier attempt finished are not made again.

One rollout is in episode.py and play.py; what a row holds in train/rows.py.
"""

import asyncio
import json
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from mucode.train.learnable import check_learnable
from mucode.train.reading import read
from mucode.train.rows import ProblemRow, RolloutRow, read_rows, write_rows, write_whole
from mucode.train.stage import StageSpec, Tell

from .account import Account
from .engine import engine_for
from .judging import Judging
from .play import Played, Table, first_of, play
from .settings import EngineConfig, RolloutConfig

_MOST_SHOWN = 2000
"""Characters of an answer and of its feedback in a `sample` event."""


def run(spec: StageSpec, tell: Tell) -> None:
    """Fills spec.out with `part-NNNNN.jsonl` (RolloutRow), `timings-NNNNN.jsonl` and `report.json` (counts).

    inputs: `problems` (problems.jsonl) and `generator` (a model folder, whose name becomes the rows' `weights`).
    Raises MucodeError; on SIGTERM it ends engine and judge and raises SystemExit.
    """
    config = read(RolloutConfig, spec.config, "rollout")
    check_learnable(spec.input("problems"))
    rows = list(read_rows(spec.input("problems") / "problems.jsonl", ProblemRow))
    parts = {number: rows[start : start + config.part] for number, start in enumerate(range(0, len(rows), config.part))}
    account = Account(tell, len(rows))
    for number, members in list(parts.items()):
        if (spec.out / _part(number)).is_file():
            account.found(len(members), list(read_rows(spec.out / _part(number), RolloutRow)))
            del parts[number]
    if parts:
        tell("log", {"message": read(EngineConfig, spec.engine, "engine").about_seeds})
        asyncio.run(until_terminated(_play_all(spec, config, parts, account)))
    write_whole(spec.out / "report.json", (json.dumps(account.close(), indent=1) + "\n").encode())


async def until_terminated(work: Any) -> None:  # noqa: ANN401  a coroutine of any kind
    """Awaits the work; a SIGTERM cancels it, so that everything it started is ended before this process is."""
    task = asyncio.ensure_future(work)
    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGTERM, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        raise SystemExit(128 + signal.SIGTERM) from None
    except BaseExceptionGroup as group:
        raise first_of(group) from group
    finally:
        loop.remove_signal_handler(signal.SIGTERM)


async def _play_all(
    spec: StageSpec, config: RolloutConfig, parts: Mapping[int, Sequence[ProblemRow]], account: Account
) -> None:
    """Plays problem after problem, several at a time across the borders of parts: the engine always has work."""
    generator = spec.input("generator")
    engine_config = read(EngineConfig, spec.engine, "engine")
    async with Judging(spec.workers) as judging, engine_for(engine_config, generator) as engine:
        table = Table(config, engine, judging, spec.seed, generator.name)
        account.begin(judging)
        at_once = asyncio.Semaphore(2 + 4 * engine_config.running // config.rollouts)
        async with asyncio.TaskGroup() as group:
            for number, members in parts.items():
                group.create_task(_play_part(table, at_once, spec.out, number, members, account))


async def _play_part(
    table: Table,
    at_once: asyncio.Semaphore,
    out: Path,
    number: int,
    members: Sequence[ProblemRow],
    account: Account,
) -> None:
    async def one(row: ProblemRow) -> list[Played]:
        async with at_once:
            played = await play(table, row)
        table.judging.forget(row)
        account.ended(row, played)
        return played

    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(one(row)) for row in members]
    played = [turn for task in tasks for turn in task.result()]
    _write(out, number, played)
    account.sample(_sample([turn.row for turn in played]))


def _write(out: Path, number: int, played: Sequence[Played]) -> None:
    """The part last: once it is there, all of it is."""
    timings = [
        {
            "problem": one.row.problem,
            "rollout": one.row.rollout,
            "turn": one.row.turn,
            "engine_ms": round(one.engine_ms, 1),
            "judge_ms": round(one.judge_ms, 1),
        }
        for one in played
    ]
    write_whole(out / f"timings-{number:05}.jsonl", "".join(json.dumps(one) + "\n" for one in timings).encode())
    write_rows(out / _part(number), (one.row for one in played))


def _part(number: int) -> str:
    return f"part-{number:05}.jsonl"


def _sample(rows: Sequence[RolloutRow]) -> Mapping[str, Any] | None:
    """One rollout for people to look at: the longest of a part, with several turns if any has."""
    if not rows:
        return None
    longest = max(rows, key=lambda row: row.turn)
    turns = [row for row in rows if (row.problem, row.rollout) == (longest.problem, longest.rollout)]
    return {
        "problem": longest.problem,
        "rollout": longest.rollout,
        "correct": turns[-1].correct,
        "turns": [
            {
                "turn": row.turn,
                "answer": row.answer[:_MOST_SHOWN],
                "public": row.public,
                "feedback": row.feedback[:_MOST_SHOWN],
            }
            for row in turns
        ],
    }
