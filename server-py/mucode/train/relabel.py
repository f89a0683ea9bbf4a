"""The expert of Algorithm 1: which program each state of the rollouts is taught. A pure function on tables; its stage.

Sources: μCode section 3.3 and Algorithm 1; for scope `reference` and the baselines what the released code does.
"""

import dataclasses
import json
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Literal

from mucode.errors import MucodeError
from mucode.prompts import fence
from mucode.train.reading import read
from mucode.train.rows import ExampleRow, RolloutRow, ScoreRow, read_rows, write_rows, write_whole
from mucode.train.stage import StageSpec, Tell

REFERENCE_FAILING = 3
Scores = Mapping[tuple[str, str], float]
"""R_φ by problem and fingerprint."""


@dataclass(frozen=True)
class RelabelConfig:
    """Who the expert is and which states it teaches. A setting that would do nothing is refused."""

    expert: Literal["local-search", "own-single", "own-multi"] = "local-search"
    """`local-search`: the best program found for the problem. The others are baselines and teach the generator its own
    programs: `own-single` right answers of turn 1 (RFT), `own-multi` the last program of rollouts that end right, for
    each of their states (Multi-STaR, as the released rft.sh builds it)."""
    score: Literal["both", "oracle", "learned"] = "both"
    """What the local search maximises: beta_oracle · R + beta_learned · R_φ, or R or R_φ alone (ablations)."""
    scope: Literal["all", "failing", "reference"] = "all"
    """`all`: every state (Algorithm 1). `failing`: states of rollouts that end wrong; the others are taught their own
    last program. `reference`: as `failing`, but as released: the search sees last programs only, and of the rollouts
    that end wrong only the three with the highest score are used (with keep_unsolved, which is how it was released)."""
    beta_oracle: float = 100.0
    """Weight of R, which is 0 or 1."""
    beta_learned: float = 1.0
    """Weight of R_φ, the verifier's number before its temperature."""
    keep_unsolved: bool = False
    """Also teach the best wrong program of a problem for which no right one was found."""

    def __post_init__(self) -> None:
        idle = _idle_settings(self)
        changed = [field.name for field in dataclasses.fields(self) if field.name in idle]
        changed = [name for name in changed if getattr(self, name) != getattr(RelabelConfig, name)]
        if changed:
            cause = f'score = "{self.score}"' if self.expert == "local-search" else f'expert = "{self.expert}"'
            raise MucodeError(f"relabel: {', '.join(changed)} would do nothing with {cause}. Remove it.")

    @property
    def asks_verifier(self) -> bool:
        """Whether R_φ takes part in the choice."""
        return self.expert == "local-search" and self.score != "oracle"


def _idle_settings(config: RelabelConfig) -> set[str]:
    if config.expert != "local-search":
        return {"score", "scope", "beta_oracle", "beta_learned", "keep_unsolved"}
    return set() if config.score == "both" else {"beta_oracle", "beta_learned"}


@dataclass(frozen=True)
class Relabelled:
    """What is taught, and the counts of report.json."""

    examples: tuple[ExampleRow, ...]
    report: Mapping[str, object]


@dataclass(frozen=True, eq=False)
class _Trajectory:
    """The turns of one rollout, in order; the last one is where it ended."""

    turns: tuple[RolloutRow, ...]

    @property
    def ends_right(self) -> bool:
        return _usable(self.turns[-1]) and self.turns[-1].correct


@dataclass(frozen=True)
class _Taught:
    """A state and the program it is taught."""

    state: RolloutRow
    program: RolloutRow


Value = Callable[[RolloutRow], float]


def relabel(iterations: Sequence[Iterable[RolloutRow]], scores: Scores, config: RelabelConfig) -> Relabelled:
    """The examples for the generator, in order of problem, iteration, rollout and turn.

    `iterations`: one table of rollouts per iteration so far. `scores` needs every program if the verifier is asked,
    else nothing. Ties go to the lesser fingerprint, then to the lesser text. A program that tampered is never taught.
    Raises MucodeError where a score is missing.
    """
    value = _value(scores, config)
    counts: Counter[str] = Counter()
    dropped: list[str] = []
    taught: list[_Taught] = []
    for problem, trajectories in _by_problem(iterations).items():
        programs = [row for one in trajectories for row in one.turns if _usable(row)]
        solved = any(row.correct for row in programs)
        counts.update(problems=1, solved=solved, programs=len({row.fingerprint for row in programs}))
        if not programs or not (solved or config.keep_unsolved):
            dropped.append(problem)
            continue
        found = _taught(trajectories, value, config)
        counts["outvoted"] += solved and any(not one.program.correct for one in found)
        taught += found
    known: Scores = scores if config.asks_verifier else {}
    examples = tuple(_example(one, known) for one in taught)
    return Relabelled(examples, {**_report(counts, taught, examples), "dropped_unsolved": dropped})


def _report(counts: Counter[str], taught: Sequence[_Taught], examples: Sequence[ExampleRow]) -> dict[str, object]:
    own = sum(one.program.fingerprint == one.state.fingerprint for one in taught)
    return {
        **{name: counts[name] for name in ("problems", "solved", "programs", "outvoted")},
        "examples": len(examples),
        "distinct_examples": len({(json.dumps(one.messages), one.completion) for one in examples}),
        "right_examples": sum(one.correct for one in examples),
        "own_program": own,
        "other_program": len(taught) - own,
    }


def _by_problem(iterations: Sequence[Iterable[RolloutRow]]) -> dict[str, list[_Trajectory]]:
    keyed = [((row.problem, iteration, row.rollout), row) for iteration, rows in enumerate(iterations) for row in rows]
    keyed.sort(key=lambda one: (*one[0], one[1].turn))
    problems: dict[str, list[_Trajectory]] = defaultdict(list)
    for (problem, *_), rows in groupby(keyed, key=lambda one: one[0]):
        problems[problem].append(_Trajectory(tuple(row for _, row in rows)))
    return dict(problems)


def _usable(row: RolloutRow) -> bool:
    return row.shown is not None and row.fingerprint is not None and "tamper" not in (row.public, row.private)


def _value(scores: Scores, config: RelabelConfig) -> Value:
    oracle, learned = {
        "both": (config.beta_oracle, config.beta_learned),
        "oracle": (1.0, 0.0),
        "learned": (0.0, 1.0),
    }[config.score]

    def value(row: RolloutRow) -> float:
        if not config.asks_verifier:
            return oracle * row.correct
        score = scores.get((row.problem, str(row.fingerprint)))
        if score is None:
            raise MucodeError(
                f"Problem {row.problem} has a program without a score: the scores are of other rollouts. "
                "Run the score stage on all rollouts that are relabelled."
            )
        return oracle * row.correct + learned * score

    return value


def _best(programs: Iterable[RolloutRow], value: Value) -> RolloutRow:
    return min(programs, key=lambda row: (-value(row), str(row.fingerprint), str(row.shown)))


def _taught(trajectories: Sequence[_Trajectory], value: Value, config: RelabelConfig) -> list[_Taught]:
    """For one problem, of which at least one usable program is known."""
    if config.expert == "own-single":
        first = [one.turns[0] for one in trajectories]
        return [_Taught(row, row) for row in first if _usable(row) and row.correct]
    if config.expert == "own-multi":
        return [_Taught(row, one.turns[-1]) for one in trajectories if one.ends_right for row in one.turns]
    if config.scope == "all":
        best = _best((row for one in trajectories for row in one.turns if _usable(row)), value)
        return [_Taught(row, best) for one in trajectories for row in one.turns]
    return _taught_where_wrong(trajectories, value, released=config.scope == "reference")


def _taught_where_wrong(trajectories: Sequence[_Trajectory], value: Value, released: bool) -> list[_Taught]:
    """Rollouts that end wrong are taught the best program, the others their own last one."""
    wrong = [one for one in trajectories if not one.ends_right]
    if released:
        # sorted is stable: of equal ones the earlier. Where there is no program at the end, there is no score.
        ends = [one for one in wrong if _usable(one.turns[-1])]
        others = [one for one in wrong if not _usable(one.turns[-1])]
        wrong = [*sorted(ends, key=lambda one: -value(one.turns[-1])), *others][:REFERENCE_FAILING]
    seen = [row for one in trajectories for row in (one.turns[-1:] if released else one.turns) if _usable(row)]
    best = _best(seen, value) if seen else None
    taught: list[_Taught] = []
    for one in trajectories:
        program = one.turns[-1] if one.ends_right else best if one in wrong else None
        if program is not None:
            taught += [_Taught(row, program) for row in one.turns]
    return taught


def _example(taught: _Taught, scores: Scores) -> ExampleRow:
    state, program = taught.state, taught.program
    score = scores.get((program.problem, str(program.fingerprint)))
    completion = fence(str(program.shown))
    return ExampleRow(state.problem, state.rollout, state.turn, state.messages, completion, program.correct, score)


def run(spec: StageSpec, tell: Tell) -> None:
    """The stage: reads `rollouts` (one folder per iteration) and `scores`; writes examples.jsonl and report.json."""
    config = read(RelabelConfig, spec.config)
    scores: dict[tuple[str, str], float] = {}
    if config.asks_verifier:
        rows = read_rows(spec.input("scores") / "scores.jsonl", ScoreRow)
        scores = {(row.problem, row.fingerprint): row.score for row in rows}
    parts = [sorted(folder.glob("part-*.jsonl")) for folder in spec.inputs["rollouts"]]
    done = relabel([[row for part in one for row in read_rows(part, RolloutRow)] for one in parts], scores, config)
    if not done.examples:
        raise MucodeError(
            "Nothing to teach: no problem has a right program. Use more rollouts, easier problems or a better base "
            "model, or set relabel.keep_unsolved = true."
        )
    if done.report["outvoted"]:
        tell(
            "warning",
            {
                "message": f"{done.report['outvoted']} problems are taught a wrong program although a right one "
                "was found: the verifier's scores outweigh beta_oracle."
            },
        )
    write_rows(spec.out / "examples.jsonl", done.examples)
    write_whole(spec.out / "report.json", (json.dumps(done.report, indent=2) + "\n").encode())
    for name in ("problems", "solved", "examples", "distinct_examples", "right_examples"):
        tell("metric", {"name": name, "value": done.report[name]})
