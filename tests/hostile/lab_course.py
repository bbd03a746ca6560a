"""The small assignment as a course of nbgrader's, and folders that were handed in for it."""

import json
import re
from pathlib import Path

import jupytext
from lab import HIDDEN, RIGHT, source
from nbformat import NotebookNode

from autograder.course import Course
from autograder.release import release

NAME = "lab"


def released_course(place: Path) -> Course:
    """The course in ``place``, with the assignment released."""
    notebook = source()
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id")
        if name in RIGHT:
            cell.source = f"### BEGIN SOLUTION\n{RIGHT[name]}\n### END SOLUTION"
    folder = place / "solutions" / NAME
    folder.mkdir(parents=True)
    (folder / f"{NAME}.py").write_text(jupytext.writes(notebook, "py:percent"))
    (folder / "hidden.py").write_text(HIDDEN)
    course = Course.at(place / "course", place / "solutions")
    release(course, NAME)
    return course


def hand_in(course: Course, student: str, notebook: NotebookNode) -> Path:
    """Hand in a notebook, be it in good form or not; gives the file."""
    path = course.submitted / student / NAME / f"{NAME}.ipynb"
    path.parent.mkdir(parents=True)
    path.write_text(json.dumps(notebook))
    return path


def as_id(text: str) -> str:
    """A trick's name as a student's."""
    return re.sub(r"\W+", "-", text)
