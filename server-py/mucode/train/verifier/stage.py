"""The verifier stage: rollouts in, a model folder with verifier.json out."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from torch import Tensor

from mucode.errors import MucodeError
from mucode.serve.card import CARD
from mucode.train.generator import resume
from mucode.train.models import merged, tokenizer_of
from mucode.train.reading import read
from mucode.train.rows import ProblemRow, write_whole
from mucode.train.stage import StageSpec, Tell
from mucode.train.threads import use_threads
from mucode.train.verifier.calibrate import HIGHEST, cross_fitted, fitted_temperature, negative_log_likelihood
from mucode.train.verifier.fit import Fit, Unit
from mucode.train.verifier.metrics import (
    Scored,
    auc,
    auc_within,
    calibration_error,
    pair_accuracy,
    pick_accuracy,
    sign_accuracy,
)
from mucode.train.verifier.model import load, new_scorer, save
from mucode.train.verifier.pairs import pairs_of, singles_of
from mucode.train.verifier.programs import (
    Found,
    Program,
    distinct_programs,
    held_out_problems,
    ids_of,
    read_problems,
    read_rollouts,
)
from mucode.train.verifier.score import numbers, scores_of
from mucode.train.verifier.settings import VerifierConfig


def run(spec: StageSpec, tell: Tell) -> None:
    """Reads `rollouts` (one folder per iteration), `problems` and `base`. Raises MucodeError if nothing can be learned.

    A stage that was killed goes on from its last checkpoint.
    """
    if (spec.out / CARD).is_file():
        resume.forget(spec.out)
        return
    config = read(VerifierConfig, spec.config)
    problems = read_problems(spec.inputs["problems"])
    found = distinct_programs(read_rollouts(spec.inputs["rollouts"]))
    held = held_out_problems(found.programs, config.held_out, spec.seed)
    base = merged(spec.input("base"))
    programs, units = _lesson([one for one in found.programs if one.problem not in held], config, spec.seed)
    texts = ids_of(programs, problems, tokenizer_of(base), config.max_length)
    model = new_scorer(base, config, spec.seed)
    use_threads(sum(one.numel() for one in model.parameters()), spec.workers)
    state = Fit(model, texts, units, spec.out).run(config, spec.seed, tell)
    if state is None:
        return
    revision = _save(state, base, config, spec)
    judged = [one for one in found.programs if one.problem in held]
    card: dict[str, Any] = {
        "v": 1,
        "revision": revision,
        "loss": config.loss,
        "form": config.form,
        "max_length": config.max_length,
        **_judged(judged, problems, config, spec.out),
        "learned": {"units": len(units), "programs": len(programs), "problems": len({one.problem for one in programs})},
        "unclear_programs": len(found.unclear),
    }
    _report(card, found, tell)
    write_whole(spec.out / CARD, (json.dumps(card, indent=2) + "\n").encode())
    resume.forget(spec.out)


def _lesson(programs: Sequence[Program], config: VerifierConfig, seed: int) -> tuple[list[Program], list[Unit]]:
    """The programs that are learned from, and the units of the loss as indexes into them."""
    if config.loss == "cross-entropy":
        singles = singles_of(programs, config.pairs, seed)
        units = [Unit((index,), one.correct) for index, one in enumerate(singles)]
        if len({one.correct for one in singles}) == 2:
            return singles, units
    else:
        pairs = pairs_of(programs, config.pairs, seed)
        used = sorted({one for pair in pairs for one in (pair.right, pair.wrong)})
        place = {one: index for index, one in enumerate(used)}
        if pairs:
            return used, [Unit((place[pair.right], place[pair.wrong])) for pair in pairs]
    raise MucodeError(
        "The verifier has nothing to learn from: no problem has both right and wrong programs. "
        "Use more rollouts per problem, a higher temperature, or problems that are neither too hard nor too easy."
    )


def _save(state: Mapping[str, Tensor], base: Path, config: VerifierConfig, spec: StageSpec) -> str:
    """The revision. A fresh model takes the weights: the trained one may be spread over several GPUs."""
    whole = new_scorer(base, config, spec.seed)
    whole.load_state_dict(dict(state))
    return save(whole.whole(), base, spec.out)


def _judged(
    programs: Sequence[Program], problems: Mapping[str, ProblemRow], config: VerifierConfig, folder: Path
) -> dict[str, Any]:
    """Temperature and figures on problems that were not learned from; a temperature of 1 where there are none.

    The temperature is fitted on all of them. Calibration error and likelihood are those of probabilities of which each
    half of the problems has the temperature of the other: fitted and measured on the same, they would flatter.
    """
    if not programs:
        return {"temperature": 1.0, "held_out": None}
    model, tokenizer = load(folder, numbers(config))
    scores = scores_of(model, ids_of(programs, problems, tokenizer, config.max_length), config.tokens_at_once)
    scored: list[Scored] = [(score, one.correct) for score, one in zip(scores, programs, strict=True)]
    grouped: dict[str, list[Scored]] = defaultdict(list)
    for one, pair in zip(programs, scored, strict=True):
        grouped[one.problem].append(pair)
    temperature = fitted_temperature(scored)
    by_problem = list(grouped.values())
    unseen = cross_fitted(by_problem)
    by_sign = {"accuracy": sign_accuracy(scored)} if config.loss == "cross-entropy" else {}
    return {
        "temperature": temperature,
        "held_out": {
            "problems": len(grouped),
            "programs": len(scored),
            "right": sum(right for _, right in scored),
            **by_sign,
            "pair_accuracy": pair_accuracy(by_problem),
            "auc_within": auc_within(by_problem),
            "auc": auc(scored),
            "pick_accuracy": pick_accuracy(by_problem),
            "calibration_error": calibration_error(unseen, 1.0) if unseen else None,
            "negative_log_likelihood": negative_log_likelihood(unseen, 1.0) if unseen else None,
        },
    }


def _report(card: Mapping[str, Any], found: Found, tell: Tell) -> None:
    figures: dict[str, object] | None = card["held_out"]
    if figures is None:
        message = "No problem was held out, so the verifier's probabilities are not calibrated (temperature 1)."
        tell("warning", {"message": message})
    for name, value in (figures or {}).items():
        if isinstance(value, float):
            tell("metric", {"name": name, "value": value})
    tell("metric", {"name": "temperature", "value": card["temperature"]})
    if card["temperature"] > HIGHEST / 2:
        message = "On problems it did not learn from, the verifier's scores say nothing of which programs are right."
        tell("warning", {"message": f"{message} Let it learn from more problems, or at a higher verifier.lr."})
    if found.unclear:
        message = f"{len(found.unclear)} programs were right in one run and wrong in another; they were left out."
        tell("warning", {"message": message})
