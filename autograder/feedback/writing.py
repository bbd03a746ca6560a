"""Writes the feedback pages, through nbgrader's generate_feedback."""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from glob import escape
from pathlib import Path

from autograder.course import Course
from autograder.dependencies.digests import PROGRAM, Stamp, digest, files_digest, sources_digest
from autograder.files import is_disk_trouble
from autograder.messages import Problem
from autograder.nbgrader_log import LoggedErrors, nbgrader_logged


@dataclass(frozen=True)
class Written:
    """A feedback page that was made, or why it could not be."""

    student: str
    path: Path
    seconds: float
    problem: str = ""


def write_feedback(
    course: Course, assignment: str, students: Sequence[str] = (), force: bool = False
) -> Iterator[Written]:
    """Make the feedback pages of all who were graded, or of ``students``; one at a time.

    A page whose notebook, points and comments are as they were is not made again, unless ``force``.
    What stands in the way of one page is that student's problem; only a full or failing disk, which
    would meet all others too, raises OSError. Raises Problem where somebody has not been graded.
    """
    from autograder.gradebook.grades import read_grades

    course.require_released(assignment)
    graded = graded_students(course, assignment)
    unknown = sorted(set(students) - set(graded))
    if unknown or not graded:
        raise Problem(
            f"Not graded yet for {assignment!r}: {', '.join(unknown) or 'nobody was'}.",
            f"Run: autograder grade {assignment}",
        )
    held = read_grades(course, assignment)
    maker = _own_digest()
    for student in students or graded:
        start = time.perf_counter()
        path = course.feedback / student / assignment / f"{assignment}.html"
        notebook = course.autograded / student / assignment / f"{assignment}.ipynb"
        stamp = Stamp(course.root / ".stamps" / "feedback" / assignment / student)
        problem = ""
        try:
            made_from = digest(maker, notebook.read_bytes(), held.get(student))
            if force or not (path.is_file() and stamp.holds(made_from)):
                problem = _write(course, assignment, student)
                if not problem:
                    stamp.write(made_from)
        except OSError as error:
            if is_disk_trouble(error):
                raise
            where = f" ({error.filename})" if error.filename else ""
            problem = f"no page could be made: {error.strerror or error}{where}"
        yield Written(student, path, time.perf_counter() - start, problem)


def _own_digest() -> str:
    """Changes with whatever decides how a page looks."""
    templates = PROGRAM / "templates"
    return digest(sources_digest(PROGRAM), files_digest(templates, templates.glob("*.*")))


def _write(course: Course, assignment: str, student: str) -> str:
    """nbgrader's generate_feedback for one student; gives what went wrong."""
    from nbgrader.converters import GenerateFeedback
    from nbgrader.converters.base import NbGraderException

    config = course.config()
    directory = course.directory(assignment, escape(student), config)
    with nbgrader_logged(course.log), LoggedErrors.of("traitlets") as heard:
        converter = GenerateFeedback(coursedir=directory, config=config)
        converter.force = True
        try:
            converter.start()
        except NbGraderException:
            return f"no page could be made: {heard.last('Error')} (see {course.log})"
    return ""


def graded_students(course: Course, assignment: str) -> list[str]:
    """Who has a graded notebook."""
    found = course.autograded.glob(f"*/{escape(assignment)}/{escape(assignment)}.ipynb")
    return sorted(path.parent.parent.name for path in found)
