"""Inside the child: an exception as data, which is all that leaves the child of it. Read outside by compare.py."""

from typing import Any, Optional

PROGRAM_FILE = "<candidate>"
TEST_FILE = "<test>"
MESSAGE_KEPT = 1000
"""Most characters of an exception's text."""


def described(error: BaseException) -> dict[str, Any]:
    """An exception as data: its classes, its message and the program's last line it passed through."""
    try:
        message = str(error)[:MESSAGE_KEPT]
    except Exception:
        message = ""
    lines: dict[str, Optional[int]] = {PROGRAM_FILE: None, TEST_FILE: None}
    trace = error.__traceback__
    while trace is not None:
        name = trace.tb_frame.f_code.co_filename
        if name in lines:
            lines[name] = trace.tb_lineno
        trace = trace.tb_next
    if isinstance(error, SyntaxError) and error.filename == PROGRAM_FILE:
        lines[PROGRAM_FILE] = error.lineno
        message = str(error.msg)[:MESSAGE_KEPT]
    classes = [f"{base.__module__}.{base.__qualname__}" for base in type(error).__mro__[:20]]
    return {"x": classes, "m": message, "line": lines[PROGRAM_FILE], "at": lines[TEST_FILE]}
