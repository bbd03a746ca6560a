"""Our side: the `autograder` command, as an instructor runs it."""

import sys
from collections.abc import Sequence
from pathlib import Path

from autograder.course import Course
from autograder.events import log_line
from autograder.grading.results import parse, result_path


def command(course: Course, name: str, seconds: int, students: Sequence[str] = ()) -> list[str]:
    """Grades the class, or some of it, one after the other, as nbgrader does.

    ``seconds`` limit a cell and a call.
    """
    program = str(Path(sys.executable).with_name("autograder"))
    limits = ["--cell-seconds", str(seconds), "--call-seconds", str(seconds)]
    chosen = [word for student in students for word in ("--student", student)]
    where = ["--course", str(course.root), "--solutions", str(course.solutions)]
    return [program, "grade", name, "--workers", "1", *where, *limits, *chosen]


def note(course: Course, name: str, student: str) -> str:
    """What the grader logged about a submission, in a line."""
    _, graded = parse(result_path(course.root, name, student).read_bytes())
    return "; ".join(map(log_line, graded.events))
