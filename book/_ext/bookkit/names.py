"""What the cells of a page define and use: whether those that are shown run without the others."""

import ast
import builtins
import symtable
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from bookkit.markdown import CodeCell

KNOWN = {*dir(builtins), "__name__", "display", "get_ipython"}
LOADER = "mine"
"""`course_lib.answers.mine`: what it gives is the reader's own answer to an exercise."""


@dataclass(frozen=True)
class Names:
    """The global names of a cell.

    Args:
        defined: those that it binds.
        used: those that it needs from elsewhere when it is run.
        used_later: those that its functions need when they are called.
    """

    defined: frozenset[str]
    used: frozenset[str]
    used_later: frozenset[str]


def names_of(code: str) -> Names:
    """Read off the names of a cell, statement by statement.

    Args:
        code: the cell's code; lines of IPython's own are left out.
    """
    lines = ("" if line.startswith(("%", "!")) else line for line in code.splitlines())
    defined: set[str] = set()
    used: set[str] = set()
    later: set[str] = set()
    for statement in ast.parse("\n".join(lines)).body:
        table = symtable.symtable(ast.unparse(statement), "cell", "exec")
        here = {s.get_name(): s for s in table.get_symbols()}
        now = {name for name, symbol in here.items() if symbol.is_referenced()}
        inside = set(_free_names(table))
        if isinstance(statement, ast.FunctionDef | ast.ClassDef):
            later |= inside - defined
        else:  # a lambda or a comprehension is run with its statement
            now |= inside
        bound = {name for name, s in here.items() if s.is_assigned() or s.is_imported()}
        # what a loop binds and uses needs no earlier value; what an assignment changes does
        if isinstance(statement, ast.AugAssign):
            now |= _targets(statement)
        used |= now - (bound - _targets(statement)) - defined
        defined |= bound
    return Names(frozenset(defined), frozenset(used - KNOWN), frozenset(later - defined - KNOWN))


def _free_names(table: symtable.SymbolTable) -> Iterator[str]:
    for child in table.get_children():
        for symbol in child.get_symbols():
            if symbol.is_global() and symbol.is_referenced():
                yield symbol.get_name()
        yield from _free_names(child)


def _targets(statement: ast.stmt) -> set[str]:
    """Names that an assignment gives a value."""
    targets: list[ast.expr] = []
    if isinstance(statement, ast.AugAssign):
        targets = [statement.target]
    elif isinstance(statement, ast.Assign):
        targets = statement.targets
    names = (node for target in targets for node in ast.walk(target))
    return {name.id for name in names if isinstance(name, ast.Name)}


def undefined_names(cells: Iterable[CodeCell]) -> Iterator[tuple[CodeCell, str]]:
    """Yield each name that a cell uses and no cell before it defines.

    Args:
        cells: the cells that are run, in order.
    """
    cells = list(cells)
    found = [names_of(cell.code) for cell in cells]
    anywhere = frozenset().union(*(names.defined for names in found))
    before: set[str] = set()
    for cell, names in zip(cells, found, strict=True):
        missing = (names.used - before) | (names.used_later - anywhere)
        yield from ((cell, name) for name in sorted(missing))
        before |= names.defined


def waiting_cells(codes: Iterable[str]) -> list[int]:
    """The cells that wait for the reader's answer to an exercise, and those that depend on them.

    Args:
        codes: the code of the cells that are run, in order.

    Returns:
        The cells' places.
    """
    waiting: list[int] = []
    missing: set[str] = set()
    for place, code in enumerate(codes):
        names = names_of(code)
        loads = f"{LOADER}(" in code and LOADER in names.used | names.defined
        if loads or (names.used | names.used_later) & missing:
            waiting.append(place)
            missing |= names.defined - ({LOADER} if loads else set())
        else:
            missing -= names.defined
    return waiting
