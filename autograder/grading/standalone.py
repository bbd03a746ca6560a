"""Whether calls of a student's functions can leave anything behind that changes later calls.

If not, a test comes out the same whether or not other tests ran before it. It is found by reading
the code, and only plain code is certified: what is unusual counts as leaving something behind.
"""

import ast
import symtable
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from autograder.grading.locked import without_magics

_MODULES = {
    *("numpy", "math", "itertools", "functools", "operator", "collections", "string", "re"),
    *("typing", "dataclasses", "fractions", "statistics", "matplotlib", "course_lib", "jaxtyping"),
}
_HARMLESS_MAGICS = {"%matplotlib inline"}
_REACHING_OUT = {
    *("globals", "locals", "vars", "getattr", "setattr", "delattr", "exec", "eval", "compile"),
    *("open", "input", "id", "hash", "dir", "breakpoint", "get_ipython", "display", "exit", "quit"),
}
_CHANGING = {
    *("append", "extend", "insert", "remove", "pop", "popitem", "clear", "update", "setdefault"),
    *("add", "discard", "sort", "reverse", "fill", "put", "itemset", "resize", "setflags"),
}
_SETTINGS = {"seterr", "seterrcall", "setbufsize", "set_printoptions", "set_string_function"}
_MAKES_FUNCTIONS = {"vectorize", "frompyfunc", "errstate", "nditer", "memmap", "poly1d"}
_COMPREHENSIONS = {"listcomp", "setcomp", "dictcomp", "genexpr"}


class _Lasting(Exception):
    """Something may be left behind."""


@lru_cache(256)
def leaves_nothing_behind(
    given: tuple[str, ...], cells: tuple[str, ...], asked: frozenset[str]
) -> bool:
    """Read a student's ``cells``, and the instructor's set-up ``given`` before them.

    ``asked`` are the names that tests ask for.
    """
    try:
        _check(given, cells, asked)
    except (_Lasting, SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _check(given: Sequence[str], cells: Sequence[str], asked: frozenset[str]) -> None:
    for text in cells:
        magics = {line.strip() for line in text.split("\n") if line.lstrip().startswith(("%", "!"))}
        _require(magics <= _HARMLESS_MAGICS)
    theirs = [ast.parse(without_magics(text)) for text in cells]
    everything = [ast.parse(without_magics(text)) for text in given] + theirs
    modules = {name for tree in everything for name in _imported(tree)}
    bound = _bound(everything)
    for tree in theirs:
        for node in ast.walk(tree):
            _check_node(node, modules)
    for text in cells:
        for name in _used_in_functions(without_magics(text)):
            _require(all(_never_changes(value) for value in bound[name]))
    for name in asked:
        _require(all(_never_changes(v) or _is_data(v, modules) for v in bound[name]))


def _require(fine: bool) -> None:
    if not fine:
        raise _Lasting


def _check_node(node: ast.AST, modules: set[str]) -> None:
    match node:
        case ast.Import():
            _require(all(a.name.split(".")[0] in _MODULES for a in node.names))
            _require(all("random" not in a.name for a in node.names))
        case ast.ImportFrom():
            _require(not node.level and (node.module or "").split(".")[0] in _MODULES)
            _require("random" not in (node.module or ""))
            odd = {"*", "random", *_REACHING_OUT, *_SETTINGS, *_MAKES_FUNCTIONS}
            _require(not any(a.name in odd for a in node.names))
        case ast.Global() | ast.Nonlocal() | ast.AsyncFunctionDef() | ast.Await():
            raise _Lasting
        case ast.FunctionDef() | ast.Lambda():
            _require(not getattr(node, "decorator_list", ()))
            values = [*node.args.defaults, *(v for v in node.args.kw_defaults if v is not None)]
            _require(all(_is_constant(value) for value in values))
        case ast.ClassDef():
            _require(not node.keywords and all(map(_is_dataclass, node.decorator_list)))
            _require(all(_harmless_in_class(statement) for statement in node.body))
        case ast.Name():
            _require(node.id not in _REACHING_OUT and not _is_special(node.id))
        case ast.Attribute():
            _require(not _is_special(node.attr) and node.attr not in _SETTINGS)
            if node.attr == "random":
                raise _Lasting
            if not isinstance(node.ctx, ast.Load):
                _require(isinstance(node.value, ast.Name) and node.value.id == "self")
        case ast.Subscript() if not isinstance(node.ctx, ast.Load):
            _require(_root(node) not in modules)
        case ast.Call(func=ast.Attribute(attr=method)) if method in _CHANGING:
            _require(_root(node.func) not in modules)
        case ast.Call():
            targets = [k.value for k in node.keywords if k.arg in ("out", "where")]
            _require(all(_root(target) not in modules for target in targets))


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from ((a.asname or a.name).split(".")[0] for a in node.names)


def _bound(trees: Iterable[ast.Module]) -> dict[str, list[ast.AST]]:
    """By global name, all that gives it a meaning."""
    bound: dict[str, list[ast.AST]] = defaultdict(list)
    for tree in trees:
        for node in _outside_functions(tree):
            match node:
                case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                    bound[name].append(node)
                case ast.Import() | ast.ImportFrom():
                    for alias in node.names:
                        bound[(alias.asname or alias.name).split(".")[0]].append(node)
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    bound[name].append(value)
                case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                    bound[name].append(value)
        plain = {
            id(n.targets[0] if isinstance(n, ast.Assign) else n.target)
            for n in _outside_functions(tree)
            if (isinstance(n, ast.Assign) and len(n.targets) == 1)
            or (isinstance(n, ast.AnnAssign) and n.value is not None)
        }
        for node in _outside_functions(tree):
            if (
                isinstance(node, ast.Name)
                and not isinstance(node.ctx, ast.Load)
                and id(node) not in plain
            ):
                bound[node.id].append(node)  # by a loop, from a tuple, as a file: anything
            elif isinstance(node, ast.ExceptHandler | ast.MatchAs | ast.MatchStar) and node.name:
                bound[node.name].append(node)
            elif isinstance(node, ast.MatchMapping) and node.rest:
                bound[node.rest].append(node)
    return bound


def _outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, ast.FunctionDef | ast.ClassDef | ast.Lambda):
            yield from _outside_functions(child)


def _used_in_functions(source: str) -> set[str]:
    """Global names that functions and classes use."""
    used: set[str] = set()
    waiting = [(t, True) for t in symtable.symtable(source, "cell", "exec").get_children()]
    while waiting:
        table, at_the_top = waiting.pop()
        runs_once = at_the_top and table.get_name() in _COMPREHENSIONS
        if not runs_once:
            used |= {s.get_name() for s in table.get_symbols() if s.is_global()}
        waiting += [(child, runs_once) for child in table.get_children()]
    return used


def _never_changes(value: ast.AST) -> bool:
    kinds = (ast.FunctionDef, ast.ClassDef, ast.Import, ast.ImportFrom, ast.Lambda)
    return isinstance(value, kinds) or _is_constant(value)


def _is_constant(value: ast.AST) -> bool:
    match value:
        case ast.Constant():
            return True
        case ast.UnaryOp(operand=operand):
            return _is_constant(operand)
        case ast.BinOp(left=left, right=right):
            return _is_constant(left) and _is_constant(right)
        case ast.Tuple(elts=items):
            return all(map(_is_constant, items))
        case ast.Attribute(value=ast.Name(id="np" | "numpy" | "math")):
            return True
    return False


def _is_data(value: ast.AST, modules: set[str]) -> bool:
    """Whether an expression gives plain data."""
    for node in ast.walk(value):
        if isinstance(node, ast.Lambda | ast.Starred):
            return False
        if isinstance(node, ast.Call) and not (
            isinstance(node.func, ast.Attribute)
            and node.func.attr not in _MAKES_FUNCTIONS
            and _root(node.func) in modules & {"np", "numpy"}
        ):
            return False
    displays = (ast.Constant, ast.Tuple, ast.List, ast.Dict, ast.Set, ast.UnaryOp, ast.BinOp)
    return isinstance(value, (*displays, ast.Call))


def _is_dataclass(decorator: ast.expr) -> bool:
    return isinstance(decorator, ast.Name) and decorator.id == "dataclass"


def _harmless_in_class(statement: ast.stmt) -> bool:
    match statement:
        case ast.FunctionDef() | ast.Pass() | ast.Expr(value=ast.Constant()):
            return True
        case ast.AnnAssign(value=value):
            return value is None or _is_constant(value)
        case ast.Assign(value=value):
            return _is_constant(value)
    return False


def _is_special(name: str) -> bool:
    return name.startswith("__")


def _root(node: ast.AST) -> str:
    """The name at the beginning of ``name.attribute[index]``."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""
