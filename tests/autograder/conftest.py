"""A released course with one small assignment; each test that asks for it gets its own copy."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from tiny_course import NAME, RIGHT, answered, write_solutions

from autograder.course import Course
from autograder.release import release


@pytest.fixture(scope="session")
def released_tiny(tmp_path_factory: pytest.TempPathFactory) -> Course:
    folder = tmp_path_factory.mktemp("tiny")
    course = Course.at(folder / "course", write_solutions(folder / "solutions"))
    release(course, NAME)
    return course


@pytest.fixture
def tiny(released_tiny: Course, tmp_path: Path) -> Course:
    root = tmp_path / "a course"
    shutil.copytree(released_tiny.root, root)
    return Course.at(root, released_tiny.solutions)


@pytest.fixture
def released(tiny: Course) -> NotebookNode:
    return nbformat.read(tiny.release / NAME / f"{NAME}.ipynb", as_version=4)


@pytest.fixture
def hand_in(tiny: Course, released: NotebookNode) -> Callable[..., Path]:
    """Hand in for a student: a dict of answers, a notebook, a text, or bytes; gives the file."""

    def write(
        student: str,
        what: dict[str, str] | NotebookNode | str | bytes,
        name: str = f"{NAME}.ipynb",
    ) -> Path:
        path = tiny.submitted / student / NAME / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(what, NotebookNode):
            what = json.dumps(what)
        elif isinstance(what, dict):
            what = nbformat.writes(answered(released, what))
        path.write_bytes(what.encode("utf-8") if isinstance(what, str) else what)
        return path

    return write


@pytest.fixture(scope="session")
def graded_tiny(released_tiny: Course, tmp_path_factory: pytest.TempPathFactory) -> Course:
    """The tiny course with its sample class graded. Shared: tests do not change it."""
    from autograder.demo.hand_in import make_class
    from autograder.options import Options
    from autograder.scheduling.grade import grade

    root = tmp_path_factory.mktemp("graded") / "a course"
    shutil.copytree(released_tiny.root, root)
    course = Course.at(root, released_tiny.solutions)
    make_class(course, NAME, 24)
    grade(course, NAME, Options(call_seconds=2.0))
    return course


@pytest.fixture(scope="session")
def feedback_of(graded_tiny: Course) -> Callable[[str], str]:
    """The feedback page of a student of the graded class."""
    from autograder.feedback.writing import write_feedback

    pages = {page.student: page for page in write_feedback(graded_tiny, NAME)}

    def read(student: str) -> str:
        assert not pages[student].problem
        return pages[student].path.read_text(encoding="utf-8")

    return read


@pytest.fixture(scope="session")
def three_graded(released_tiny: Course, tmp_path_factory: pytest.TempPathFactory) -> Course:
    """The tiny course with three submissions graded and written down. Shared as well."""
    from autograder.scheduling.grade import grade

    root = tmp_path_factory.mktemp("three") / "a course"
    shutil.copytree(released_tiny.root, root)
    course = Course.at(root, released_tiny.solutions)
    notebook = nbformat.read(course.release / NAME / f"{NAME}.ipynb", as_version=4)
    answers = {"right": RIGHT, "first": {"double-answer": RIGHT["double-answer"]}, "nothing": {}}
    for student, answer in answers.items():
        path = course.submitted / student / NAME / f"{NAME}.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(nbformat.writes(answered(notebook, answer)), encoding="utf-8")
    grade(course, NAME)
    return course
