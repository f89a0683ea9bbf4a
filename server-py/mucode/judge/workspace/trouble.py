"""Why a project's tests could not be run at all, in the user's words: the cause, then the next step."""

import re
import sys
from collections.abc import Sequence
from typing import Optional

from ..adapters import MISSING
from ..errors import JudgeError
from ..function.values import printable, shorten
from .report import Broken, Report
from .suite import START_S, Ran, Suite

_USAGE, _INTERNAL, _NOTHING = 4, 3, 5
_SHOWN = 600
_READ_ONLY = re.compile(
    r"Read-only file system|\[Errno 30\]|\[Errno 13\]|PermissionError|readonly database|unable to open database file"
)
_ARGUMENTS = re.compile(r"error: (unrecognized arguments: .*)")
_CONFTEST = re.compile(r"ImportError while loading conftest '([^']*)'")
_REASON = re.compile(r"^E\s+(.*)$", re.MULTILINE)
_INTERNAL_LINE = re.compile(r"^INTERNALERROR> (\S*(?:Error|Exception).*)$", re.MULTILINE)


class NoPytestError(JudgeError):
    """The interpreter has no pytest."""


def refuse(ran: Ran, suite: Suite, selection: Sequence[str], python: Optional[str]) -> None:
    """Raises JudgeError for a run on the unmodified code that says nothing about any test."""
    report = ran.report
    if report.exit == MISSING:
        path = python or sys.executable
        raise NoPytestError(
            f"pytest is not installed for {path}. Install it there, `{path} -m pip install pytest`, "
            "or choose the interpreter of the project's own environment."
        )
    if report.forged:
        raise JudgeError("The project's own tests wrote into the judge's report, so nothing can be said about them.")
    if report.collected is None:
        raise JudgeError(_not_begun(ran, suite))
    if ran.outcome.timed_out and ran.outcome.ms >= suite.suite_limit_s * 1000:
        raise JudgeError(
            f"The suite took more than {suite.suite_limit_s:g} seconds, after {len(report.phases)} of "
            f"{len(report.collected)} tests. Select fewer tests, or give the suite more time."
        )
    if not report.collected:
        raise JudgeError(_nothing(report, selection))


def _not_begun(ran: Ran, suite: Suite) -> str:
    report, outcome = ran.report, ran.outcome
    output = outcome.output.decode("utf-8", "replace")
    if outcome.limit is not None:
        return f"Importing the project's tests needs more {outcome.limit} than is allowed. Select fewer tests."
    if outcome.timed_out:
        return (
            f"Importing and collecting the tests took more than {min(START_S, suite.suite_limit_s):g} seconds. "
            "Select fewer files, or find out what they wait for: the sandbox has no network."
        )
    conftest = _CONFTEST.search(output)
    if conftest is not None:
        return f"{conftest.group(1)} cannot be imported: {_reason(output)}. {_IMPORT_STEP}"
    arguments = _ARGUMENTS.search(output)
    if arguments is not None:
        return (
            f"The project's pytest options are not known here: {_shown(arguments.group(1))}. Install the plugins that "
            "the project's addopts belong to into this interpreter, or choose the project's own environment."
        )
    if report.exit == _USAGE:
        return f"pytest refuses the project's configuration: {_last(output)} Correct it, then try again."
    if report.exit == _INTERNAL:
        found = _INTERNAL_LINE.findall(output)
        return f"pytest itself failed: {_shown(found[-1]) if found else _last(output)} Try it in a terminal."
    if report.exit is not None:
        return f"The run ended with status {report.exit} before it had collected any test: {_last(output)}"
    how = f"signal {outcome.signal}" if outcome.signal is not None else f"status {outcome.exit_status}"
    return f"The process ended ({how}) before any test was collected: {_last(output)} Try it in a terminal."


_IMPORT_STEP = (
    "Correct that, or choose the interpreter in which the project is installed: what cannot be imported has no tests."
)


def _nothing(report: Report, selection: Sequence[str]) -> str:
    if report.broken:
        return broken_words(report.broken[0])
    if report.left_out:
        file, reason = next(iter(report.left_out.items()))
        return f"{file} skips itself: {_shown(reason)}. Install what it needs, or select other tests."
    wanted = ", ".join(selection) or "the project"
    if any("::" in one for one in selection):
        return (
            f"There is no test {wanted}. The id may be of another file, class or parameter set, or the project's own "
            "pytest options deselect it (-m, -k)."
        )
    return f"No tests were found in {wanted}. Select a file whose tests pytest would find, or name the adapter."


def broken_words(broken: Broken) -> str:
    """What to say of a file that cannot be imported."""
    where = f" ({broken.frames[-1].file}, line {broken.frames[-1].line})" if broken.frames else ""
    return f"{broken.name or 'A file'} cannot be imported: {_shown(broken.message)}{where}. {_IMPORT_STEP}"


def unlike_a_pass(ran: Ran) -> JudgeError:
    """All tests pass on the unmodified code, and yet the run does not end like a pass: no verdict could be one."""
    output = ran.outcome.output.decode("utf-8", "replace")
    return JudgeError(
        f"All of these tests pass, and yet the run ends with status {ran.report.exit}: {_last(output)} "
        "Correct what fails at the end of the run; without that no candidate could be called passed."
    )


def wants_to_write(ran: Ran) -> bool:
    """Whether something failed the way it does where nothing may be written."""
    messages = [phase.message for phases in ran.report.phases.values() for phase in phases]
    messages += [broken.message for broken in ran.report.broken]
    output = ran.outcome.output.decode("utf-8", "replace")
    return any(_READ_ONLY.search(text) is not None for text in (*messages, output))


def _reason(output: str) -> str:
    found = _REASON.findall(output)
    return _shown(found[-1]) if found else _last(output)


def _last(output: str) -> str:
    """The last lines that say something."""
    lines = [line for line in output.splitlines() if line.strip() and not line.startswith(("=", "INTERNALERROR> File"))]
    return _shown(" ".join(lines[-3:])) if lines else "it said nothing."


def _shown(text: str) -> str:
    return shorten(printable(text).replace("\n", " ").strip(), _SHOWN)
