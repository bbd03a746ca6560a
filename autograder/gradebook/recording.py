"""Writes stored results into nbgrader's gradebook, which only the starting process does."""

import logging
from collections.abc import Mapping
from contextlib import chdir
from tempfile import TemporaryDirectory

from autograder.course import Course
from autograder.dependencies.digests import Stamp, digest
from autograder.files import is_disk_trouble
from autograder.gradebook.autograded import AutogradedFiles, Steps, autograde, autograde_config
from autograder.gradebook.connection import GradebookConnection, patiently
from autograder.gradebook.database_errors import is_locked, problem_of
from autograder.gradebook.grades import autograded_digests
from autograder.gradebook.rows import (
    assignment_rows,
    forget_when_handed_in,
    require_student,
    write_submission,
)
from autograder.grading.results import Done, result_path
from autograder.messages import Problem, Progress
from autograder.nbgrader_log import nbgrader_logged
from autograder.options import Options

WRITING = "Writing the gradebook"


def record(
    course: Course,
    assignment: str,
    options: Options,
    finished: Mapping[str, Done],
    progress: Progress,
) -> dict[str, str]:
    """Write what is not yet in the gradebook; gives, by student, what could not be written.

    A student is written in one transaction; but where the instructor's settings name steps of their
    own, nbgrader takes its steps itself, in as many transactions as it likes. Raises Problem for
    what would befall every student; those who were written before it stay written.
    """
    with nbgrader_logged(course.log), chdir(course.root):
        try:
            with patiently(lambda: GradebookConnection.of(course), progress) as book:
                patiently(book.require_writable, progress)
                writer = patiently(
                    lambda: _ClassWriter(course, assignment, options, book, progress), progress
                )
                return writer.write(finished)
        except Exception as error:
            if problem := _befalls_all(error):
                raise problem from error
            raise


def require_usable(course: Course, assignment: str) -> None:
    """Raises Problem where ``record`` could write nothing: before hours of grading, say.

    A gradebook that another program is writing in just now passes: later it may be free.
    """
    with nbgrader_logged(course.log):
        try:
            with GradebookConnection.of(course) as book:
                with book.transaction() as session:
                    assignment_rows(session, assignment)
                book.require_writable()
            with TemporaryDirectory(prefix=".", dir=course.root):
                pass
        except OSError as error:
            raise _unwritable(error) from error
        except Exception as error:
            if is_locked(error):
                return
            if problem := problem_of(error):
                raise problem from error
            raise


def prepare_gradebook(course: Course) -> None:
    """Make the tables that nbgrader's steps need. Raises Problem where that cannot be done."""
    with nbgrader_logged(course.log):
        try:
            GradebookConnection.of(course).close()
        except Exception as error:
            if problem := problem_of(error):
                raise problem from error
            raise


class _ClassWriter:
    """Writes the results of one assignment, a student after the other."""

    def __init__(
        self,
        course: Course,
        assignment: str,
        options: Options,
        book: GradebookConnection,
        progress: Progress,
    ) -> None:
        self._course = course
        self._assignment = assignment
        self._options = options
        self._book = book
        self._progress = progress
        self._steps = Steps(course, autograde_config(course, options))
        with book.transaction() as session:
            self._rows = assignment_rows(session, assignment)
        self._files = AutogradedFiles(
            course, assignment, options, self._steps, self._rows.checksums
        )

    def write(self, finished: Mapping[str, Done]) -> dict[str, str]:
        self._files.discard()
        held = patiently(self._held, self._progress)
        todo = [s for s in sorted(finished) if not self._is_current(finished[s], held.get(s))]
        written = len(finished) - len(todo)
        problems: dict[str, str] = {}
        self._progress(WRITING, written, len(finished))
        for i, student in enumerate(todo, 1):
            problem = self._one(finished[student])
            if problem:
                problems[student] = problem
            self._progress(WRITING, written + i, len(finished))
        return problems

    def _held(self) -> dict[str, str]:
        with self._book.transaction() as session:
            return dict(autograded_digests(session, self._assignment))

    def _one(self, done: Done) -> str:
        """Write a student; gives what went wrong."""
        try:
            patiently(lambda: self._write(done), self._progress)
        except Exception as error:
            if problem := _befalls_all(error):
                raise problem from error
            logging.getLogger("traitlets").exception("%s: not written", done.student)
            kind = "" if isinstance(error, Problem) else f"{type(error).__name__}: "
            return f"not written to the gradebook: {kind}{error} (see {self._course.log})"
        finally:
            self._files.discard()
        return ""

    def _write(self, done: Done) -> None:
        student = done.student
        handed_in = self._files.handed_in(student)
        if self._steps.usual:
            notebook = self._files.write(student, done.key)
            if notebook is None:
                return
            with self._book.transaction() as session:
                require_student(session, student, self._files.create_student)
                write_submission(
                    session, self._rows, student, handed_in, notebook, self._steps.late
                )
                held = dict(autograded_digests(session, self._assignment, student))
            self._files.publish(student)
        else:
            if handed_in is None:
                with self._book.transaction() as session:
                    forget_when_handed_in(session, self._rows, student)
            autograde(self._course, self._assignment, student, self._options, self._steps)
            with self._book.transaction() as session:
                held = dict(autograded_digests(session, self._assignment, student))
            if not self._files.place(student).is_dir():
                return  # the settings leave the student out
        self._stamp(student).write(self._made_of(done, held.get(student)))
        self._book.let_others_in()

    def _is_current(self, done: Done, held: str | None) -> bool:
        try:
            made_of = self._made_of(done, held)
        except OSError:
            return False
        return held is not None and self._stamp(done.student).holds(made_of)

    def _stamp(self, student: str) -> Stamp:
        folder = self._course.root / ".stamps" / "graded" / self._assignment
        return Stamp(folder / f"{student}.json")

    def _made_of(self, done: Done, held: str | None) -> dict[str, object]:
        """Which result of a student, handed in when, written how, is in what gradebook."""
        handed_in = self._course.sanitised / done.student / self._assignment / "timestamp.txt"
        result = result_path(self._course.root, self._assignment, done.student)
        notebook = self._files.place(done.student) / f"{self._assignment}.ipynb"
        return {
            "key": done.key,
            "result": digest(result.read_bytes()),
            "handed in": handed_in.read_text() if handed_in.is_file() else "",
            "gradebook": held,
            "settings": self._steps.digest,
            "notebook": notebook.stat().st_size,
        }


def _befalls_all(error: Exception) -> Problem | None:
    """What to tell of an error that every student would meet; None for one student's own."""
    if isinstance(error, OSError) and is_disk_trouble(error):
        return _unwritable(error)
    return problem_of(error)


def _unwritable(error: OSError) -> Problem:
    return Problem(
        f"The graded notebooks cannot be written: {error.strerror}: {error.filename}.",
        "What is graded is kept. Make room there, or make it writable, and run the command again.",
    )
