"""The route `POST /v1/scores`: what is read of a request, and what is answered when there is nothing to answer with."""

from typing import Any, cast

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mucode.errors import MucodeError
from mucode.serve.answers import RETRY_AFTER_S, error_answer, not_ready
from mucode.serve.chat import MAX_SAMPLES, BadRequestError, read_json
from mucode.serve.encoder import RefusedError
from mucode.serve.verifier import AwayError, Verifier

TASKS = ("repair", "write")


async def answer_scores(request: Request, verifier: Verifier | None) -> Response:
    """`{problem, programs[], task?, baseline?}` -> `{scores[], probabilities[], revision}`.

    `problem` and `baseline` (a verdict on the code as it is) are the judge's JSON objects, `programs` texts as prompts
    show them: imports and code, without a fence. `task` is `repair` unless said otherwise.
    """
    if verifier is None:
        return error_answer(501, "no_verifier", "This server has no verifier yet; choose candidates by their tests.")
    if verifier.engine.state != "ready":
        return not_ready("verifier", verifier.engine.state, verifier.engine.message)
    try:
        return JSONResponse(await verifier.scores(_checked(await read_json(request))))
    except BadRequestError as error:
        return error_answer(error.status, "bad_request", str(error))
    except RefusedError as error:
        return error_answer(400, "bad_request", str(error))
    except AwayError as error:
        return error_answer(503, "verifier_starting", str(error), RETRY_AFTER_S)
    except MucodeError as error:
        return error_answer(502, "verifier", str(error))


def _checked(body: dict[str, Any]) -> dict[str, Any]:
    problem: object = body.get("problem")
    programs: object = body.get("programs")
    task, baseline = body.get("task", "repair"), body.get("baseline")
    if not isinstance(problem, dict):
        raise BadRequestError("'problem' must be a problem as the judge reads it.")
    texts = cast("list[object]", programs) if isinstance(programs, list) else []
    if not 1 <= len(texts) <= MAX_SAMPLES:
        raise BadRequestError(f"'programs' must be a list of 1 to {MAX_SAMPLES} programs.")
    if not all(isinstance(text, str) for text in texts):
        raise BadRequestError("'programs' must be texts.")
    if task not in TASKS:
        raise BadRequestError(f"'task' must be one of {', '.join(TASKS)}.")
    if baseline is not None and not isinstance(baseline, dict):
        raise BadRequestError("'baseline' must be a verdict or null.")
    return {"problem": problem, "programs": texts, "task": task, "baseline": baseline}
