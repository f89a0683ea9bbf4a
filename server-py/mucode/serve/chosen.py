"""Which models one gateway serves and by which engine: flags first, then the environment. What cannot go together is
refused here, before anything is started."""

import json
import os
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mucode.errors import MucodeError
from mucode.serve.inprocess_launch import own_python
from mucode.serve.pair import read_pair

ENGINES = ("sglang", "transformers", "url")
_CLONE = Path(__file__).parents[3] / ".mucode" / "paths.json"


def choose(flags: Namespace) -> Mapping[str, Any]:
    """The fields of Settings that name models and engine. Raises MucodeError with what to change."""
    _check(flags)
    if flags.jobs_only:
        return {"engine": "sglang", "engine_python": None, "model": None, "verifier": None}
    pair, model = flags.pair, flags.model
    if not (pair or model or flags.engine_url):
        # A verifier alone is served alone, unless the environment has a generator for it.
        pair = None if flags.verifier else _path_from("MUCODE_PAIR")
        model = None if pair else _path_from("MUCODE_MODEL")
    engine = flags.engine or ("url" if flags.engine_url else os.environ.get("MUCODE_ENGINE", "sglang"))
    if engine not in ENGINES:
        raise MucodeError(f"MUCODE_ENGINE is {engine!r}, but engines are {', '.join(ENGINES)}.")
    served = {"engine": engine, "engine_python": _python(engine, flags.engine_python), "verifier": flags.verifier}
    if flags.together and (engine != "transformers" or not (pair or (model and flags.verifier))):
        raise MucodeError("--together is for two models and --engine transformers. Leave it out, or name both models.")
    if engine == "url":
        return {**served, "model": None}
    if pair:
        card = read_pair(pair)
        models = {"model": card.generator, "verifier": card.verifier}
        return {**served, **models, "revision": card.revision, "temperature": card.temperature}
    if not (model or flags.verifier):
        raise MucodeError(
            "Nothing to serve: give --pair DIR, or --generator DIR with or without --verifier DIR, or --url URL of a "
            "server that runs already (or set MUCODE_PAIR or MUCODE_MODEL); or --jobs-only to train only."
        )
    return {**served, "model": model}


def _python(engine: str, given: Path | None) -> Path | None:
    """The Python of the engine's environment: given, by the environment, or set up for this clone."""
    if engine == "transformers" and (own := given or own_python()):
        return own
    named = given or _path_from("MUCODE_SGLANG_PYTHON")
    if named or not _CLONE.is_file():
        return named
    paths = json.loads(_CLONE.read_text(encoding="utf-8"))
    found = paths.get("trainPython" if engine == "transformers" else "sglangPython")
    return Path(found) if found else None


def _check(flags: Namespace) -> None:
    given = {
        name: value
        for name, value in (
            ("--pair", flags.pair),
            ("--generator", flags.model),
            ("--verifier", flags.verifier),
            ("--url", flags.engine_url),
        )
        if value
    }
    if flags.jobs_only and given:
        raise MucodeError(f"--jobs-only is a server without models: leave {next(iter(given))} out, or --jobs-only.")
    for one, *others in (("--pair", "--generator", "--verifier", "--url"), ("--url", "--generator")):
        if one in given and (other := next((name for name in others if name in given), None)):
            raise MucodeError(f"{one} and {other} do not go together: {_WHY[one]} Leave one of them out.")
    if flags.engine == "url" and not flags.engine_url:
        raise MucodeError("--engine url needs --url, for example --url http://127.0.0.1:30000")
    if flags.engine_url and flags.engine not in (None, "url"):
        raise MucodeError(f"--url is a server that runs already, so --engine {flags.engine} cannot be started for it.")
    if flags.base and ("--url" in given or ("--verifier" in given and "--generator" not in given)):
        raise MucodeError("--base is the model that a generator's adapter was trained on; there is no such generator.")


_WHY = {
    "--pair": "a pair has a generator and a verifier of its own.",
    "--url": "that server has its own generator.",
}


def _path_from(variable: str) -> Path | None:
    value = os.environ.get(variable)
    return Path(value) if value else None
