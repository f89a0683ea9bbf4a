"""Judges one candidate of kind "stdio": one fresh child per case; what it printed is compared here, outside."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Callable, Optional, cast

from ..answers.answer import Extraction
from ..fingerprint import fingerprint
from ..function.compare import is_exception, raised
from ..function.reports import ended
from ..function.values import parsed, printable, shorten
from ..limits import MIB, OUTPUT_CAP_BYTES, Limits, Outcome, Runner
from ..problem import ProblemError
from ..verdict import TestVerdict, Verdict, unusable, worst_result
from .answer import extract
from .compare import Difference, difference
from .feedback import compose
from .problem import Case, StdioProblem

MOST_TIMEOUTS = 1
"""Cases that may run into the time limit before the rest is left out; each one costs the whole limit."""
_INTERPRETER_BYTES = 128 * MIB
"""Address space of the interpreter with numpy, 110 MiB, which is not the program's own."""
_ERROR_OUTPUT_BYTES = 256 * 1024
_SHOWN = 300
_LINE_SHOWN = 160


def judge_stdio(
    problem: StdioProblem,
    which: str,
    candidate: Mapping[str, object],
    run: Runner,
    on_test: Callable[[TestVerdict], None],
) -> Verdict:
    """The verdict on one candidate, `{"id", "answer"}` or `{"id", "program"}`, by the public or the private cases.

    `run` starts the children; `on_test` hears of each case as it is decided. Raises ProblemError for a problem that
    cannot be judged, and whatever `run` raises.
    """
    cases = problem.tests(which)
    if not cases:
        raise ProblemError(f"The problem has no {which} tests; without a test nothing can be judged.")
    name = str(candidate.get("id", ""))
    extraction = _program_of(problem, candidate)
    if not extraction.ok:
        return unusable(name, [case.id for case in cases], extraction.message, "outside", on_test)
    verdicts: list[TestVerdict] = []
    ms = 0.0
    for case in cases:
        if sum(one.result == "timeout" for one in verdicts) >= MOST_TIMEOUTS:
            verdict = TestVerdict(case.id, "skipped", error="not run: a case before it ran out of time")
        else:
            outcome = run(_job(extraction.program, case), _limits(problem))
            ms += outcome.ms
            verdict = _decided(problem, case, extraction.program, outcome)
        verdicts.append(verdict)
        on_test(verdict)
    worst = worst_result(verdict.result for verdict in verdicts)
    return Verdict(name, worst, "outside", verdicts, compose(cases, verdicts), extraction.fingerprint, ms)


def _program_of(problem: StdioProblem, candidate: Mapping[str, object]) -> Extraction:
    program, answer = candidate.get("program"), candidate.get("answer")
    if isinstance(program, str):
        text = program.replace("\r\n", "\n").replace("\r", "\n")
        return Extraction(ok=True, form="program", program=text, fingerprint=fingerprint(text))
    if isinstance(answer, str):
        return extract(problem, answer)
    raise ProblemError("A candidate needs an `answer` or a `program`, as text.")


def _job(program: str, case: Case) -> bytes:
    return json.dumps({"program": program, "input": case.input}).encode()


def _limits(problem: StdioProblem) -> Limits:
    return Limits(
        step_s=problem.time_limit_s,
        wall_s=problem.time_limit_s,
        memory_bytes=problem.memory_mb * MIB + _INTERPRETER_BYTES,
        output_bytes=_ERROR_OUTPUT_BYTES,
        record_bytes=OUTPUT_CAP_BYTES,
    )


def _decided(problem: StdioProblem, case: Case, program: str, outcome: Outcome) -> TestVerdict:
    """The verdict on one case. `results` holds standard output here, and `output` standard error."""
    verdict = _unfinished(program, outcome)
    if verdict is None:
        found = _differences(problem, case, outcome.results)
        if None in found:
            return TestVerdict(case.id, "pass", ms=outcome.ms)
        verdict = TestVerdict("", "fail", error=_why_wrong(str(found[0]), outcome.output))
    others = len(case.outputs) - 1
    more = f" (or {others} other output{'s' * (others > 1)})" if others else ""
    expected, got = _text(case.outputs[0].encode()) + more, _text(outcome.results)
    return replace(verdict, test=case.id, expected=expected, got=got, ms=outcome.ms)


def _differences(problem: StdioProblem, case: Case, printed: bytes) -> "list[Optional[Difference]]":
    """Where the output first differs from each accepted one; None for the one that it is."""
    return [difference(text.encode(), printed, problem.compare, problem.tolerance) for text in case.outputs]


def _unfinished(program: str, outcome: Outcome) -> Optional[TestVerdict]:
    """The verdict on a program that did not end as it should, whatever it printed."""
    if outcome.limit is not None or outcome.timed_out or outcome.exit_status is None:
        return ended(outcome, "the program")
    if outcome.exit_status == 0:
        return None
    last = _last_line(outcome.output)
    record = parsed(last)
    if isinstance(record, dict) and is_exception(cast("dict[str, Any]", record)):
        verdict = raised("", cast("dict[str, Any]", record))
        return replace(verdict, line=_line(program, verdict.line))
    said = f", saying: {_text(last)}" if last else ""
    return TestVerdict("", "error", error=f"the program ended with status {outcome.exit_status}{said}")


def _why_wrong(found: str, error_output: bytes) -> str:
    """What differs; and what a thread died of, which does not end a program."""
    last = _last_line(error_output)
    died = b"Traceback (most recent call last)" in error_output and last
    return f"{found}; on standard error: {_text(last)}" if died else found


def _last_line(output: bytes) -> bytes:
    return output.rstrip().rpartition(b"\n")[2].strip()


def _line(program: str, number: Optional[str]) -> Optional[str]:
    lines: Sequence[str] = program.split("\n")
    if number is None or not 0 < int(number) <= len(lines):
        return None
    return f"line {number}: {lines[int(number) - 1].strip()[:_LINE_SHOWN]}"


def _text(data: bytes) -> str:
    """Head and tail of an output, printable. Long ones are cut before they are decoded."""
    if len(data) > 8 * _SHOWN:
        data = data[: 4 * _SHOWN] + data[-4 * _SHOWN :]
    return shorten(printable(data.decode("utf-8", "replace").rstrip()), _SHOWN)
