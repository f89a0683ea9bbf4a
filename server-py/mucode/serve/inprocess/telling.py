"""One sample as it grows: its tokens, the text of them that is certain, and the shapes in which both are told."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

# What a decoder makes of bytes that are no whole character yet.
_TORN = "\ufffd"
Chance = tuple[float, list[tuple[int, float]]]


class Decoder(Protocol):
    """What is used of a transformers tokenizer."""

    def decode(self, token_ids: Sequence[int], /, **options: Any) -> str:  # noqa: ANN401  transformers' own
        """The text of ids."""
        ...


@dataclass(frozen=True)
class Piece:
    """What a step adds to a sample."""

    index: int
    text: str
    ids: tuple[int, ...]
    chance: Chance | None
    finish: str | None
    """`stop`, `length` or `abort` with the last piece."""


class Sample:
    """The tokens of one answer so far."""

    def __init__(self, index: int, decoder: Decoder, stop: Sequence[str], most: int) -> None:
        self.index = index
        self._decoder, self._stop, self._most = decoder, stop, most
        self._ids: list[int] = []
        self._told = ""

    def add(self, token: int, chance: Chance | None, *, ends: bool) -> Piece:
        """A new token; `ends`: it is the end of the turn, which is counted and not shown."""
        self._ids.append(token)
        text = self._text()
        cut = min((place for stop in self._stop if (place := text.find(stop)) >= 0), default=None)
        finish = "stop" if ends or cut is not None else "length" if len(self._ids) >= self._most else None
        certain = text[:cut] if finish else self._certain(text)
        piece = Piece(self.index, certain[len(self._told) :], (token,), chance, finish)
        self._told = certain if len(certain) > len(self._told) else self._told
        return piece

    def _text(self) -> str:
        return self._decoder.decode(self._ids, skip_special_tokens=True)

    def _certain(self, text: str) -> str:
        """Without the end that a later token may change: a torn character, or the beginning of a stop text."""
        certain = text.rstrip(_TORN)
        for stop in self._stop:
            for length in range(min(len(stop) - 1, len(certain)), 0, -1):
                if certain.endswith(stop[:length]):
                    certain = certain[:-length]
                    break
        return certain


def chunk_of(piece: Piece, decoder: Decoder, *, begins: bool, ids: bool) -> dict[str, Any]:
    """A piece as a choice of a stream's chunk."""
    delta = {"content": piece.text} | ({"role": "assistant"} if begins else {})
    choice: dict[str, Any] = {"index": piece.index, "delta": delta, "finish_reason": piece.finish}
    if piece.chance:
        choice["logprobs"] = {"content": [_entry(piece.ids[0], piece.chance, decoder)]}
    return choice | ({"token_ids": list(piece.ids)} if ids else {})


def choice_of(pieces: Sequence[Piece], decoder: Decoder, prompt: Sequence[int] | None) -> dict[str, Any]:
    """All pieces of a sample as a whole answer. `prompt`: its ids, if ids are to be told."""
    choice: dict[str, Any] = {
        "index": pieces[0].index,
        "message": {"role": "assistant", "content": "".join(piece.text for piece in pieces)},
        "logprobs": None,
        "finish_reason": pieces[-1].finish,
    }
    if pieces[0].chance:
        told = [(piece.ids[0], piece.chance) for piece in pieces if piece.ids and piece.chance]
        choice["logprobs"] = {"content": [_entry(token, chance, decoder) for token, chance in told]}
    if prompt is not None:
        choice |= {"prompt_token_ids": list(prompt), "token_ids": [one for piece in pieces for one in piece.ids]}
    return choice


def _entry(token: int, chance: Chance, decoder: Decoder) -> dict[str, Any]:
    own, top = chance
    return _told(token, own, decoder) | {"top_logprobs": [_told(other, value, decoder) for other, value in top]}


def _told(token: int, logprob: float, decoder: Decoder) -> dict[str, Any]:
    text = decoder.decode([token])
    return {"token": text, "logprob": logprob, "bytes": list(text.encode("utf-8", "replace"))}
