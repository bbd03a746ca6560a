"""Show which equation, function and section of the book each exercise of an assignment is about.

The page says only ``:::{exercise-table} NAME``; the rows come from the exercises' declarations.
"""

import re
from collections.abc import Iterable
from pathlib import Path

from sphinx.errors import ExtensionError

PLACEHOLDER = re.compile(r"^:::\{exercise-table\} *(?P<name>[\w-]+) *\n:::[ \t]*$", re.M)

Row = tuple[str, str, str, str]
"""An exercise's title and function, and the labels of its equation and of its section, or ''."""


def fill_exercise_tables(text: str, root: Path) -> tuple[str, tuple[Path, ...]]:
    """Replace every table of exercises of a page by its rows.

    Args:
        text: the page's source.
        root: the root of the repository.

    Returns:
        The page with the tables written out, and the files they came from.

    Raises:
        ExtensionError: for an assignment that there is not.
    """
    used: list[Path] = []

    def table(match: re.Match[str]) -> str:
        folder = root / "solutions" / match["name"]
        if not folder.is_dir():
            raise ExtensionError(f"A table of exercises needs {folder}, which is not there.")
        from autograder.testing.exercises import Exercises

        used.extend([folder / f"{folder.name}.py", *sorted((folder / "exercises").glob("*.py"))])
        return exercise_table(match["name"], Exercises(folder).rows())

    return PLACEHOLDER.sub(table, text), tuple(used)


def exercise_table(assignment: str, rows: Iterable[Row]) -> str:
    """The table as Markdown.

    Args:
        assignment: the assignment's name.
        rows: its exercises, in order.
    """
    lines = [
        f":::{{list-table}} The exercises of `{assignment}`",
        ":header-rows: 1",
        f":name: tbl-{assignment}-exercises",
        "",
        *_row("No.", "Exercise", "Function", "Equation", "Section"),
    ]
    for number, (title, function, equation, section) in enumerate(rows, 1):
        lines += _row(
            str(number),
            title,
            f"`{function}`",
            f"{{eq}}`{equation}`" if equation else "",
            f"[](#{section})" if section else "",
        )
    return "\n".join([*lines, ":::"])


def _row(*cells: str) -> list[str]:
    return [f"{'* -' if i == 0 else '  -'} {cell}".rstrip() for i, cell in enumerate(cells)]
