"""nbgrader's exchange with its own commands, from handing out to the feedback, in a mixed class."""

import subprocess
from pathlib import Path

import nbformat
import pytest
from as_used import BIN, Student, environment, use_exchange
from tiny_course import NAME, RIGHT, answered, write_solutions

from autograder.course import Course
from autograder.feedback.writing import write_feedback
from autograder.gradebook.grades import read_grades
from autograder.release import release
from autograder.scheduling.grade import grade

pytestmark = [pytest.mark.e2e, pytest.mark.sandbox]


def nbgrader(course: Course, *command: str) -> str:
    done = subprocess.run(
        [BIN / "nbgrader", *command],
        cwd=course.root,
        env=environment(course.root.parent),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stderr


def test_from_release_to_fetched_feedback(tmp_path: Path) -> None:
    course = Course.at(tmp_path / "a course", write_solutions(tmp_path / "solutions"))
    release(course, NAME)
    use_exchange(course, tmp_path / "exchange")
    nbgrader(course, "release_assignment", NAME)

    student = Student("sample-student", tmp_path / "home", tmp_path / "exchange")
    notebook = answered(student.fetch(NAME), RIGHT)
    assert (student.home / NAME / "course_lib" / "checks" / "__init__.py").is_file()
    student.submit(NAME, notebook)
    nbgrader(course, "collect", NAME)
    # Somebody else sent theirs by mail: no secret and no time are known of it.
    other = course.submitted / "sample-mailed" / NAME
    other.mkdir(parents=True)
    nbformat.write(notebook, other / f"{NAME}.ipynb")

    assert not any(outcome.problem for outcome in grade(course, NAME))
    assert {s: held.score for s, held in read_grades(course, NAME).items()} == {
        "sample-mailed": 5.0,
        "sample-student": 5.0,
    }
    assert not any(page.problem for page in write_feedback(course, NAME))
    said = nbgrader(course, "release_feedback", NAME)
    assert "sample-mailed has not handed in through the exchange" in said
    (page,) = student.fetched_feedback(NAME)
    ours = course.feedback / "sample-student" / NAME / f"{NAME}.html"
    assert page.read_bytes() == ours.read_bytes()
