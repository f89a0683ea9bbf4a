"""Outside: evaluates the judge's own part of a test, on plain data, without eval.

It knows the Python that assertions are written in; anything else raises NotPlainError, and the test is then run in the
candidate's process under the canary. `$3` stands for the value of the child's step 3.
"""
# ruff: noqa: ANN401 - the values of a program under test can be anything

import ast
import re
from collections.abc import Iterator, Mapping
from typing import Any, Callable, ClassVar, Optional, cast

from .allowed import BUILTINS, CLASSES, METHODS, MODULES, RANDOM_METHODS, Random, TooMuchError, finite, walking
from .operators import BINARY, COMPARE, MIRROR, UNARY
from .references import Helper, References

MOST_STEPS = 200_000


class NotPlainError(Exception):
    """The expression needs more than the judge evaluates by itself."""


class ModuleRef:
    """A module of MODULES, as a name in a test stands for it."""

    def __init__(self, name: str) -> None:
        self.name = name


class Comparison:
    """The last comparison or truth that decided: what was demanded of what, for the report."""

    def __init__(self, operation: str, got: Any, expected: Any) -> None:
        self.operation, self.got, self.expected = operation, got, expected


class Oracle:
    """Evaluates expressions over `names`; `value_of(3)` supplies `$3` and may raise what the candidate raised."""

    def __init__(
        self,
        names: Mapping[str, Any],
        value_of: Optional[Callable[[int], Any]] = None,
        references: Optional[References] = None,
    ) -> None:
        self._names = dict(names)
        self._value_of = value_of
        self._references = references
        self._steps = 0
        self.decided: Optional[Comparison] = None

    def evaluate(self, node: ast.AST) -> Any:
        """The value of an expression. Raises NotPlainError, TooMuchError, or what Python itself would raise."""
        self._steps += 1
        if self._steps > MOST_STEPS:
            raise TooMuchError("an expression with too many steps")
        handler = self._HANDLERS.get(type(node))
        if handler is None:
            raise NotPlainError(type(node).__name__)
        return handler(self, node)

    def _name(self, node: ast.Name) -> Any:
        if node.id.startswith("$") and self._value_of is not None:
            return self._value_of(int(node.id[1:]))
        for table in (self._names, CLASSES, BUILTINS):
            if node.id in table:
                return table[node.id]
        raise NotPlainError(node.id)

    def _attribute(self, node: ast.Attribute) -> Any:
        owner = self.evaluate(node.value)
        if isinstance(owner, ModuleRef) and node.attr in MODULES[owner.name]:
            return MODULES[owner.name][node.attr]
        raise NotPlainError(node.attr)

    def _call(self, node: ast.Call) -> Any:
        args: list[Any] = []
        for arg in node.args:
            if isinstance(arg, ast.Starred):
                args.extend(finite(self.evaluate(arg.value)))
            else:
                args.append(self.evaluate(arg))
        kwargs: dict[str, Any] = {}
        for keyword in node.keywords:
            value = self.evaluate(keyword.value)
            kwargs.update(value if keyword.arg is None else {keyword.arg: value})
        return self._function(node.func)(*args, **kwargs)

    def _function(self, node: ast.expr) -> Callable[..., Any]:
        if isinstance(node, ast.Name) and node.id not in self._names:
            function = BUILTINS.get(node.id)
        elif isinstance(node, ast.Attribute):
            function = self._method(node)
        else:
            function = self.evaluate(node)
        if isinstance(function, Helper) and self._references is not None:
            references, name = self._references, function.name
            return lambda *args, **kwargs: references.call(name, args, kwargs)
        if not callable(function):
            raise NotPlainError("a call of something unknown")
        known: Callable[..., Any] = function
        return known

    def _method(self, node: ast.Attribute) -> Callable[..., Any]:
        owner = self.evaluate(node.value)
        if isinstance(owner, ModuleRef):
            return self._attribute(node)
        if isinstance(owner, Random) and node.attr in RANDOM_METHODS:
            return owner.function(node.attr)
        kind = cast("Any", type(owner))
        if node.attr in METHODS.get(kind, ()):
            return walking(getattr(owner, node.attr))
        raise NotPlainError(node.attr)

    def _compare(self, node: ast.Compare) -> Any:
        left = self.evaluate(node.left)
        result: Any = True
        for sign, right_node in zip(node.ops, node.comparators):
            right = self.evaluate(right_node)
            text, function = COMPARE[type(sign)]
            swapped = has_step(right_node) and not has_step(node.left)
            # Noted before comparing, so that a refused comparison can be reported too.
            self.decided = Comparison(MIRROR.get(text, text), right, left) if swapped else Comparison(text, left, right)
            result = function(left, right)
            if not result:
                return result
            left = right
        return result

    def _logic(self, node: ast.BoolOp) -> Any:
        wanted = isinstance(node.op, ast.Or)
        value: Any = None
        for part in node.values:
            value = self.evaluate(part)
            if bool(value) is wanted:
                return value
        return value

    def _dict(self, node: ast.Dict) -> dict[Any, Any]:
        result: dict[Any, Any] = {}
        for key, value in zip(node.keys, node.values):
            if key is None:
                result.update(self.evaluate(value))
            else:
                result[self.evaluate(key)] = self.evaluate(value)
        return result

    def _items(self, nodes: list[ast.expr]) -> list[Any]:
        items: list[Any] = []
        for node in nodes:
            if isinstance(node, ast.Starred):
                items.extend(finite(self.evaluate(node.value)))
            else:
                items.append(self.evaluate(node))
        return items

    def _slice(self, node: ast.Slice) -> slice:
        return slice(*(None if part is None else self.evaluate(part) for part in (node.lower, node.upper, node.step)))

    def _comprehension(self, generators: list[ast.comprehension], read: Callable[[], Any]) -> Iterator[Any]:
        if not generators:
            yield read()
            return
        first = generators[0]
        if first.is_async:
            raise NotPlainError("async for")
        for item in self.evaluate(first.iter):
            self._steps += 1
            self.assign(first.target, item)
            if all(self.evaluate(test) for test in first.ifs):
                yield from self._comprehension(generators[1:], read)

    def _collect(self, node: Any, read: Callable[[], Any]) -> list[Any]:
        saved = dict(self._names)
        try:
            return list(self._comprehension(node.generators, read))
        finally:
            self._names = saved

    def _lambda(self, node: ast.Lambda) -> Callable[..., Any]:
        names = [arg.arg for arg in node.args.args]
        if len(names) != len(ast.unparse(node.args).split(",")) or node.args.defaults:
            raise NotPlainError("lambda")

        def function(*args: Any) -> Any:
            saved = dict(self._names)
            self._names.update(zip(names, args))
            try:
                return self.evaluate(node.body)
            finally:
                self._names = saved

        return function

    def _text(self, node: ast.JoinedStr) -> str:
        return "".join(str(self.evaluate(part)) for part in node.values)

    def _formatted(self, node: ast.FormattedValue) -> str:
        value = self.evaluate(node.value)
        convert: Mapping[int, Callable[[Any], str]] = {115: str, 114: repr, 97: ascii}
        text = convert[node.conversion](value) if node.conversion != -1 else value
        spec = "" if node.format_spec is None else str(self.evaluate(node.format_spec))
        if any(len(part) > 6 for part in re.findall(r"\d+", spec)):
            raise TooMuchError("a huge format width")
        return format(text, spec)

    def assign(self, target: ast.AST, value: Any) -> None:
        """Binds a name, or names in a tuple, to a value. Raises NotPlainError for any other target."""
        if isinstance(target, ast.Name):
            self._names[target.id] = value
        elif isinstance(target, (ast.Tuple, ast.List)):
            values = list(finite(value))
            if len(values) != len(target.elts) or any(isinstance(part, ast.Starred) for part in target.elts):
                raise NotPlainError("unpacking")
            for part, item in zip(target.elts, values):
                self.assign(part, item)
        else:
            raise NotPlainError("assignment")

    @property
    def names(self) -> dict[str, Any]:
        """The names bound so far."""
        return self._names

    def _unary(self, node: ast.UnaryOp) -> Any:
        return UNARY[type(node.op)](self.evaluate(node.operand))

    def _binary(self, node: ast.BinOp) -> Any:
        left, right = self.evaluate(node.left), self.evaluate(node.right)
        if isinstance(node.op, ast.Mod) and isinstance(left, (str, bytes)):
            raise NotPlainError("formatting by %")
        return BINARY[type(node.op)](left, right)

    def _choice(self, node: ast.IfExp) -> Any:
        return self.evaluate(node.body if self.evaluate(node.test) else node.orelse)

    def _subscript(self, node: ast.Subscript) -> Any:
        return self.evaluate(node.value)[self.evaluate(node.slice)]

    def _row(self, node: "ast.List | ast.Tuple | ast.Set") -> Any:
        kind: Any = {ast.List: list, ast.Tuple: tuple, ast.Set: set}[type(node)]
        return kind(self._items(node.elts))

    def _collected(self, node: "ast.ListComp | ast.GeneratorExp | ast.SetComp") -> Any:
        items = self._collect(node, lambda: self.evaluate(node.elt))
        return set(items) if isinstance(node, ast.SetComp) else items

    def _collected_dict(self, node: ast.DictComp) -> Any:
        return dict(self._collect(node, lambda: (self.evaluate(node.key), self.evaluate(node.value))))

    def _constant(self, node: ast.Constant) -> Any:
        return node.value

    _HANDLERS: ClassVar[dict[type[ast.AST], Callable[[Any, Any], Any]]] = {
        ast.Constant: _constant, ast.Name: _name, ast.Attribute: _attribute, ast.Call: _call, ast.Compare: _compare,
        ast.BoolOp: _logic, ast.UnaryOp: _unary, ast.BinOp: _binary, ast.IfExp: _choice, ast.Subscript: _subscript,
        ast.Slice: _slice, ast.List: _row, ast.Tuple: _row, ast.Set: _row, ast.Dict: _dict, ast.ListComp: _collected,
        ast.GeneratorExp: _collected, ast.SetComp: _collected, ast.DictComp: _collected_dict, ast.Lambda: _lambda,
        ast.JoinedStr: _text, ast.FormattedValue: _formatted,
    }  # fmt: skip


def has_step(node: ast.AST) -> bool:
    """Whether an outside expression holds a value from the child."""
    return any(isinstance(part, ast.Name) and part.id.startswith("$") for part in ast.walk(node))
