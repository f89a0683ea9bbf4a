"""Outside: whether a candidate changes settings that hold for the whole process, by which a test computes as well.

`with decimal.localcontext(): …` within one call ends with the call and is nobody else's business. Reading text only.
"""

import ast
from collections.abc import Iterator

_CONTEXTS = {
    "catch_warnings", "chdir", "errstate", "localcontext", "option_context", "printoptions", "redirect_stderr",
    "redirect_stdout",
}  # fmt: skip
"""What changes such settings until it is left."""
_SETTERS = {
    "clear_traps", "reset_option", "set_int_max_str_digits", "set_numeric_ops", "set_option", "set_options",
    "set_printoptions", "set_string_function", "setbufsize", "setcontext", "seterr", "seterrcall", "setlocale", "tzset",
}  # fmt: skip
"""What changes them for good."""
_HELD_IN = frozenset(["flags", "traps"])
"""Of decimal's contexts: what is changed item by item."""


def settings_changed(parts: "list[ast.AST]", program: ast.Module) -> Iterator[str]:
    """The names by which `parts`, pieces of `program` that a candidate brings, change or may change such settings."""
    closed = {id(call.func) for part in ast.walk(program) for call in _closed(part)}
    for part in parts:
        if isinstance(part, (ast.Attribute, ast.Name)) and isinstance(part.ctx, ast.Load):
            name = part.attr if isinstance(part, ast.Attribute) else part.id
            if name in _SETTERS or (name in _CONTEXTS and id(part) not in closed and _is_used(part, parts)):
                yield name
        elif isinstance(part, ast.alias) and part.name in _CONTEXTS | _SETTERS and part.asname not in (None, part.name):
            yield part.name
        elif isinstance(part, ast.Subscript) and not isinstance(part.ctx, ast.Load):
            inner = part.value.attr if isinstance(part.value, ast.Attribute) else ""
            yield from [inner] if inner in _HELD_IN else []


def _is_used(part: "ast.Attribute | ast.Name", parts: "list[ast.AST]") -> bool:
    """Methods of the program's own may have such a name; a context that matters is one of a module, or was imported."""
    if isinstance(part, ast.Attribute):
        return isinstance(part.value, (ast.Name, ast.Attribute)) and getattr(part.value, "id", "") not in (
            "self",
            "cls",
        )
    own = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
    return not any(isinstance(one, own) and one.name == part.id for one in parts)


def _closed(part: ast.AST) -> "Iterator[ast.Call]":
    """Contexts that end where they begin: those of a `with` that nothing can leave half-way and come back to."""
    if not isinstance(part, (ast.With, ast.AsyncWith)):
        return
    halts = (ast.Yield, ast.YieldFrom, ast.Await, ast.AsyncFor, ast.AsyncWith)
    if not any(isinstance(inner, halts) for inner in ast.walk(part)):
        yield from (item.context_expr for item in part.items if isinstance(item.context_expr, ast.Call))
