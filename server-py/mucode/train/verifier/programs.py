"""The distinct programs that rollouts found, with their labels, and which problems are held out."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path

from mucode.errors import MucodeError
from mucode.train.rows import ProblemRow, RolloutRow, read_rows, seed_of
from mucode.train.verifier.text import Tokenizer, verifier_ids, verifier_messages


@dataclass(frozen=True, order=True)
class Program:
    """A program of a problem; equal fingerprints are one program."""

    problem: str
    fingerprint: str
    shown: str
    """As prompts show it; where several texts have the fingerprint, the least of them."""
    correct: bool


@dataclass(frozen=True)
class Found:
    """The programs of all rollouts, in order of problem and fingerprint."""

    programs: tuple[Program, ...]
    unclear: tuple[Program, ...]
    """Programs that were right in one run and wrong in another: no label can be believed."""


def read_problems(folders: Iterable[Path]) -> dict[str, ProblemRow]:
    """The rows of the problems stage by id."""
    return {row.id: row for folder in folders for row in read_rows(folder / "problems.jsonl", ProblemRow)}


def read_rollouts(folders: Iterable[Path]) -> Iterable[RolloutRow]:
    """The rows of the rollout stage, all iterations."""
    for folder in folders:
        for part in sorted(folder.glob("part-*.jsonl")):
            yield from read_rows(part, RolloutRow)


def distinct_programs(rows: Iterable[RolloutRow]) -> Found:
    """One program per problem and fingerprint. Those that tampered are among the wrong ones."""
    texts: dict[tuple[str, str], str] = {}
    labels: dict[tuple[str, str], set[bool]] = defaultdict(set)
    for row in rows:
        if row.shown is None or row.fingerprint is None:
            continue
        key = (row.problem, row.fingerprint)
        texts[key] = min(texts.get(key, row.shown), row.shown)
        labels[key].add(row.correct)
    programs = sorted(Program(*key, texts[key], all(seen)) for key, seen in labels.items())
    clear = [one for one in programs if len(labels[one.problem, one.fingerprint]) == 1]
    return Found(tuple(clear), tuple(sorted(set(programs) - set(clear))))


def held_out_problems(programs: Sequence[Program], share: float, seed: int) -> frozenset[str]:
    """The problems that are not learned from: a share of those with right and wrong programs, and of the others.

    At least one with both where there are two such. An order drawn from the seed and the problem's id decides, so that
    more problems or rollouts hardly change it.
    """
    labels: dict[str, set[bool]] = defaultdict(set)
    for program in programs:
        labels[program.problem].add(program.correct)
    held: set[str] = set()
    for wanted in (2, 1):
        names = [name for name, seen in labels.items() if len(seen) == wanted]
        names.sort(key=lambda name: (seed_of(seed, "held-out", name), name))
        count = ceil(share * len(names))
        held.update(names[: min(count, len(names) - 1) if wanted == 2 else count])
    return frozenset(held)


def ids_of(
    programs: Sequence[Program], problems: Mapping[str, ProblemRow], tokenizer: Tokenizer, max_length: int
) -> list[list[int]]:
    """The token ids of programs with their problems. Raises MucodeError for a program of an unknown problem."""
    texts: list[list[int]] = []
    for one in programs:
        row = problems.get(one.problem)
        if row is None:
            raise MucodeError(f"The rollouts have a program for {one.problem}, which is not among the problems.")
        texts.append(verifier_ids(tokenizer, verifier_messages(row, one.shown), max_length))
    return texts
