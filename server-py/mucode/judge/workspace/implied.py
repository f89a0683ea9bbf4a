"""The methods that Python's syntax calls without naming them: `a == b`, `a[b]`, `len(a)`, `for x in a`, `a()`."""

import ast
from collections.abc import Iterator

_COMPARED: dict[type[ast.cmpop], str] = {
    ast.Eq: "__eq__", ast.NotEq: "__ne__", ast.Lt: "__lt__", ast.LtE: "__le__", ast.Gt: "__gt__", ast.GtE: "__ge__",
    ast.In: "__contains__", ast.NotIn: "__contains__",
}  # fmt: skip
_OPERATORS: dict[type[ast.operator], str] = {
    ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "truediv", ast.FloorDiv: "floordiv", ast.Mod: "mod",
    ast.Pow: "pow", ast.MatMult: "matmul", ast.BitAnd: "and", ast.BitOr: "or", ast.BitXor: "xor",
    ast.LShift: "lshift", ast.RShift: "rshift",
}  # fmt: skip
_ACCESS: dict[type[ast.expr_context], str] = {ast.Load: "__getitem__", ast.Store: "__setitem__", ast.Del: "__delitem__"}
_BUILTINS = {
    "len": "__len__", "repr": "__repr__", "str": "__str__", "iter": "__iter__", "next": "__next__", "hash": "__hash__",
    "reversed": "__reversed__", "bool": "__bool__", "abs": "__abs__", "int": "__int__", "float": "__float__",
    "list": "__iter__", "tuple": "__iter__", "dict": "__iter__", "set": "__iter__", "sorted": "__iter__",
    "format": "__format__",
}  # fmt: skip


def implied_methods(part: ast.AST) -> Iterator[str]:
    """Their names, for every place below a node."""
    for node in ast.walk(part):
        yield from _of(node)


def _of(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.Compare):
        yield from (_COMPARED[type(sign)] for sign in node.ops if type(sign) in _COMPARED)
    elif isinstance(node, (ast.BinOp, ast.AugAssign)) and type(node.op) in _OPERATORS:
        name = _OPERATORS[type(node.op)]
        yield from ([f"__i{name}__"] if isinstance(node, ast.AugAssign) else [])
        yield from (f"__{name}__", f"__r{name}__")
    elif isinstance(node, ast.Subscript):
        yield _ACCESS[type(node.ctx)]
    elif isinstance(node, (ast.For, ast.comprehension)):
        yield "__iter__"
    elif isinstance(node, ast.With):
        yield from ("__enter__", "__exit__")
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        yield _BUILTINS.get(node.func.id, "__call__")
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Call):
        yield "__call__"
