"""Runs the instructor's cells, on the instructor's side."""

import ast
import io
import warnings
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from functools import lru_cache
from types import CodeType, ModuleType
from typing import Any

from autograder.grading.names import names_of, without_magics
from autograder.limits import memory_limit, time_limit
from autograder.testing import Exercises

_EXTRA_MEMORY_MB = 2048


class Locked:
    """The namespace that the locked cells of one notebook share."""

    def __init__(self, hidden: Exercises | ModuleType, seconds: float) -> None:
        self._names: dict[str, Any] = {"__name__": "examiner", "hidden": hidden}
        self._seconds = seconds

    def run(
        self, name: str, source: str, fetch: Callable[[str], Any] | None = None
    ) -> tuple[Any, str]:
        """Run a cell; gives the value of its last expression, and what it printed.

        Names that no locked cell has defined come from ``fetch``, for this cell only.
        """
        body, result, used = _compiled(name, source)
        names = dict(self._names)
        wanted = [] if fetch is None else [n for n in used if n not in names]
        fetched = {n: fetch(n) for n in wanted} if fetch is not None else {}
        names.update(fetched)
        printed = io.StringIO()
        value = None
        with (
            memory_limit(_EXTRA_MEMORY_MB),
            time_limit(self._seconds),
            redirect_stdout(printed),
            redirect_stderr(io.StringIO()),
            warnings.catch_warnings(),
        ):
            warnings.simplefilter("ignore")
            exec(body, names)
            if result is not None:
                value = eval(result, names)
        self._names.update(
            (n, v) for n, v in names.items() if n not in fetched or v is not fetched[n]
        )
        return value, printed.getvalue()


@lru_cache(1000)
def _compiled(name: str, source: str) -> tuple[CodeType, CodeType | None, list[str]]:
    """Compile a cell: its code, that of its last expression, and the names it needs."""
    source = without_magics(source)
    tree = ast.parse(source, name)
    result = None
    if tree.body and isinstance(last := tree.body[-1], ast.Expr):
        del tree.body[-1]
        result = compile(ast.Expression(last.value), name, "eval")
    return compile(tree, name, "exec"), result, sorted(names_of(source).needed)
