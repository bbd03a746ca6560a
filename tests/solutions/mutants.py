"""Mechanical mutants: a right answer with one operator, number, name, sign or line changed."""

import ast
import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

Change = Callable[[ast.AST], ast.AST]

_OPERATORS: dict[type, type] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
}
_COMPARISONS: dict[type, type] = {
    ast.Lt: ast.LtE,
    ast.LtE: ast.Lt,
    ast.Gt: ast.GtE,
    ast.GtE: ast.Gt,
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
#: Names that are easily mistaken for one another.
_NAMES: Sequence[frozenset[str]] = (
    frozenset({"x", "h", "h_prev", "h0"}),
    frozenset({"W_xh", "W_hh"}),
    frozenset({"T", "N", "V", "H"}),
    frozenset({"forward", "backward"}),
    frozenset({"h_right", "h_left"}),
    frozenset({"EOS", "UNK"}),
    frozenset({"exp", "log", "tanh"}),
    frozenset({"sum", "mean", "max"}),
    frozenset({"zeros", "ones"}),
)


@dataclass(frozen=True)
class Mutant:
    """The source of a mutant, and what is new in it compared with the answer."""

    source: str
    new: str


def mutants(source: str) -> Iterator[Mutant]:
    """Every mutant of a function's source, each with one change."""
    tree = _without_docstrings(ast.parse(source))
    before = ast.unparse(tree).splitlines()
    seen = {ast.unparse(tree)}
    for index, node in enumerate(ast.walk(tree)):
        for change in _changes(node):
            mutated = copy.deepcopy(tree)
            target = list(ast.walk(mutated))[index]
            mutated = _Replace(target, change(copy.deepcopy(target))).visit(mutated)
            text = ast.unparse(ast.fix_missing_locations(mutated))
            if text not in seen:
                seen.add(text)
                yield Mutant(text, _difference(before, text.splitlines()))


def _without_docstrings(tree: ast.Module) -> ast.Module:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef) and ast.get_docstring(node) is not None:
            del node.body[0]
    return tree


def _difference(before: list[str], after: list[str]) -> str:
    """The first line that differs, as it is now; for a line that became ``pass``, what it was."""
    for old, new in zip(before, after, strict=False):
        if old != new:
            return f"without: {old.strip()}" if new.strip() == "pass" else new.strip()
    return after[-1].strip()


class _Replace(ast.NodeTransformer):
    def __init__(self, target: ast.AST, replacement: ast.AST) -> None:
        self._target = target
        self._replacement = replacement

    def visit(self, node: ast.AST) -> ast.AST:
        return self._replacement if node is self._target else self.generic_visit(node)


def _changes(node: ast.AST) -> Iterator[Change]:
    if isinstance(node, ast.BinOp):
        yield from _binary(node)
    elif isinstance(node, ast.Compare):
        if type(node.ops[0]) in _COMPARISONS:
            yield _set("ops", [_COMPARISONS[type(node.ops[0])]()])
    elif isinstance(node, ast.UnaryOp):
        yield lambda n: n.operand  # type: ignore[attr-defined]
    elif isinstance(node, ast.BoolOp):
        yield _set("op", ast.Or() if isinstance(node.op, ast.And) else ast.And())
        yield lambda n: n.values[0]  # type: ignore[attr-defined]
        yield lambda n: n.values[1]  # type: ignore[attr-defined]
    elif isinstance(node, ast.IfExp):
        yield lambda n: n.body  # type: ignore[attr-defined]
        yield lambda n: n.orelse  # type: ignore[attr-defined]
    elif isinstance(node, ast.If):
        yield _set("test", ast.Constant(True))
        yield _set("test", ast.Constant(False))
    elif isinstance(node, ast.Constant):
        yield from (_becomes(ast.Constant(value)) for value in _other_values(node.value))
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        yield from (_set("id", name) for name in _other_names(node.id))
    elif isinstance(node, ast.Attribute):
        yield from (_set("attr", name) for name in _other_names(node.attr))
    elif isinstance(node, ast.Subscript) and isinstance(node.ctx, ast.Load):
        yield lambda n: n.value  # type: ignore[attr-defined]
    elif isinstance(node, ast.Slice) and (node.lower or node.upper or node.step):
        yield _becomes(ast.Slice())
    elif isinstance(node, ast.Call):
        yield from _call(node)
    elif isinstance(node, (ast.Tuple, ast.List)) and isinstance(node.ctx, ast.Load):
        for i in range(len(node.elts) - 1):
            yield _swapped("elts", i)
        if len(node.elts) > 1:
            yield from (_shortened("elts", i) for i in range(len(node.elts)))
    elif isinstance(node, (ast.Assign, ast.AugAssign, ast.Break, ast.Expr)):
        yield _becomes(ast.Pass())


def _binary(node: ast.BinOp) -> Iterator[Change]:
    if type(node.op) in _OPERATORS:
        yield _set("op", _OPERATORS[type(node.op)]())
        yield lambda n: n.left  # type: ignore[attr-defined]
        yield lambda n: n.right  # type: ignore[attr-defined]
    if isinstance(node.op, (ast.MatMult, ast.Sub, ast.Div)):
        yield lambda n: ast.BinOp(n.right, n.op, n.left)  # type: ignore[attr-defined]
    if isinstance(node.op, ast.MatMult):
        yield lambda n: ast.BinOp(n.left, n.op, ast.Attribute(n.right, "T"))  # type: ignore[attr-defined]


def _call(node: ast.Call) -> Iterator[Change]:
    if len(node.args) == 1:
        yield lambda n: n.args[0]  # type: ignore[attr-defined]
    if isinstance(node.func, ast.Attribute) and not node.args:
        yield lambda n: n.func.value  # type: ignore[attr-defined]
    for i in range(len(node.args) - 1):
        yield _swapped("args", i)
    if len(node.args) > 1:
        yield from (_shortened("args", i) for i in range(len(node.args)))
    yield from (_shortened("keywords", i) for i in range(len(node.keywords)))


def _set(field: str, value: object) -> Change:
    def change(node: ast.AST) -> ast.AST:
        setattr(node, field, copy.deepcopy(value))
        return node

    return change


def _becomes(replacement: ast.AST) -> Change:
    return lambda _: copy.deepcopy(replacement)


def _swapped(field: str, i: int) -> Change:
    def change(node: ast.AST) -> ast.AST:
        items = getattr(node, field)
        items[i], items[i + 1] = items[i + 1], items[i]
        return node

    return change


def _shortened(field: str, i: int) -> Change:
    def change(node: ast.AST) -> ast.AST:
        del getattr(node, field)[i]
        return node

    return change


def _other_names(name: str) -> list[str]:
    return sorted(other for group in _NAMES if name in group for other in group - {name})


def _other_values(value: object) -> list[object]:
    if isinstance(value, bool):
        return [not value]
    if isinstance(value, int):
        return [value + 1, value - 1, -value]
    if isinstance(value, float):
        return [1.5 * value + 1, 0.5 * value - 1, -value]
    if isinstance(value, str):
        return [value + "_"]
    return []
