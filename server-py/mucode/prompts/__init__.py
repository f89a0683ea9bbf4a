"""The prompt templates and the conversations made of them. Equal, to the character, to src/repair/prompt.ts.

Both are held to test/contract/conversations.json. JavaScript counts text in UTF-16 units and trims other characters
than Python does; this file counts and trims like JavaScript.
"""

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Literal

from .excerpt import SPACE, excerpt_of, units

FOLDER = Path(__file__).parent
NAMES = tuple(sorted(path.stem for path in FOLDER.glob("*.txt")))
# Of them the first message about a problem is made, which is all that the verifier sees of a conversation.
OPENING = ("baseline", "context", "repair", "stdio_case", "stdio_repair", "stdio_write", "write")
# Templates of the Llama 3 family put today's date into every text unless they are told one; this is their own default.
# Told in training, rollouts, scoring and serving alike, so that equal messages are equal tokens on any day.
TEMPLATE_VALUES = {"date_string": "26 Jul 2024"}
# Units that all messages together may have; older exchanges go first.
MAX_UNITS = 12_000
MAX_ANSWER_UNITS = 2_000
# Of a program's cases so many are shown, each text of them up to so many units.
MAX_CASES = 3
MAX_CASE_UNITS = 400
# Of a project's tests so much text is shown; the first one, which fails, always.
MAX_TESTS_UNITS = 4_000

Message = dict[str, str]


@dataclass(frozen=True)
class Exchange:
    """One earlier answer with what came back for it. `code` is None when the answer held none."""

    code: str | None
    imports: Sequence[str]
    answer: str
    feedback: str
    note: str | None = None


@cache
def templates() -> Mapping[str, str]:
    """All templates by name: the *.txt files of this folder."""
    return {path.stem: path.read_text(encoding="utf-8") for path in sorted(FOLDER.glob("*.txt"))}


def digests(names: Collection[str]) -> dict[str, str]:
    """16 hexadecimal digits of the sha256 of each of these templates, by name: what is made of them depends on them."""
    texts = templates()
    return {name: hashlib.sha256(texts[name].encode()).hexdigest()[:16] for name in sorted(names)}


def render(template: str, values: Mapping[str, str]) -> str:
    """Replace each `{{name}}` once; values are not looked into. ValueError if a name has no value.

    An empty value that stands alone takes its line, and the empty line after it, along.
    """

    def value(match: re.Match[str]) -> str:
        name = match[1]
        if name not in values:
            raise ValueError(f"template names {{{{{name}}}}}, which has no value")
        return values[name]

    def line(match: re.Match[str]) -> str:
        return match[0] if value(match) else ""

    filled = re.sub(r"^\{\{(\w+)\}\}\n\n?", line, template, flags=re.ASCII | re.MULTILINE)
    return re.sub(r"\{\{(\w+)\}\}", value, filled, flags=re.ASCII)


def fence(code: str) -> str:
    """A fenced Python block, the form in which programs appear in every prompt."""
    return f"```python\n{code.strip(SPACE)}\n```"


def shown_program(problem: Mapping[str, Any], imports: Sequence[str], code: str) -> str:
    """A program as prompts show it, and as a model is taught to write it: what stands between the fences."""
    return "\n".join([*imports, _code(problem, code)]).strip(SPACE)


def conversation(
    problem: Mapping[str, Any],
    task: Literal["repair", "write"],
    baseline: Mapping[str, Any] | None,
    exchanges: Sequence[Exchange],
) -> list[Message]:
    """The chat messages for the next turn: a worked example, the problem, then each exchange as program and feedback.

    `problem` and `baseline` (a verdict on the code as it is) are the JSON objects that the judge reads and writes.
    Beyond MAX_UNITS the oldest exchanges are left out, the last one never.
    """
    texts = templates()
    name = f"stdio_{task}" if _is_stdio(problem) else task
    start = [
        _message("user", texts[f"{name}_example"].strip(SPACE)),
        _message("assistant", texts[f"{name}_example_answer"].strip(SPACE)),
        _message("user", opening(problem, task, baseline)),
    ]
    pairs = [_pair(problem, exchange) for exchange in exchanges]
    while len(pairs) > 1 and _total([*start, *(message for pair in pairs for message in pair)]) > MAX_UNITS:
        pairs = pairs[1:]
    return [*start, *(message for pair in pairs for message in pair)]


def opening(problem: Mapping[str, Any], task: str, baseline: Mapping[str, Any] | None) -> str:
    """The message with the problem, which is also the verifier's view of it."""
    texts = templates()
    feedback: str = (baseline or {}).get("feedback") or ""
    shown = render(texts["baseline"], {"feedback": feedback}).strip(SPACE) if feedback and task == "repair" else ""
    values = {"instruction": problem["instruction"].strip(SPACE), "baseline": shown}
    if _is_stdio(problem):
        return render(texts[f"stdio_{task}"], {**values, **_program(problem)}).strip(SPACE)
    values |= {
        "entry_point": problem["entry_point"],
        "context": _context(problem),
        "code": _code(problem, problem["code"]).strip(SPACE),
        "tests": _tests(problem),
    }
    return render(texts[task], values).strip(SPACE)


def _tests(problem: Mapping[str, Any]) -> str:
    """In a project many ids may share one text, as a parametrized test's do; each is shown once, up to a bound."""
    texts: list[str] = [test["source"].strip(SPACE) for test in problem["public_tests"]]
    if problem.get("kind") != "workspace":
        return "\n".join(texts)
    shown: list[str] = []
    for text in dict.fromkeys(texts):
        if shown and units("\n\n".join(shown)) + units(text) > MAX_TESTS_UNITS:
            break
        if text:
            shown.append(text)
    return "\n\n".join(shown)


def _is_stdio(problem: Mapping[str, Any]) -> bool:
    return problem.get("kind") == "stdio"


def _program(problem: Mapping[str, Any]) -> dict[str, str]:
    """What is shown of a whole program: itself, if there is one, and the first of its cases."""
    case = templates()["stdio_case"]
    shown = [
        render(case, {"input": _start(one["input"]), "output": _start(one["outputs"][0])}).strip(SPACE)
        for one in problem["public_tests"][:MAX_CASES]
    ]
    code = problem["code"]
    return {"program": fence(code) if code.strip(SPACE) else "", "cases": "\n\n".join(shown)}


def _start(text: str) -> str:
    """The beginning of a long text."""
    text = text.rstrip(SPACE)
    return text if units(text) <= MAX_CASE_UNITS else f"{_cut(text, MAX_CASE_UNITS)}\n…"


def _code(problem: Mapping[str, Any], code: str) -> str:
    """The code as the prompt shows it: of a long class only the method under repair."""
    excerpt = excerpt_of(code, str(problem.get("entry_point", "")))
    return code if excerpt is None else excerpt.code


def _context(problem: Mapping[str, Any]) -> str:
    excerpt = excerpt_of(problem["code"], problem["entry_point"])
    shown = [problem["context"].strip(SPACE), excerpt.around if excerpt else ""]
    context = "\n\n\n".join(one for one in shown if one)
    values = {"context": context, "entry_point": problem["entry_point"]}
    return render(templates()["context"], values).strip(SPACE) if context else ""


def _pair(problem: Mapping[str, Any], exchange: Exchange) -> tuple[Message, Message]:
    texts = templates()
    if exchange.code is None:
        own = _cut(exchange.answer.strip(SPACE), MAX_ANSWER_UNITS)
    else:
        own = fence(shown_program(problem, exchange.imports, exchange.code))
    note = (exchange.note or "").strip(SPACE)
    added = render(texts["note"], {"note": note}).strip(SPACE) if note else ""
    answer = render(texts["feedback"], {"feedback": exchange.feedback, "note": added}).strip(SPACE)
    return _message("assistant", own), _message("user", answer)


def _message(role: str, content: str) -> Message:
    return {"role": role, "content": content}


def _cut(text: str, units: int) -> str:
    return text.encode("utf-16-le", "surrogatepass")[: 2 * units].decode("utf-16-le", "surrogatepass")


def _total(messages: Sequence[Message]) -> int:
    return sum(units(message["content"]) for message in messages)
