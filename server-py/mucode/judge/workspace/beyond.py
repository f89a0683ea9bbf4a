"""Whether a candidate's file holds more to tell the canary by than the file held before. Reading only.

What the file imported and did before is the project's own and trusted, statement by statement; so are the project's
modules, except those of its tests.
"""

import ast
import copy
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Optional

from ..function.lineup import is_test_path
from ..function.loopholes import handed_about, is_ordinary, suspicious, trusted_names, words
from ..function.redefined import bound_by, redefined, without_annotations
from ..syntax import parse, parse_strictly
from .problem import WorkspaceProblem

_FRAMEWORKS = frozenset(["pytest", "_pytest", "unittest", "mock", "doctest", "nose", "hypothesis", "conftest"])
_USUAL = frozenset(["errno", "ipaddress", "logging"])
"""What a repair may begin to import although a function on its own has no use for it."""
_TELLS = ("PYTEST_", "MUCODE_")
"""Variables of the environment that say which test is running, or that the judge runs it."""
_READS = words("""
    FileIO TarFile ZipFile configparser create_subprocess_exec create_subprocess_shell execl execle execlp execv execve
    execvp execvpe fromfile genfromtxt loadtxt memmap open open_code popen posix_spawn posix_spawnp read_bytes read_csv
    read_text spawnl spawnlp spawnv spawnvp sqlite3 system urlopen urlretrieve
""")
"""What opens files, or starts programs that could: the tests lie in files beside the program."""


def file_loophole(
    problem: WorkspaceProblem, program: str, is_own: "Callable[[str], bool]", tests: "Sequence[str]" = ()
) -> Optional[str]:
    """The first thing of that kind which `program`, the new text of the file, brings; None where it brings none.

    `is_own` says of the first part of a module's name whether it is the project's; `tests` are the texts of the tests.
    """
    before, after = parse(problem.text), parse(program)
    if after is None:
        return None  # it cannot be loaded either
    # A file that was no Python before is read without its region, like what an answer is spliced into.
    before = before or parse(problem.rest()) or parse_strictly("")
    parts = [part for node in _beyond(before, after) for part in ast.walk(node)]
    imported = {module.split(".")[0] for node in ast.walk(before) for module in _modules(node)}

    def refuses(module: str, name: str) -> Optional[str]:
        full = f"{module}.{name}".lstrip(".")
        if _is_of_tests(module) or (name and module.startswith(".") and _is_of_tests(full)):
            return full if name else module
        root = module.split(".", maxsplit=1)[0]
        if not root or is_own(root):
            return full if _is_of_tests(full) else None
        if root in imported:
            return None
        ordinary = is_ordinary(module) or root in _USUAL
        return module if not ordinary else name if name.startswith("_") else None

    # Special methods that the file had are known by their heads already; where they move to is for the canary to see.
    found = suspicious(parts, after, before.body, trusted_names([]), refuses)
    found = found or next(handed_about(parts, _own_modules(problem, after)), None)
    return (
        found
        or next(_tells(parts, after), None)
        or next(redefined(problem.as_function(), _own(before, after), "", tests), None)
    )


def _own_modules(problem: WorkspaceProblem, tree: ast.Module) -> set[str]:
    """Names of modules of the project that `from package import module` gives."""
    folder = Path(problem.root, problem.file).parent
    roots = [Path(problem.root, base) for base in ("", "src", "lib")]
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom):
            package = (node.module or "").replace(".", "/")
            bases = [Path(folder, *[".."] * (node.level - 1))] if node.level else [folder, *roots]
            for alias in node.names:
                paths = [base / package / alias.name for base in bases]
                if any(path.is_dir() or path.with_name(f"{alias.name}.py").is_file() for path in paths):
                    found.add(alias.asname or alias.name)
    return found


def _own(before: ast.Module, after: ast.Module) -> "list[ast.stmt]":
    known = {ast.dump(node) for node in before.body}
    return [node for node in after.body if ast.dump(node) not in known]


def _beyond(before: ast.Module, after: ast.Module) -> "Iterator[ast.AST]":
    """Statements of `after` that `before` does not hold as often; of compound ones only the head."""
    known = Counter(ast.dump(without_annotations(head)) for head in _heads(before))
    for head in _heads(after):
        shape = ast.dump(without_annotations(head))
        if known[shape] > 0:
            known[shape] -= 1
            yield from _annotations(head)
        else:
            yield head


def _annotations(head: ast.AST) -> "Iterator[ast.AST]":
    """What a function that was there says of types, which may be new."""
    if isinstance(head, (ast.FunctionDef, ast.AsyncFunctionDef)):
        yield from (part for part in ast.walk(head.args) if isinstance(part, ast.arg) and part.annotation is not None)
        yield from [head.returns] if head.returns is not None else []


def _heads(node: ast.AST) -> "Iterator[ast.AST]":
    """Every statement, handler and case below a node, without the statements that it holds itself."""
    for part in ast.iter_child_nodes(node):
        if _bodies(part):
            head = copy.copy(part)
            for name in _bodies(part):
                setattr(head, name, [])
            yield head
            yield from _heads(part)
        elif isinstance(part, ast.stmt):
            yield part


def _bodies(node: ast.AST) -> "list[str]":
    names = ("body", "orelse", "finalbody", "handlers", "cases")
    return [name for name in names if isinstance(getattr(node, name, None), list)]


def _modules(node: ast.AST) -> "list[str]":
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    return [node.module] if isinstance(node, ast.ImportFrom) and node.module and not node.level else []


def _is_of_tests(module: str) -> bool:
    parts = [part for part in module.split(".") if part]
    return bool(parts) and (
        parts[0] in _FRAMEWORKS or any(is_test_path(f"{part}/x.py") or is_test_path(f"{part}.py") for part in parts)
    )


def _whole_environment(parts: "list[ast.AST]") -> "Iterator[str]":
    """`environ` used in another way than for one variable by its name: one of them says which test is running."""
    named = {id(one) for part in parts for one in _looked_up(part)}
    for part in parts:
        name = part.attr if isinstance(part, ast.Attribute) else getattr(part, "id", "")
        if isinstance(part, (ast.Attribute, ast.Name)) and name in ("environ", "environb") and id(part) not in named:
            yield name


def _looked_up(part: ast.AST) -> "Iterator[ast.expr]":
    """What `x["name"]` and `x.get("name")` look into."""
    if isinstance(part, ast.Subscript) and _is_constant(part.slice):
        yield part.value
    if not isinstance(part, ast.Call) or not part.args or not _is_constant(part.args[0]):
        return
    if isinstance(part.func, ast.Attribute) and part.func.attr in _LOOKS_UP:
        yield part.func.value


_LOOKS_UP = ("get", "setdefault", "pop")


def _is_constant(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, (str, bytes))


def _opens_itself(part: ast.AST, program: ast.Module) -> bool:
    """Whether `Class().open(…)` means a method that the class itself has in this file."""
    made = part.value.func if isinstance(part, ast.Attribute) and isinstance(part.value, ast.Call) else None
    name = made.id if isinstance(made, ast.Name) else ""
    classes = [node for node in program.body if name and name in bound_by(node)]
    own = [one for node in classes if isinstance(node, ast.ClassDef) for one in node.body]
    return len(classes) == 1 and any(isinstance(one, ast.FunctionDef) and one.name == _attr(part) for one in own)


def _attr(part: ast.AST) -> str:
    return part.attr if isinstance(part, ast.Attribute) else ""


def _tells(parts: "list[ast.AST]", program: ast.Module) -> "Iterator[str]":
    texts = (part.value for part in parts if isinstance(part, ast.Constant) and isinstance(part.value, str))
    yield from (text for text in texts if text.startswith(_TELLS))
    yield from _whole_environment(parts)
    for part in parts:
        read = isinstance(part, (ast.Attribute, ast.Name)) and isinstance(part.ctx, ast.Load)
        name = (part.attr if isinstance(part, ast.Attribute) else getattr(part, "id", "")) if read else ""
        if isinstance(part, ast.alias):
            name = part.name.rpartition(".")[2]
        elif isinstance(part, ast.Call) and isinstance(part.func, ast.Name) and part.func.id == "getattr":
            name = str(getattr(part.args[-1], "value", "")) if part.args else ""
        if name in _READS and not _opens_itself(part, program):
            yield name
