"""Which programs are compared with each other. Every choice comes from the seed and the problem alone."""

import random
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from math import lcm

from mucode.train.rows import seed_of
from mucode.train.verifier.programs import Program


@dataclass(frozen=True)
class Pair:
    """A right and a wrong program of one problem."""

    right: Program
    wrong: Program


def pairs_of(programs: Iterable[Program], most: int, seed: int) -> list[Pair]:
    """Up to `most` different pairs per problem, in order of problems; none where only one kind was found.

    Programs take turns, so each one is used before one is used again, as far as `most` allows.
    """
    return [
        pair for right, wrong in _by_label(programs, seed) if right and wrong for pair in _spread(right, wrong, most)
    ]


def singles_of(programs: Iterable[Program], most: int, seed: int) -> list[Program]:
    """Up to `most` right and up to `most` wrong programs per problem, for a loss that looks at one at a time."""
    return [one for right, wrong in _by_label(programs, seed) for one in (*right[:most], *wrong[:most])]


def _by_label(programs: Iterable[Program], seed: int) -> list[tuple[list[Program], list[Program]]]:
    """For each problem its right and its wrong programs, shuffled."""
    problems: dict[str, tuple[list[Program], list[Program]]] = defaultdict(lambda: ([], []))
    for program in sorted(set(programs)):
        problems[program.problem][not program.correct].append(program)
    for problem, kinds in problems.items():
        draw = random.Random(seed_of(seed, "pairs", problem))  # noqa: S311  no secret
        for kind in kinds:
            draw.shuffle(kind)
    return list(problems.values())


def _spread(right: list[Program], wrong: list[Program], most: int) -> list[Pair]:
    """Goes round both lists at once; after each common multiple of their lengths one list is moved by one."""
    cycle = lcm(len(right), len(wrong))
    count = min(most, len(right) * len(wrong))
    return [Pair(right[index % len(right)], wrong[(index + index // cycle) % len(wrong)]) for index in range(count)]
