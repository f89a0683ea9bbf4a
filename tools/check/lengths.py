"""Functions of the Python code have at most 60 lines; ruff has no such rule. Prints each longer one and exits 1."""

from __future__ import annotations

import ast
import pathlib
import sys

MAX_LINES = 60
ROOTS = ("server-py", "tools", "bench")


def too_long(path: pathlib.Path) -> list[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    lengths = [(node.name, node.lineno, (node.end_lineno or node.lineno) - node.lineno + 1) for node in functions]
    return [f"{path}:{line}: {name} has {length} lines" for name, line, length in lengths if length > MAX_LINES]


def main() -> int:
    files = [path for root in ROOTS for path in pathlib.Path(root).rglob("*.py")]
    complaints = [line for path in sorted(files) for line in too_long(path)]
    print("\n".join(complaints))
    return 1 if complaints else 0


if __name__ == "__main__":
    sys.exit(main())
