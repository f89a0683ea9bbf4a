"""Algorithm 1 of μCode (Jain et al. 2025, arXiv 2502.20380, section 3), top-down. What a stage does is in its own room;
that nothing is done twice, in run.py. The baselines go through the same lines by their settings (presets/)."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mucode.train.base import base_model
from mucode.train.config import RunConfig
from mucode.train.pair import Pair, figure_of, write_pair
from mucode.train.problems import sources
from mucode.train.run import Run


@dataclass(frozen=True)
class Outcome:
    """What a run leads to."""

    tried: Sequence[Pair]
    """The pair of each iteration, with its figures on the validation problems."""
    best: Pair
    """The one with the highest figure; of equal ones the earliest."""
    evaluation: Path
    """The best pair on the test problems: report.json, tables.md, plots."""
    folder: Path
    """The pair folder: both models, and pair.json."""


def train(config: RunConfig, run: Run) -> Outcome:
    """Makes, or finds, everything from the problems to the pair folder. Raises MucodeError."""
    problems = {split.name: run.stage("problems", split, files=sources(split)) for split in config.problems.splits}
    base = base_model(config.base, run)
    verifier_base = base_model(config.verifier_base or config.base, run)

    # Input: initial generator π_0, multi-turn code generation environment E, most iterations M.
    generator = base
    data: list[Path] = []
    tried: list[Pair] = []

    # for iteration i = 1 … M do
    for i in range(1, config.iterations + 1):
        # Roll out the generator π_θ^(i-1) in the environment E: D_i ← {(x, s_t, y_t, o_t)}; add D_i to D.
        rollouts = run.stage("rollout", config.rollout, i, problems=problems["train"], generator=generator)
        data.append(rollouts)

        # Train a verifier R_φ^i(x, y) on D.
        verifier = run.stage(
            "verifier", config.verifier, i, rollouts=data, problems=problems["train"], base=verifier_base
        )

        if config.learn:
            # Construct the local search expert π_*^i(x) = argmax over y in D(x) of R_φ^i(x, y), with the oracle reward
            # beside it, and relabel the data with it: D_*^i ← {(x, s_t, π_*^i(x))}.
            scores = _scores(config, run, i, data, problems["train"], verifier)
            examples = run.stage("relabel", config.relabel, i, rollouts=data, scores=scores)

            # Train π_θ^i by fine-tuning on D_*^i.
            before = [generator] if config.generator.start == "continue" and i > 1 else []
            generator = run.stage("generator", config.generator, i, examples=examples, base=base, generator=before)

        validated = run.stage(
            "evaluate", config.validation, i, problems=problems["validation"], generator=generator, verifier=verifier
        )
        revision = run.revision(generator, verifier)
        tried.append(Pair(i, generator, verifier, validated, figure_of(validated), revision))
        run.tell("metric", {"name": "validation", "value": tried[-1].figure, "step": i})
    # end for

    # Output: the best generator π_θ and verifier R_φ.
    best = max(tried, key=lambda pair: pair.figure)
    final = run.stage(
        "evaluate", config.evaluate, problems=problems["test"], generator=best.generator, verifier=best.verifier
    )
    return Outcome(tried, best, final, write_pair(run.folder / "pair", best, tried, final, config))


def _scores(
    config: RunConfig, run: Run, iteration: int, data: Sequence[Path], problems: Path, verifier: Path
) -> Sequence[Path]:
    """R_φ of every distinct program, where the expert asks for it."""
    if not config.relabel.asks_verifier:
        return ()
    return (run.stage("score", config.verifier, iteration, rollouts=data, problems=problems, verifier=verifier),)
