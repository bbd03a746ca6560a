"""The same assignment for nbgrader as it comes: the tests run in the student's kernel.

Made from the notebook in ``solutions/`` by changing only the test cells. They load the same hidden
tests and give the same points, as a number, which is nbgrader's way of giving part of them.
"""

import re
import sys
from collections.abc import Mapping
from pathlib import Path

import nbformat

from autograder.course import REPOSITORY, Course
from autograder.release import read_source
from autograder.submissions.outline import grade_id, is_graded, nbgrader_data

_CALL = re.compile(r'^hidden\.grade\("(\w+)", (\w+)\)$', re.MULTILINE)
_TEST = """\
import sys
sys.path[:0] = [{repository!r}]
from pathlib import Path
from autograder.testing import as_student, load_tests, price
hidden = globals().get("hidden") or load_tests(Path({folder!r}))
graded = [*globals().get("graded", []), (hidden.grade("{exercise}", as_student({name})), {points})]
round(price(*zip(*graded))[-1], 2)"""
_CONFIG = """\
c = get_config()
c.CourseDirectory.root = {root!r}
c.ExecutePreprocessor.timeout = {seconds}
c.Execute.timeout = {seconds}
"""


def make(course: Course, name: str, root: Path, seconds: int) -> None:
    """Write the course folder ``root``, all but released; ``seconds`` are the limit of a cell."""
    notebook = read_source(course, name)
    for cell in notebook.cells:
        if grade_id(cell) and is_graded(cell) and cell.cell_type == "code":
            points = nbgrader_data(cell)["points"]
            exercise, function = one_call(cell.source)
            test = _TEST.format(
                repository=str(REPOSITORY),
                folder=str(course.solutions / name),
                exercise=exercise,
                name=function,
                points=points,
            )
            cell.source = _CALL.sub(lambda _, test=test: test, cell.source)
    place = root / "source" / name
    place.mkdir(parents=True)
    nbformat.write(notebook, place / f"{name}.ipynb")
    config = _CONFIG.format(root=str(root), seconds=seconds)
    (root / "nbgrader_config.py").write_text(config)


def one_call(source: str) -> tuple[str, str]:
    """The exercise that a test cell tests and the name it asks for. Raises ValueError."""
    found = _CALL.findall(source)
    if len(found) != 1:
        raise ValueError(f"not the one call of hidden.grade that can be translated:\n{source}")
    return found[0]


def command(*words: str) -> list[str]:
    """A command of nbgrader's."""
    return [str(Path(sys.executable).with_name("nbgrader")), *words]


def grades(root: Path, name: str) -> dict[str, dict[str, float | None]]:
    """The points by student and grade_id in a course's gradebook; None where there are none."""
    from nbgrader.api import Gradebook

    found: dict[str, dict[str, float | None]] = {}
    with Gradebook(f"sqlite:///{root / 'gradebook.db'}") as book:
        for submission in book.assignment_submissions(name):
            found[submission.student.id] = {
                grade.name: grade.auto_score
                for notebook in submission.notebooks
                for grade in notebook.grades
                if grade.cell.cell_type == "code"
            }
    return found


def environment(base: Mapping[str, str]) -> dict[str, str]:
    """One thread each, as ours have, and the programs of this Python first."""
    threads = {f"{library}_NUM_THREADS": "1" for library in ("OMP", "OPENBLAS", "MKL")}
    path = f"{Path(sys.executable).parent}:{base.get('PATH', '')}"
    return {**base, **threads, "PATH": path}
