"""What the editor sends to be scored, and the answers its tests know: test/contract/scores.json, on this side."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.responses import JSONResponse

from mucode.prompts import fence, opening, shown_program
from mucode.serve.answers import error_answer, not_ready
from mucode.train.rows import ProblemRow
from mucode.train.verifier.text import verifier_messages
from tests.serve.gateway_process import GatewayProcess, with_fake_verifier

FOLDER = Path(__file__).parents[3] / "test" / "contract"


def recorded(part: str) -> list[Any]:
    if not FOLDER.is_dir():
        return [pytest.param({}, marks=pytest.mark.skip(reason=f"{FOLDER} is not there"), id="absent")]
    return [pytest.param(one, id=one["name"]) for one in read("scores.json")[part]]


def read(name: str) -> Any:  # noqa: ANN401 - whatever JSON holds
    return json.loads((FOLDER / name).read_text(encoding="utf-8"))


@pytest.mark.parametrize("request_", recorded("requests"))
def test_the_verifier_reads_of_a_request_what_it_reads_of_the_whole_problem(request_: dict[str, Any]) -> None:
    case = next(one for one in read("conversations.json") if one["name"] == request_["name"])
    body = request_["body"]
    row = ProblemRow(body["problem"], body["task"], "", body["baseline"])
    whole = opening(case["problem"], case["task"], case["baseline"])
    programs = [shown_program(case["problem"], [], case["problem"]["code"])]
    programs += [
        shown_program(case["problem"], one["imports"], one["code"])
        for one in case["exchanges"]
        if one["code"] is not None
    ]
    assert [verifier_messages(row, one) for one in body["programs"]] == [
        [{"role": "user", "content": whole}, {"role": "assistant", "content": fence(one)}] for one in programs
    ]


@pytest.fixture(scope="module")
def verifier(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GatewayProcess]:
    process = with_fake_verifier(tmp_path_factory.mktemp("contract"))
    process.until("ready")
    yield process
    process.stop()


def test_every_request_is_taken_and_answered_with_the_recorded_fields(verifier: GatewayProcess) -> None:
    (scored,) = [one["body"] for one in read("scores.json")["answers"] if one["status"] == 200]
    for request_ in read("scores.json")["requests"]:
        answer = verifier.request("POST", "/v1/scores", json=request_["body"])
        assert answer.status_code == 200
        assert answer.json().keys() == scored.keys()
        assert len(answer.json()["scores"]) == len(request_["body"]["programs"])


def test_a_gateway_without_a_verifier_answers_as_recorded(gateway: GatewayProcess) -> None:
    (absent,) = [one for one in read("scores.json")["answers"] if one["status"] == 501]
    answer = gateway.request("POST", "/v1/scores", json={"problem": {}, "programs": ["a"]})
    assert (answer.status_code, answer.json()) == (absent["status"], absent["body"])


@pytest.mark.parametrize("answer", recorded("answers"))
def test_errors_have_the_recorded_bodies(answer: dict[str, Any]) -> None:
    if "error" not in answer["body"]:
        return
    error = answer["body"]["error"]
    kind, message = error["code"], error["message"]
    state = kind.removeprefix("verifier_")
    made: JSONResponse = error_answer(answer["status"], kind, message)
    if state in ("starting", "failed"):
        made = not_ready("verifier", state, message.split(": ", 1)[1])
    assert (made.status_code, json.loads(bytes(made.body))) == (answer["status"], answer["body"])
