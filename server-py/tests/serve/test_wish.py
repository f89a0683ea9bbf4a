"""What the engine `transformers` reads of a request, and how it tells a sample that grows. No model is needed."""

from collections.abc import Sequence
from typing import Any

import pytest

from mucode.serve.inprocess.telling import Piece, Sample, choice_of
from mucode.serve.inprocess.wish import WishError, read_wish

ASKED = {"messages": [{"role": "user", "content": "hi"}], "max_tokens": 5}


class Bytes:
    """A tokenizer whose tokens are bytes."""

    def decode(self, token_ids: Sequence[int], /, **_: object) -> str:
        return bytes(token_ids).decode("utf-8", "replace")


def grown(text: str, stop: Sequence[str] = (), most: int = 1000, *, ends: bool = True) -> list[Piece]:
    sample, pieces = Sample(0, Bytes(), stop, most), list[Piece]()
    for token in text.encode():
        pieces.append(sample.add(token, None, ends=False))
        if pieces[-1].finish:
            return pieces
    return [*pieces, sample.add(0x20, None, ends=True)] if ends else pieces


def test_what_is_asked_is_read_with_the_usual_defaults() -> None:
    wish = read_wish(ASKED | {"seed": 7, "n": 3, "stop": "x", "stream_options": {"include_usage": True}})
    assert (wish.n, wish.seed, wish.temperature, wish.top_p, wish.stop) == (3, 7, 1.0, 1.0, ("x",))
    assert wish.usage
    assert wish.top_logprobs is None
    assert read_wish(ASKED | {"logprobs": True}).top_logprobs == 0
    assert read_wish(ASKED).seed != read_wish(ASKED).seed


def test_parts_of_text_are_one_text() -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    assert read_wish(ASKED | {"messages": [{"role": "user", "content": parts}]}).messages[0]["content"] == "ab"


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"messages": []}, "'messages'"),
        ({"messages": [{"role": "user"}]}, "'content'"),
        ({"messages": ["hi"]}, "'role'"),
        ({"max_tokens": None}, "'max_tokens'"),
        ({"max_tokens": 0}, "'max_tokens'"),
        ({"n": 129}, "'n'"),
        ({"n": True}, "'n'"),
        ({"temperature": -1}, "'temperature'"),
        ({"temperature": "hot"}, "'temperature'"),
        ({"top_p": 1.5}, "'top_p'"),
        ({"seed": 1.5}, "'seed'"),
        ({"stop": [""]}, "'stop'"),
        ({"stop": 3}, "'stop'"),
        ({"top_logprobs": 21}, "'top_logprobs'"),
        ({"tools": [1]}, "no 'tools'"),
        ({"frequency_penalty": 0.5}, "no 'frequency_penalty'"),
    ],
)
def test_a_wrong_field_is_named(fields: dict[str, Any], named: str) -> None:
    with pytest.raises(WishError, match=named):
        read_wish(ASKED | fields)


def test_a_character_is_told_when_it_is_whole() -> None:
    pieces = grown("é€ ok")
    assert [piece.text for piece in pieces][:5] == ["", "é", "", "", "€"]
    assert "".join(piece.text for piece in pieces) == "é€ ok "
    assert pieces[-1].finish == "stop"


def test_a_stop_text_ends_a_sample_and_no_part_of_it_is_told() -> None:
    pieces = grown("one\n\nTwo END three", stop=["END", "never"])
    assert "".join(piece.text for piece in pieces) == "one\n\nTwo "
    assert pieces[-1].finish == "stop"
    harmless = grown("ENTER", stop=["END"], ends=False)
    assert "".join(piece.text for piece in harmless) == "ENTER"


def test_what_looked_like_a_stop_text_is_told_at_the_end() -> None:
    pieces = grown("fooE", stop=["END"], most=4)
    assert "".join(piece.text for piece in pieces) == "fooE"
    assert pieces[-1].finish == "length"


def test_an_ended_sample_is_told_whole() -> None:
    choice = choice_of(grown("ab"), Bytes(), [1, 2])
    assert choice["message"]["content"].rstrip() == "ab"
    assert (choice["prompt_token_ids"], choice["token_ids"]) == ([1, 2], [97, 98, 32])
    assert choice["logprobs"] is None
