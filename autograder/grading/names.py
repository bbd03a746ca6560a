"""Which global names a cell's text gives a meaning, and which it looks up."""

import builtins
import symtable
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

#: A cell that uses one of these may look up any name at all.
_DYNAMIC = frozenset({"eval", "exec", "globals", "locals", "vars", "get_ipython"})


@dataclass(frozen=True)
class Names:
    """The global names of a cell: those that get a meaning in it, and those that it looks up.

    ``any`` says that it may look up any other as well.
    """

    bound: frozenset[str]
    used: frozenset[str]
    any: bool = False

    @property
    def needed(self) -> set[str]:
        """Those that have to come from elsewhere, builtins aside."""
        return set(self.used - self.bound) - set(vars(builtins))


@lru_cache(300)
def names_of(source: str) -> Names:
    """Read the names in a cell; one that is no plain Python binds none and may use any."""
    try:
        top = symtable.symtable(without_magics(source), "cell", "exec")
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return Names(frozenset(), frozenset(), any=True)
    inner = [s for table in _inner(top) for s in table.get_symbols() if s.is_global()]
    symbols = [*top.get_symbols(), *inner]
    used = frozenset(s.get_name() for s in symbols if s.is_referenced())
    bound = frozenset(s.get_name() for s in symbols if s.is_assigned() or s.is_imported())
    return Names(bound, used, any=bool(used & _DYNAMIC))


def reached(name: str, cells: Sequence[Names]) -> set[str]:
    """Return the names that a function may look up, through others too, and its own.

    ``cells`` are those that give the names their meaning, none of which may use any name.
    """
    uses: dict[str, set[str]] = defaultdict(set)
    for cell in cells:
        for one in cell.bound:
            uses[one] |= cell.used
    found, new = {name}, {name}
    while new:
        new = set().union(*(uses[one] for one in new if one in uses)) - found
        found |= new
    return found


def without_magics(source: str) -> str:
    """Empty lines like ``%matplotlib inline``, which are for the student's side."""
    return "\n".join("" if line.startswith(("%", "!")) else line for line in source.split("\n"))


def _inner(table: symtable.SymbolTable) -> Iterator[symtable.SymbolTable]:
    for child in table.get_children():
        yield child
        yield from _inner(child)
