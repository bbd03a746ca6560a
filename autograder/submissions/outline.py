"""What an assignment consists of: its exercises, their points, and the cells that answer them."""

import re
from dataclasses import dataclass

from nbformat import NotebookNode

_HEADING = re.compile(r"^#{1,6}\s+(.+?)\s*#*\s*$", re.MULTILINE)


@dataclass(frozen=True)
class Exercise:
    """One graded cell. ``answers`` are the grade_ids of the cells a student fills in for it."""

    grade_id: str
    title: str
    points: float
    manual: bool
    answers: tuple[str, ...]


def nbgrader_data(cell: NotebookNode) -> dict[str, object]:
    """Return nbgrader's metadata of a cell, {} where there is none."""
    data = cell.metadata.get("nbgrader")
    return data if isinstance(data, dict) else {}


def grade_id(cell: NotebookNode) -> str | None:
    """Return the name under which nbgrader knows a cell, or None."""
    found = nbgrader_data(cell).get("grade_id")
    return found if isinstance(found, str) and found else None


def is_editable(cell: NotebookNode) -> bool:
    """Return whether students answer in this cell."""
    return bool(nbgrader_data(cell).get("solution"))


def is_graded(cell: NotebookNode) -> bool:
    """Return whether this cell carries points."""
    data = nbgrader_data(cell)
    return bool(data.get("grade") or data.get("task"))


def exercises(notebook: NotebookNode) -> list[Exercise]:
    """List the graded cells of an instructor's or a released notebook, in order.

    The title is the last heading above the cell that is not a student's; the answers are the
    editable cells since the last graded one, or the graded cell itself where a person grades it.
    """
    found: list[Exercise] = []
    heading = ""
    waiting: list[str] = []
    for cell in notebook.cells:
        name = grade_id(cell)
        if name and is_graded(cell):
            task = bool(nbgrader_data(cell).get("task"))
            manual = is_editable(cell) or task
            answers = (name,) if manual else tuple(waiting)
            points = nbgrader_data(cell).get("points", 0)
            title = (task and last_heading(cell)) or heading or name
            assert isinstance(points, int | float)
            found.append(Exercise(name, title, float(points), manual, answers))
            waiting = []
        elif name and is_editable(cell):
            waiting.append(name)
        if not is_editable(cell):
            heading = last_heading(cell) or heading
    return found


def last_heading(cell: NotebookNode) -> str:
    """Return the last heading in a text cell, without its marks; "" where it has none."""
    if cell.cell_type != "markdown":
        return ""
    headings = _HEADING.findall(_without_code(cell.source))
    return _plain(headings[-1]) if headings else ""


def _without_code(text: str) -> str:
    return re.sub(r"^(```|~~~).*?^\1", "", text, flags=re.MULTILINE | re.DOTALL)


def _plain(heading: str) -> str:
    return re.sub(r"[`*_]{1,2}(\S(?:.*?\S)?)[`*_]{1,2}", r"\1", heading).strip()


def first_heading(notebook: NotebookNode) -> str:
    """Return the title of a notebook, "" where it has none."""
    return next((found for cell in notebook.cells if (found := last_heading(cell))), "")
