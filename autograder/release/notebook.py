"""The instructor's notebook of an assignment, from its text in ``solutions/``.

The text holds tasks and solutions. An answer's cell says what it is worth, ``# %% cell points=2``,
and has a name; nbgrader's metadata, the check and the test below it are generated from these.
"""

import importlib
import inspect
import re
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from autograder.course import Course
from autograder.messages import Problem
from autograder.submissions.outline import exercises, grade_id

_DEFINED = re.compile(r"^def (\w+)\(", re.MULTILINE)
_TEST = """\
# {points} point{s}. The hidden tests of this exercise run here when the notebook is graded.
### BEGIN HIDDEN TESTS
hidden.grade("{name}", {name})
### END HIDDEN TESTS"""


def read_source(course: Course, name: str) -> NotebookNode:
    """The instructor's notebook of one assignment; cell ids do not vary."""
    return read_notebook(course.solutions / name / f"{name}.py")


def read_notebook(path: Path) -> NotebookNode:
    """The notebook of a text. Raises Problem where it holds no graded cell."""
    import jupytext

    notebook = jupytext.reads(path.read_text(encoding="utf-8"), fmt="py:percent")
    notebook.nbformat, notebook.nbformat_minor = 4, 5
    notebook.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    if any("points" in cell.metadata for cell in notebook.cells):
        notebook.cells = _with_tests(notebook.cells, path.stem)
    for i, cell in enumerate(notebook.cells):
        cell.metadata.pop("lines_to_next_cell", None)
        cell.id = f"{i:03d}-{grade_id(cell) or 'text'}"[:64]
    if not exercises(notebook):
        raise Problem(f"{path} holds no graded cell.", "Give an answer its points.")
    return notebook


def _with_tests(cells: list[NotebookNode], assignment: str) -> list[NotebookNode]:
    made: list[NotebookNode] = []
    for cell in cells:
        title, points = cell.metadata.pop("title", ""), cell.metadata.pop("points", None)
        if points is None:
            cell.metadata["nbgrader"] = _metadata(title)
            made.append(cell)
            continue
        made[-1].metadata["nbgrader"] = _metadata(f"{title}-task")
        manual = cell.cell_type == "markdown"
        cell.metadata["nbgrader"] = _metadata(
            f"{title}-answer", solution=True, points=points if manual else None
        )
        made.append(cell)
        if not manual:
            name = _DEFINED.findall(cell.source)[-1]
            check = new_code_cell(f"checks.check_{name}({_called_with(assignment, name)})")
            check.metadata.update(tags=["check"], nbgrader=_metadata(f"{title}-check"))
            text = _TEST.format(points=points, s="s" if points > 1 else "", name=name)
            test = new_code_cell(text)
            test.metadata["nbgrader"] = _metadata(f"{title}-test", points=points)
            made += [check, test]
    return made


def _called_with(assignment: str, name: str) -> str:
    """The answers that a check is given: the one to its exercise and, to some, earlier ones."""
    try:
        module = importlib.import_module(f"course_lib.checks.{assignment}")
    except ModuleNotFoundError:
        return name
    check = vars(module).get(f"check_{name}")
    return ", ".join(inspect.signature(check).parameters) if check else name


def _metadata(name: str, *, solution: bool = False, points: Any = None) -> dict[str, Any]:
    found = {
        "grade": points is not None,
        "grade_id": name,
        "locked": not solution,
        "schema_version": 3,
        "solution": solution,
        "task": False,
    }
    return found if points is None else found | {"points": points}
