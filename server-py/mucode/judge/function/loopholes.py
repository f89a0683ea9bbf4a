"""Outside: whether a candidate holds what it could tell the canary by, so that a guarded pass of it proves nothing.

In the candidate's own process every secret can be found by a program that looks at frames, modules or objects, or that
answers comparisons by code of its own. Reading its text is the one check that it cannot reach. Nothing is run here.
"""

import ast
import re
from collections.abc import Iterator
from typing import Callable, Optional

from ..problem import Problem
from ..syntax import NOT_PYTHON, body_of, parse_strictly
from .redefined import HARMLESS, names_bound, redefined
from .settings import settings_changed


def words(text: str) -> frozenset[str]:
    """The words of a text."""
    return frozenset(text.split())


_MODULES = words("""
    __future__ abc array asyncio base64 binascii bisect calendar cmath collections colorsys concurrent
    contextlib contextvars copy csv dataclasses datetime decimal difflib enum fractions functools graphlib hashlib
    heapq hmac html io itertools json locale math numbers numpy operator os pathlib pprint queue random re
    secrets statistics string struct sys tempfile textwrap threading time typing typing_extensions unicodedata
    urllib uuid warnings zlib zoneinfo
""")
"""What a candidate may import; anything else might look into the process, set attributes by computed names, run text,
or know objects that equal everything."""
_LED_TO = words("""
    atexit base_events base_futures base_subprocess base_tasks bltns builtins code codecs codeop copyreg coroutines
    ctypes ctypeslib distutils events f2py fnmatch format_helpers gc importlib inspect keyword lib linecache load
    loads log logging marshal multiprocessing ntpath pickle platform posixpath resource runners runpy selector_events
    shelve shutil signal site socket sslproto stat stdlib_re subprocess sysconfig tasks testing token tokenize trace
    traceback tracemalloc trsock types unittest unix_events weakref
""")
"""Modules, and functions that run data, to which ordinary modules lead as attributes."""
_SUBMODULES = words("abc decoder encoder entities error fft futures linalg parse path process random request thread")
"""Modules that `from … import` may give; handed about, their functions could be replaced under another name."""
_WORDS = words("""
    ABCMeta EnumMeta EnumType
    __base__ __bases__ __builtins__ __closure__ __code__ __dict__ __getattribute__ __globals__ __import__ __loader__
    __mro__ __reduce__ __reduce_ex__ __self__ __spec__ __subclasses__ __traceback__ __wrapped__ _convert _convert_
    _current_exceptions _current_frames _getframe _old_targets _stream addaudithook ag_frame attrgetter breakpointhook
    capture_locals co_code co_consts co_names cr_frame displayhook exc_info exc_traceback excepthook f_back f_builtins
    f_code f_globals f_locals f_trace ForwardRef get_field get_stack get_type_hints gi_frame global_enum
    last_traceback make_dataclass methodcaller modules monitoring setprofile settrace tb_frame tb_next unraisablehook
    update_wrapper
""")
_COMMON = frozenset(["displayhook", "modules", "monitoring"])
"""Of these words those that stand in ordinary texts as well."""
_WAYS = words("""
    FileHandler code_context extract_stack file_open findCaller findsource format_stack formatwarning
    fromregex getframeinfo getsource getsourcelines meta_path open_local_file path_hooks path_importer_cache
    print_stack showwarning stack_info subprocess_exec subprocess_shell walk_stack
""")
"""Attributes that show the caller's own lines, or read files by another name than open."""
_ENUMS = words("Enum IntEnum StrEnum Flag IntFlag")
_CHANGES = words("add append clear discard extend insert pop popitem remove reverse setdefault sort update")
_PROC = re.compile(r"/proc(/|\Z)")
_ARITHMETIC = words("Emax Emin clamp prec rounding setcontext traps")
"""What changes how decimals are computed, also in the test."""
_FORMATS = words("format format_map vformat")
_BUILTINS = frozenset(["breakpoint", "compile", "eval", "exec", "globals", "locals", "vars"])
_BY_NAME = frozenset(["getattr", "setattr", "delattr", "type"])
"""Safe where they are called with what they do in plain sight."""
_DISGUISES = frozenset(["__class__", "__module__", "__name__", "__qualname__"])
_REFUSED = _BUILTINS | _BY_NAME | _WORDS - {"modules"}
_STREAMS = ("sys.stdout.write", "sys.stderr.write")
_DUNDER = re.compile(r"__\w+__\Z")
_WORD = re.compile(r"\w+")


def loophole(problem: Problem, program: str, test: str = "") -> Optional[str]:
    """The first such thing in what the program has beyond the problem's context; None where there is none.

    `test` is the source of the guarded test; what it relies on must not be the candidate's to change.
    """
    try:
        known = {ast.dump(node) for node in body_of(problem.context)}
        tree = parse_strictly(program)
        own = [node for node in tree.body if ast.dump(node) not in known]
        trusted = trusted_names(body_of(problem.context) + body_of(problem.code))
    except NOT_PYTHON:
        return None  # it cannot be loaded either
    parts = [part for node in own for part in ast.walk(node)]
    first = suspicious(parts, tree, body_of(problem.context), trusted, _not_ordinary)
    return first or next(redefined(problem, own, test), None)


Refuses = Callable[[str, str], Optional[str]]
"""(module with the dots of a relative import, name taken from it or "") → what must not be imported, if anything."""


def suspicious(
    parts: "list[ast.AST]", program: ast.Module, around: "list[ast.stmt]", trusted: frozenset[str], refuses: Refuses
) -> Optional[str]:
    """The first loophole in `parts`, pieces of syntax that a candidate brings; None where there is none.

    `program` is the whole module, `around` what of it was there before, `trusted` special methods that may be defined.
    """
    imported = {name for node in ast.walk(program) for name in _imported(node)}
    plain = {id(name) for part in parts for name in _in_plain_sight(part)}
    plain |= {id(name) for part in parts for name in _by_template(part, program)}
    found = (name for part in parts if id(part) not in plain for name in _suspicious(part, imported, trusted, refuses))
    return next(found, None) or next(_handed_about(parts, around), None) or next(_changes(parts, program), None)


def _changes(parts: "list[ast.AST]", program: ast.Module) -> Iterator[str]:
    """Calls that change what `from … import` gave, which the test may use too, and settings of the process."""
    yield from settings_changed(parts, program)
    given = {name for node in ast.walk(program) if isinstance(node, ast.ImportFrom) for name in _imported(node)}
    for part in parts:
        if not isinstance(part, ast.Call) or not isinstance(part.func, ast.Attribute):
            continue
        owner = part.func.value
        if part.func.attr in _CHANGES and isinstance(owner, ast.Name) and owner.id in given:
            yield ast.unparse(part.func)


def trusted_names(nodes: "list[ast.stmt]") -> frozenset[str]:
    """Special names that code may define where these statements were there before."""
    return _dunders(nodes) | HARMLESS


def _handed_about(parts: "list[ast.AST]", before: "list[ast.stmt]") -> Iterator[str]:
    """Modules used in another way than for what they hold: under another name they could be changed unnoticed."""
    around = [part for node in before for part in ast.walk(node)]
    modules = {name for part in [*around, *parts] for name in _modules_of(part)}
    return handed_about(parts, modules)


def handed_about(parts: "list[ast.AST]", modules: set[str]) -> Iterator[str]:
    """Those of the names of modules that are used in another way than for what the module holds."""
    owners = {id(part.value) for part in parts if isinstance(part, ast.Attribute)}
    names = (part for part in parts if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load))
    yield from (name.id for name in names if name.id in modules and id(name) not in owners)
    inner = (part for part in parts if isinstance(part, ast.Attribute) and part.attr in _SUBMODULES)
    yield from (ast.unparse(part) for part in inner if _root(part) in modules and id(part) not in owners)


def _modules_of(part: ast.AST) -> set[str]:
    if isinstance(part, ast.ImportFrom):
        return {alias.asname or alias.name for alias in part.names if alias.name in _SUBMODULES}
    return _imported(part) if isinstance(part, ast.Import) else set()


def _in_plain_sight(part: ast.AST) -> Iterator[ast.expr]:
    """Uses of those names that build no class and say what they read: `getattr(x, "y")`, `type(x) == …`."""
    if isinstance(part, ast.Call) and isinstance(part.func, ast.Name) and part.func.id == "getattr":
        if len(part.args) > 1 and isinstance(part.args[1], ast.Constant):
            yield part.func
    elif isinstance(part, ast.Compare):
        for side in [part.left, *part.comparators]:
            yield from _class_of(side)
    elif (isinstance(part, ast.FormattedValue) and part.format_spec is None) or (
        isinstance(part, ast.Attribute) and part.attr in ("__name__", "__qualname__")
    ):
        yield from _class_of(part.value)
    elif isinstance(part, ast.expr) and any(_is_self(inner) for inner in ast.iter_child_nodes(part)):
        yield from _class_of(part)


def _by_template(part: ast.AST, program: ast.Module) -> Iterator[ast.expr]:
    """The `format` of `NAME.format(…)` where the name is only ever bound to text that stands there to be read."""
    if not isinstance(part, ast.Attribute) or part.attr != "format" or not isinstance(part.value, ast.Name):
        return
    name, texts = part.value.id, set[int]()
    for node in ast.walk(program):
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            texts |= {id(target) for target in node.targets}
    bound = [node for node in ast.walk(program) if name in names_bound(node) or getattr(node, "arg", "") == name]
    if bound and all(id(node) in texts for node in bound):
        yield part


def _class_of(node: ast.expr) -> Iterator[ast.expr]:
    """The `type` of `type(x)`, or `x.__class__` itself."""
    if (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "type"
        and len(node.args) == 1
    ):
        yield node.func
    elif isinstance(node, ast.Attribute) and node.attr == "__class__":
        yield node


def _is_self(node: ast.AST) -> bool:
    return isinstance(node, ast.Name) and node.id in ("self", "cls", "other")


def _dunders(nodes: "list[ast.stmt]") -> frozenset[str]:
    """Special methods that the problem's own classes define."""
    parts = (part for node in nodes for part in ast.walk(node))
    return frozenset(part.name for part in parts if isinstance(part, ast.FunctionDef) and _DUNDER.match(part.name))


def _imported(node: ast.AST) -> set[str]:
    if not isinstance(node, (ast.Import, ast.ImportFrom)):
        return set()
    return {(alias.asname or alias.name).split(".")[0] for alias in node.names}


def _suspicious(part: ast.AST, imported: set[str], trusted: frozenset[str], refuses: Refuses) -> Iterator[str]:
    function = isinstance(part, (ast.FunctionDef, ast.AsyncFunctionDef))
    yield from (
        name
        for name in names_bound(part)
        if _DUNDER.match(name) and name not in (trusted if function else trusted - _DISGUISES)
    )
    if isinstance(part, (ast.Import, ast.ImportFrom)):
        yield from _foreign(part, refuses)
    elif isinstance(part, ast.Attribute):
        yield from _attribute(part, imported)
    elif isinstance(part, ast.Name) and part.id in _REFUSED:
        yield part.id
    elif isinstance(part, ast.Call) and _name_of(part.func) == "wraps" and len(part.args) + len(part.keywords) > 1:
        yield "wraps"
    elif isinstance(part, ast.Call) and _name_of(part.func) in _ENUMS and len(part.args) + len(part.keywords) > 1:
        # Made by a call, a class of constants can be given methods by names that nobody reads.
        yield f"{_name_of(part.func)}(…)"
    elif isinstance(part, ast.arg) and _calls_in_text(part.annotation):
        yield "a call in the text of an annotation"
    elif isinstance(part, ast.Subscript) and not isinstance(part.ctx, ast.Load) and _root(part.value) in imported:
        yield ast.unparse(part)
    elif isinstance(part, ast.Constant) and isinstance(part.value, str):
        yield from (word for word in _WORD.findall(part.value) if word in _WORDS - _COMMON)
        if _PROC.search(part.value) or (_DUNDER.match(part.value) and part.value not in trusted):
            yield part.value
    else:
        # `case Frame(f_locals=found)` and `capture_locals=True` read and say names without an attribute.
        names = getattr(part, "kwd_attrs", None) or [getattr(part, "arg", None)]
        yield from (name for name in names if name is not None and (name in _WORDS | _WAYS or _DUNDER.match(name)))


def _foreign(node: "ast.Import | ast.ImportFrom", refuses: Refuses) -> Iterator[str]:
    if isinstance(node, ast.Import):
        refused = [refuses(alias.name, "") for alias in node.names]
    else:
        refused = [refuses("." * node.level + (node.module or ""), alias.name) for alias in node.names]
        hidden = _WORDS | _WAYS | {"*" if node.module in ("os", "sys") else ""}
        refused += [alias.name for alias in node.names if alias.name in hidden]
        refused += [alias.name for alias in node.names if alias.name in _LED_TO - {"load", "loads"} | _ARITHMETIC]
    yield from (name for name in refused if name is not None)


def seen_through(found: str) -> str:
    """What a loophole means for the verdict, in one sentence for people."""
    return f"the program uses {found}, by which it could see through the canary"


def is_ordinary(module: str) -> bool:
    """Whether a module of the standard library, or numpy, holds nothing to tell the canary by."""
    return module.split(".", maxsplit=1)[0] in _MODULES


def _not_ordinary(module: str, name: str) -> Optional[str]:
    if not is_ordinary(module):
        return module
    return name if name.startswith("_") else None


def _calls_in_text(annotation: Optional[ast.expr]) -> bool:
    """Whether an annotation is a text with a call in it: whoever reads annotations would perform it."""
    return isinstance(annotation, ast.Constant) and isinstance(annotation.value, str) and "(" in annotation.value


def _name_of(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else getattr(node, "id", "")


def _root(node: ast.expr) -> str:
    while isinstance(node, ast.Attribute):
        node = node.value
    return _name_of(node)


def _attribute(node: ast.Attribute, imported: set[str]) -> Iterator[str]:
    stored = not isinstance(node.ctx, ast.Load)
    of_module = _root(node.value) in imported
    if node.attr in _FORMATS and not (isinstance(node.value, ast.Constant) or _root(node.value) == "datetime"):
        yield node.attr
    leads = of_module and node.attr in _LED_TO and not (node.attr in ("load", "loads") and _root(node) == "json")
    computes = (
        node.attr in _ARITHMETIC and stored and not (isinstance(node.value, ast.Name) and node.value.id == "self")
    )
    if leads or computes or node.attr == "setcontext":
        yield ast.unparse(node)
    # Changing a module changes what the test itself uses; its private names lead to other modules.
    written = node.attr in ("write", "writev", "pwrite", "fdopen") and ast.unparse(node) not in _STREAMS
    if of_module and (stored or node.attr.startswith("_") or written):
        yield f"{ast.unparse(node)}"
    elif node.attr in _WORDS | _WAYS or node.attr == "__class__" or (stored and _DUNDER.match(node.attr)):
        yield node.attr
