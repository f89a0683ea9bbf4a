"""The evaluation stage: problems and models in, results-NNNNN.jsonl, report.json, tables.md and plots out.

What is measured on one problem is in measure.py; what it adds up to in outcome.py.
"""

import asyncio
import dataclasses
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path

from mucode.errors import MucodeError
from mucode.train.done import Done
from mucode.train.reading import read
from mucode.train.rollout.engine import engine_for
from mucode.train.rollout.judging import Judging
from mucode.train.rollout.settings import EngineConfig
from mucode.train.rollout.stage import until_terminated
from mucode.train.rows import ProblemRow, read_rows
from mucode.train.stage import StageSpec, Tell
from mucode.train.verifier.settings import VerifierConfig

from . import results
from .measure import measure
from .outcome import conclude, keep_settings
from .report import Report
from .results import Measured
from .sample import Bench
from .select import ASKS_VERIFIER
from .settings import EvaluateConfig

SHARE_BESIDE_VERIFIER = 0.55
"""Of the GPU's memory, for the generator's engine; the rest is for the verifier's passes."""
AT_ONCE = 4
"""Problems at a time: each has all its searches in flight, so that the engine always has work."""


def run(spec: StageSpec, tell: Tell) -> None:
    """Fills spec.out. inputs: `problems` (one folder per data set), `generator`, and `verifier`, which may be absent.

    Parts that an earlier attempt finished are not measured again. Raises MucodeError; SIGTERM ends engine and judge.
    """
    config = read(EvaluateConfig, spec.config, "evaluate")
    rows = [row for folder in spec.inputs["problems"] for row in read_rows(folder / "problems.jsonl", ProblemRow)]
    if not rows:
        raise MucodeError("evaluate: there is no problem to measure on. Choose a data set that has a test split.")
    left_out = sorted(ASKS_VERIFIER.intersection(config.selectors))
    if left_out and not spec.inputs.get("verifier"):
        tell("warning", {"message": f"There is no verifier: the selectors {', '.join(left_out)} are not run."})
    keep_settings(spec.out, config)
    asyncio.run(until_terminated(_measure_all(spec, config, rows, tell)))
    for report in conclude({"": spec.out}, spec.out):
        _tell_figures(report, tell)
        if report.too_long:
            where = f"{report.too_long} problems of {report.source} have a prompt that leaves no room for an answer"
            tell("warning", {"message": f"{where} in the engine's context (engine.context_length): not solved."})


async def _measure_all(spec: StageSpec, config: EvaluateConfig, rows: Sequence[ProblemRow], tell: Tell) -> None:
    parts = {
        spec.out / f"results-{number:05}.jsonl": rows[start : start + config.part]
        for number, start in enumerate(range(0, len(rows), config.part))
    }
    left = {path: members for path, members in parts.items() if not path.is_file()}
    done = Done(tell, len(rows), "problems")
    done.found(len(rows) - sum(map(len, left.values())))
    if not left:
        done.say()
        return
    engine_config = read(EngineConfig, spec.engine, "engine")
    tell("log", {"message": engine_config.about_seeds})
    async with AsyncExitStack() as stack:
        judging = await stack.enter_async_context(Judging(spec.workers))
        scorer = None
        if spec.inputs.get("verifier"):
            from .verifier import LocalVerifier

            # First, so that its weights are no part of the memory that the engine finds free and takes its share of.
            verifier = LocalVerifier(spec.input("verifier"), scoring(config), spec.workers)
            scorer = await stack.enter_async_context(verifier)
            engine_config = beside_verifier(engine_config)
        engine = await stack.enter_async_context(engine_for(engine_config, spec.input("generator")))
        await _measure_parts(Bench(config, engine, judging, scorer, spec.seed), left, done)


def scoring(config: EvaluateConfig) -> VerifierConfig:
    """How the verifier is run: as the evaluation says, which says what the run's verifier settings say."""
    default = VerifierConfig()
    return VerifierConfig(
        dtype=config.verifier_dtype or default.dtype,
        tokens_at_once=config.verifier_tokens_at_once or default.tokens_at_once,
    )


def beside_verifier(config: EngineConfig) -> EngineConfig:
    """The engine's settings where the verifier computes beside it: a search asks both in turn, so both stay."""
    return dataclasses.replace(config, memory_share=config.memory_share or SHARE_BESIDE_VERIFIER)


async def _measure_parts(bench: Bench, parts: Mapping[Path, Sequence[ProblemRow]], done: Done) -> None:
    done.begin()
    at_once = asyncio.Semaphore(AT_ONCE)

    async def one(row: ProblemRow) -> Measured:
        async with at_once:
            found = await measure(bench, row)
        bench.judging.forget(row)
        done.ended()
        return found

    async def part(path: Path, members: Sequence[ProblemRow]) -> None:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(one(row)) for row in members]
        results.write(path, [task.result() for task in tasks])

    async with asyncio.TaskGroup() as group:
        for path, members in parts.items():
            group.create_task(part(path, members))


def _tell_figures(report: Report, tell: Tell) -> None:
    found = {"single_turn_greedy": report.single, "multi_turn_greedy": report.multi}
    for selector, n in report.searched:
        found[f"best_of_{n}.{selector}"] = report.searched[selector, n][-1]
    figures = {name: sum(values) / len(values) for name, values in found.items()}
    for name, value in {**figures, "cut_answers": report.cut_answers}.items():
        tell("metric", {"name": f"evaluate.{report.source}.{name}", "value": round(value, 4)})
