"""Everything that is measured on one problem. Where problems and models come from is in stage.py."""

import asyncio
from collections.abc import Mapping
from typing import Any

from mucode.train.rows import ProblemRow, seed_of

from .results import Measured, Searched
from .sample import Bench, States
from .search import search
from .select import ASKS_VERIFIER


def selectors_of(bench: Bench) -> list[str]:
    """The selectors that can be run, and `oracle`, their bound."""
    wanted = [name for name in bench.config.selectors if bench.scorer is not None or name not in ASKS_VERIFIER]
    return [*wanted, "oracle"]


def has_private(problem: Mapping[str, Any]) -> bool:
    """Whether some private test is not public as well: HumanEval 38 and 50, for one, show their only test."""
    public = [_said(problem, test) for test in problem["public_tests"]]
    return any(_said(problem, test) not in public for test in problem["private_tests"])


def _said(problem: Mapping[str, Any], test: Mapping[str, Any]) -> Mapping[str, Any]:
    """A test as far as it tells it from others: in a project several ids may share one text."""
    return test if problem.get("kind") == "workspace" else {name: test[name] for name in test if name != "id"}


async def measure(bench: Bench, row: ProblemRow) -> Measured:
    """Greedy answers, answers to the first prompt, and every search."""
    config = bench.config
    likeliest = States(bench, row, 0, greedy=True)
    sampled = [States(bench, row, number) for number in range(config.searches)]
    async with asyncio.TaskGroup() as group:
        greedy = group.create_task(search(likeliest.sample, selector="pt", n=1, most=config.turns, seed=bench.seed))
        tasks = [group.create_task(_searches(bench, row, number, states)) for number, states in enumerate(sampled)]
    found = [task.result() for task in tasks]
    samples = sum(samples for samples, _, _ in found)
    correct = sum(correct for _, correct, _ in found)
    searches = tuple(one for _, _, searched in found for one in searched)
    private = has_private(row.problem)
    answers, cut = (sum(getattr(one, name) for one in [likeliest, *sampled]) for name in ("answers", "cut"))
    return Measured(row.id, row.source, row.task, private, greedy.result(), samples, correct, searches, answers, cut)


async def _searches(bench: Bench, row: ProblemRow, number: int, states: States) -> tuple[int, int, list[Searched]]:
    """(answers to the first prompt, those that are correct, the searches that share them), one seed."""
    config = bench.config
    selectors = selectors_of(bench)
    main = "pt+lv" if "pt+lv" in selectors else "pt"
    wanted = [(selector, config.n) for selector in selectors]
    wanted += [(main, n) for n in config.scaling if (main, n) not in wanted]
    ties = seed_of(bench.seed, row.id, number)
    first = await states.sample([], max(n for _, n in wanted))
    found = [
        Searched(selector, n, number, await search(states.sample, selector=selector, n=n, most=config.turns, seed=ties))
        for selector, n in wanted
    ]
    return len(first), sum(one.correct for one in first), found
