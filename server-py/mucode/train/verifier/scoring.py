"""The score stage: every distinct program of the rollouts gets its R_φ and its probability."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from mucode.serve.card import read_card
from mucode.train.reading import read
from mucode.train.rows import ProblemRow, ScoreRow, read_rows, write_rows
from mucode.train.stage import StageSpec, Tell
from mucode.train.threads import use_threads
from mucode.train.verifier.model import load
from mucode.train.verifier.programs import Program, distinct_programs, ids_of, read_problems, read_rollouts
from mucode.train.verifier.score import numbers, scores_of
from mucode.train.verifier.settings import VerifierConfig

PART = 512
"""Programs per part; a killed stage loses at most one part."""


class Verifier:
    """A finished verifier in this process. Of its settings only those of running it count; lengths are its own."""

    def __init__(self, folder: Path, config: VerifierConfig) -> None:
        self.card = read_card(folder)
        self._tokens = config.tokens_at_once
        self._model, self._tokenizer = load(folder, numbers(config))

    @property
    def parameters(self) -> int:
        """Number of its weights."""
        return sum(one.numel() for one in self._model.parameters())

    def judge(self, programs: Sequence[Program], problems: Mapping[str, ProblemRow]) -> list[ScoreRow]:
        """One row per program, in their order."""
        texts = ids_of(programs, problems, self._tokenizer, self.card.max_length)
        scores = scores_of(self._model, texts, self._tokens)
        return [
            ScoreRow(one.problem, one.fingerprint, score, self.card.probability(score))
            for one, score in zip(programs, scores, strict=True)
        ]


def run(spec: StageSpec, tell: Tell) -> None:
    """Reads `rollouts` (one folder per iteration), `problems`, `verifier`; writes scores.jsonl. Settings: verifier's.

    Parts that a killed attempt finished are kept: a part always holds the same programs.
    """
    found = distinct_programs(read_rollouts(spec.inputs["rollouts"]))
    programs = sorted((*found.programs, *found.unclear))
    problems = read_problems(spec.inputs["problems"])
    verifier = Verifier(spec.input("verifier"), read(VerifierConfig, spec.config))
    use_threads(verifier.parameters, spec.workers)
    parts: list[Path] = []
    for start in range(0, len(programs), PART):
        part = spec.out / f"part-{start // PART:05}.jsonl"
        if not part.is_file():
            write_rows(part, verifier.judge(programs[start : start + PART], problems))
        parts.append(part)
        tell("progress", {"done": min(start + PART, len(programs)), "total": len(programs), "unit": "programs"})
    write_rows(spec.out / "scores.jsonl", (row for part in parts for row in read_rows(part, ScoreRow)))
    for part in parts:
        part.unlink()
