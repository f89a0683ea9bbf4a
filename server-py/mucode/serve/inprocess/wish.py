"""What a chat request asks of this engine, checked. Names and meanings are OpenAI's, `rid` and token ids SGLang's."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from random import SystemRandom
from typing import Any, cast

from mucode.errors import MucodeError

MOST_SAMPLES = 128
MOST_TOP = 20
# Asked for and not done, these would change answers in silence.
_UNABLE = ("tools", "functions", "response_format", "logit_bias", "frequency_penalty", "presence_penalty")
_SEEDS = 2**63


class WishError(MucodeError):
    """The request cannot be served as it is."""


@dataclass(frozen=True)
class Wish:
    """How to sample, and what to tell of it."""

    rid: str
    messages: Sequence[Mapping[str, str]]
    n: int
    seed: int
    """Sample k is drawn by seed + k."""
    temperature: float
    top_p: float
    top_k: int
    """0: all tokens."""
    min_p: float
    max_tokens: int
    stop: tuple[str, ...]
    ignore_eos: bool
    top_logprobs: int | None
    """How many alternatives are told beside each token; None: no probabilities at all."""
    token_ids: bool
    stream: bool
    usage: bool
    """Whether a stream ends with the usage."""


def read_wish(body: Mapping[str, Any]) -> Wish:
    """Raises WishError with a sentence that names the field."""
    unable = [name for name in _UNABLE if body.get(name)]
    if unable:
        raise WishError(f"The engine `transformers` has no {unable[0]!r}. Leave it out, or serve by SGLang.")
    seed = _whole(body, "seed", None, -_SEEDS, _SEEDS)
    told = body.get("top_logprobs") is not None or body.get("logprobs")
    options = body.get("stream_options")
    return Wish(
        rid=str(body.get("rid") or SystemRandom().getrandbits(64)),
        messages=_messages(body.get("messages")),
        n=_whole(body, "n", 1, 1, MOST_SAMPLES) or 1,
        seed=SystemRandom().getrandbits(62) if seed is None else seed,
        temperature=_number(body, "temperature", 1.0, 0.0, 100.0),
        top_p=_number(body, "top_p", 1.0, 0.0, 1.0),
        top_k=max(0, _whole(body, "top_k", 0, -1, 1 << 30) or 0),
        min_p=_number(body, "min_p", 0.0, 0.0, 1.0),
        max_tokens=_length(body),
        stop=_stop(body.get("stop")),
        ignore_eos=body.get("ignore_eos") is True,
        top_logprobs=(_whole(body, "top_logprobs", 0, 0, MOST_TOP) or 0) if told else None,
        token_ids=body.get("return_token_ids") is True,
        stream=body.get("stream") is True,
        usage=isinstance(options, dict) and cast("dict[str, object]", options).get("include_usage") is True,
    )


def _messages(found: object) -> list[dict[str, str]]:
    messages = cast("list[object]", found) if isinstance(found, list) else []
    if not messages:
        raise WishError("'messages' must be a list with at least one message.")
    return [_message(one) for one in messages]


def _message(found: object) -> dict[str, str]:
    message = cast("dict[str, object]", found) if isinstance(found, dict) else {}
    role, content = message.get("role"), message.get("content")
    if isinstance(content, list):
        parts = [cast("dict[str, object]", part) for part in cast("list[object]", content) if isinstance(part, dict)]
        content = "".join(str(part.get("text") or "") for part in parts)
    if not isinstance(role, str) or not isinstance(content, str):
        raise WishError("Each of 'messages' must have a 'role' and a 'content' of text.")
    return {"role": role, "content": content}


def _length(body: Mapping[str, Any]) -> int:
    for name in ("max_completion_tokens", "max_tokens"):
        if body.get(name) is not None:
            return _whole(body, name, None, 1, 1 << 30) or 1
    raise WishError("'max_tokens' must say how long an answer may be.")


def _stop(found: object) -> tuple[str, ...]:
    texts = [found] if isinstance(found, str) else cast("list[object]", found or [])
    if not isinstance(texts, list) or not all(isinstance(text, str) and text for text in texts):  # pyright: ignore[reportUnnecessaryIsInstance]  JSON
        raise WishError("'stop' must be a text or a list of texts.")
    return tuple(cast("list[str]", texts))


def _whole(body: Mapping[str, Any], name: str, default: int | None, least: int, most: int) -> int | None:
    found = body.get(name)
    if found is None:
        return default
    if not isinstance(found, int) or isinstance(found, bool) or not least <= found <= most:
        raise WishError(f"{name!r} must be a whole number from {least} to {most}.")
    return found


def _number(body: Mapping[str, Any], name: str, default: float, least: float, most: float) -> float:
    found = body.get(name)
    if found is None:
        return default
    if not isinstance(found, (int, float)) or isinstance(found, bool) or not least <= found <= most:
        raise WishError(f"{name!r} must be a number from {least:g} to {most:g}.")
    return float(found)
