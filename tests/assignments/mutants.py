"""Mechanical mutants: a right answer with one operator, number, name, sign, slice or line changed.

Changed, too: the order of arguments, of what is returned and of lines; whether a line belongs to a
loop; what a loop runs over; a bound or an index by one; an axis; the precision of an array; and
whether a result is a new array or written over an argument.
"""

import ast
import copy
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import takewhile

Change = Callable[[ast.AST], ast.AST]

_OPERATORS: dict[type, tuple[type, ...]] = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add, ast.Mult),
    ast.Mult: (ast.Div, ast.Add),
    ast.Div: (ast.Mult, ast.FloorDiv),
    ast.MatMult: (ast.Mult,),
}
_IN_PLACE = {ast.Add: "add", ast.Sub: "subtract", ast.Mult: "multiply", ast.Div: "divide"}
_ORDERS = (ast.Lt, ast.LtE, ast.Gt, ast.GtE)
_COMPARISONS: dict[type, tuple[type, ...]] = {
    **{order: tuple(other for other in _ORDERS if other is not order) for order in _ORDERS},
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
#: The dtypes that each of these is made with: others than its default.
_DTYPES = {
    **dict.fromkeys(("array", "stack", "full", "arange"), ("np.float32", "int", "float")),
    **dict.fromkeys(("zeros", "ones", "eye"), ("np.float32", "int")),
}
#: A line longer than this is shown by what is new in it, with so many words on each side.
_LONG, _AROUND = 80, 1
#: So much is shown of a line that has moved, and of the one before it.
_BRIEF = 34
#: Names that are easily mistaken for one another.
_NAMES: Sequence[frozenset[str]] = (
    frozenset({"x", "h", "h_prev", "h0"}),
    frozenset({"W_xh", "W_hh", "W_hy"}),
    frozenset({"b_h", "b_y"}),
    frozenset({"T", "N", "V", "H"}),
    frozenset({"forward", "backward"}),
    frozenset({"h_right", "h_left"}),
    frozenset({"EOS", "UNK"}),
    frozenset({"exp", "log", "tanh"}),
    frozenset({"sum", "mean", "max", "min", "cumsum"}),
    frozenset({"zeros", "ones"}),
    frozenset({"zeros_like", "ones_like"}),
    frozenset({"stack", "concatenate"}),
    frozenset({"append", "extend"}),
    frozenset({"left", "right"}),
    frozenset({"last", "mean"}),
    frozenset({"squared", "cross-entropy"}),
    frozenset({"norm", "value"}),
    frozenset({"vanishes", "stays", "explodes"}),
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
    locals_ = _locals(tree)
    for index, node in enumerate(ast.walk(tree)):
        for change in _changes(node, locals_):
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


def _locals(tree: ast.Module) -> frozenset[str]:
    """The arguments and variables of the functions: names of the student's own choice."""
    arguments = {node.arg for node in ast.walk(tree) if isinstance(node, ast.arg)}
    stored = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and _is_stored(n)}
    return frozenset(arguments | stored)


def _is_stored(name: ast.Name) -> bool:
    return isinstance(name.ctx, ast.Store)


def _difference(before: list[str], after: list[str]) -> str:
    """The lines that are new; for one that became ``pass`` what it was, for one moved where to."""
    steps = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    changed = [step for step in steps if step[0] != "equal"]
    gone = [line.strip() for _, i, j, _, _ in changed for line in before[i:j]]
    new = [line.strip() for _, _, _, i, j in changed for line in after[i:j]]
    if new == ["pass"]:
        return f"without: {gone[0]}"
    if gone != new:
        return _what_is_new(gone[0], new[0])
    place = next(i for _, _, _, i, j in changed if j > i)
    return f"{_brief(new[0])}, behind {_brief(after[place - 1].strip())}"


def _brief(line: str) -> str:
    return line if len(line) <= _BRIEF else f"{line[:_BRIEF]}…"


def _what_is_new(before: str, after: str) -> str:
    """A line; a long one is cut to what differs, with a few words around it."""
    if len(after) <= _LONG:
        return after
    old, new = before.split(), after.split()
    start = len(list(takewhile(lambda pair: pair[0] == pair[1], zip(old, new, strict=False))))
    behind = zip(reversed(old[start:]), reversed(new[start:]), strict=False)
    end = len(new) - len(list(takewhile(lambda pair: pair[0] == pair[1], behind)))
    start, end = max(start - _AROUND, 0), min(end + _AROUND, len(new))
    return "… " * (start > 0) + " ".join(new[start:end]) + " …" * (end < len(new))


class _Replace(ast.NodeTransformer):
    def __init__(self, target: ast.AST, replacement: ast.AST) -> None:
        self._target = target
        self._replacement = replacement

    def visit(self, node: ast.AST) -> ast.AST:
        return self._replacement if node is self._target else self.generic_visit(node)


def _changes(node: ast.AST, locals_: frozenset[str]) -> Iterator[Change]:
    for field in ("body", "orelse"):
        yield from _moved_lines(node, field)
    if isinstance(node, ast.BinOp):
        yield from _binary(node)
    elif isinstance(node, ast.Compare):
        for other in _COMPARISONS.get(type(node.ops[0]), ()):
            yield _set("ops", [other()])
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
        yield lambda n: _with(n, "test", ast.UnaryOp(ast.Not(), n.test))  # type: ignore[attr-defined]
    elif isinstance(node, ast.Constant):
        yield from (_becomes(ast.Constant(value)) for value in _other_values(node.value))
    elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
        others = {*_other_names(node.id), *(locals_ - {node.id} if node.id in locals_ else ())}
        yield from (_set("id", name) for name in sorted(others))
    elif isinstance(node, ast.Attribute):
        yield from (_set("attr", name) for name in _other_names(node.attr))
    elif isinstance(node, ast.Subscript):
        if isinstance(node.ctx, ast.Load):
            yield lambda n: n.value  # type: ignore[attr-defined]
        yield from _by_one(node, "slice")
    elif isinstance(node, ast.Slice):
        yield from _slice(node)
    elif isinstance(node, ast.Call):
        yield from _call(node)
    elif isinstance(node, (ast.Tuple, ast.List)) and isinstance(node.ctx, ast.Load):
        for i in range(len(node.elts) - 1):
            yield _swapped("elts", i)
        if len(node.elts) > 1:
            yield from (_shortened("elts", i) for i in range(len(node.elts)))
    elif isinstance(node, (ast.For, ast.comprehension)):
        for part in ("[::-1]", "[1:]", "[:-1]"):
            yield _loop_over(part)
        if isinstance(node, ast.For):
            yield _becomes(ast.Pass())
    elif isinstance(node, (ast.Assign, ast.AugAssign, ast.Break, ast.Expr, ast.Return)):
        yield _becomes(ast.Pass())
        if isinstance(node, ast.AugAssign):
            yield lambda n: ast.Assign([n.target], n.value)  # type: ignore[attr-defined]
        elif isinstance(node, ast.Assign) and not isinstance(node.targets[0], ast.Tuple):
            yield lambda n: ast.AugAssign(n.targets[0], ast.Add(), n.value)  # type: ignore[attr-defined]


def _binary(node: ast.BinOp) -> Iterator[Change]:
    if type(node.op) in _OPERATORS:
        for operator in _OPERATORS[type(node.op)]:
            yield _set("op", operator())
        yield lambda n: n.left  # type: ignore[attr-defined]
        yield lambda n: n.right  # type: ignore[attr-defined]
    if isinstance(node.op, (ast.MatMult, ast.Sub, ast.Div)):
        yield lambda n: ast.BinOp(n.right, n.op, n.left)  # type: ignore[attr-defined]
    if isinstance(node.op, ast.MatMult):
        yield lambda n: ast.BinOp(n.left, n.op, ast.Attribute(n.right, "T"))  # type: ignore[attr-defined]
        yield lambda n: ast.BinOp(ast.Attribute(n.left, "T"), n.op, n.right)  # type: ignore[attr-defined]
        yield lambda n: _calls("np.float32", n)
    yield lambda n: ast.UnaryOp(ast.USub(), n)  # type: ignore[arg-type]
    if isinstance(node.left, ast.Name) and type(node.op) in _IN_PLACE:
        yield _written_over(_IN_PLACE[type(node.op)])


def _moved_lines(node: ast.AST, field: str) -> Iterator[Change]:
    """Two lines change places; the line behind a loop goes into it, or its last line out of it."""
    lines = getattr(node, field, None)
    if not isinstance(lines, list):
        return
    for i, line in enumerate(lines):
        if i + 1 < len(lines):
            yield _swapped(field, i)
        if isinstance(line, ast.For):
            if i + 1 < len(lines):
                yield _into_the_loop(field, i)
            if len(line.body) > 1:
                yield _out_of_the_loop(field, i)


def _into_the_loop(field: str, i: int) -> Change:
    def change(node: ast.AST) -> ast.AST:
        lines = getattr(node, field)
        lines[i].body.append(lines.pop(i + 1))
        return node

    return change


def _out_of_the_loop(field: str, i: int) -> Change:
    def change(node: ast.AST) -> ast.AST:
        lines = getattr(node, field)
        lines.insert(i + 1, lines[i].body.pop())
        return node

    return change


def _by_one(node: ast.AST, field: str) -> Iterator[Change]:
    """A bound or an index, unless it is a number, is one more and one less."""
    value = getattr(node, field)
    if isinstance(value, (ast.Name, ast.BinOp, ast.Call, ast.Attribute)):
        for operator in (ast.Add(), ast.Sub()):
            yield _set(field, ast.BinOp(value, operator, ast.Constant(1)))


def _written_over(function: str) -> Change:
    """The result of an operation goes into its left operand, if that is an array."""

    def change(node: ast.AST) -> ast.AST:
        assert isinstance(node, ast.BinOp)
        made = _calls(f"np.{function}", node.left, node.right)
        made.keywords = [ast.keyword("out", copy.deepcopy(node.left))]
        return made

    return change


def _calls(function: str, *args: ast.AST) -> ast.Call:
    made = ast.parse(f"{function}()", mode="eval").body
    assert isinstance(made, ast.Call)
    made.args = list(args)  # type: ignore[arg-type]
    return made


def _slice(node: ast.Slice) -> Iterator[Change]:
    if node.lower or node.upper or node.step:
        yield _becomes(ast.Slice())
    for field in ("lower", "upper"):
        yield from _by_one(node, field)
    if node.lower is None:
        yield _set("lower", ast.Constant(1))
    if node.upper is None:
        yield _set("upper", ast.Constant(-1))
    if node.step is None:
        yield _set("step", ast.Constant(-1))


def _loop_over(part: str) -> Change:
    """A loop over the same things the other way round, or without the first or the last."""

    def change(node: ast.AST) -> ast.AST:
        things = ast.parse(f"list(){part}", mode="eval").body
        assert isinstance(things, ast.Subscript)
        assert isinstance(things.value, ast.Call)
        things.value.args = [node.iter]  # type: ignore[attr-defined]
        return _with(node, "iter", things)

    return change


def _with(node: ast.AST, field: str, value: ast.AST) -> ast.AST:
    setattr(node, field, value)
    return node


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
    if ast.unparse(node.func) in ("range", "np.arange", "min", "max"):
        for i, argument in enumerate(node.args):
            if not isinstance(argument, ast.Constant):
                for operator in (ast.Add(), ast.Sub()):
                    yield _argument(i, ast.BinOp(argument, operator, ast.Constant(1)))
    if isinstance(node.func, ast.Attribute):
        yield from map(_of_dtype, _DTYPES.get(node.func.attr, ()))


def _argument(i: int, value: ast.expr) -> Change:
    def change(node: ast.AST) -> ast.AST:
        assert isinstance(node, ast.Call)
        node.args[i] = copy.deepcopy(value)
        return node

    return change


def _of_dtype(dtype: str) -> Change:
    def change(node: ast.AST) -> ast.AST:
        assert isinstance(node, ast.Call)
        node.keywords = [keyword for keyword in node.keywords if keyword.arg != "dtype"]
        node.keywords.append(ast.keyword("dtype", ast.parse(dtype, mode="eval").body))
        return node

    return change


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
        return [value + "_", *_other_names(value)]
    return []
