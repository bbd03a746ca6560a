"""Writes stored results into nbgrader's gradebook, which only the starting process does."""

import errno
import json
import logging
from collections.abc import Mapping
from contextlib import chdir
from pathlib import Path
from tempfile import TemporaryDirectory

from autograder.course import Course
from autograder.dependencies.digests import digest
from autograder.files import write_atomically
from autograder.gradebook.database_errors import is_locked, trouble
from autograder.gradebook.grades import fingerprints
from autograder.gradebook.opening import OpenGradebook, patiently
from autograder.gradebook.recorder import Recorder, source_checksums
from autograder.grading.results import Done, result_path
from autograder.messages import Problem, Progress
from autograder.nbgrader_log import nbgrader_logged
from autograder.options import Options

WRITING = "Writing the gradebook"
_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)


def record(
    course: Course,
    assignment: str,
    options: Options,
    finished: Mapping[str, Done],
    progress: Progress,
) -> dict[str, str]:
    """Write what is not yet in the gradebook; gives, by student, what could not be written.

    A student is written whole or not at all. Raises Problem for what would befall every student;
    those who were written before it stay written.
    """
    with nbgrader_logged(course.log), chdir(course.root):
        try:
            with patiently(lambda: OpenGradebook.of(course), progress) as book:
                patiently(book.require_writable, progress)
                recorder = patiently(lambda: Recorder(course, assignment, options, book), progress)
                return _Run(course, assignment, book, recorder, progress).all(finished)
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
            with OpenGradebook.of(course) as book:
                with book.reading() as session:
                    source_checksums(session, assignment)
                book.require_writable()
            with TemporaryDirectory(prefix=".", dir=course.root):
                pass
        except OSError as error:
            raise _unwritable(error) from error
        except Exception as error:
            if is_locked(error):
                return
            if problem := trouble(error):
                raise problem from error
            raise


def prepare_gradebook(course: Course) -> None:
    """Make the tables that nbgrader's steps need. Raises Problem where that cannot be done."""
    with nbgrader_logged(course.log):
        try:
            OpenGradebook.of(course).close()
        except Exception as error:
            if problem := trouble(error):
                raise problem from error
            raise


class _Run:
    def __init__(
        self,
        course: Course,
        assignment: str,
        book: OpenGradebook,
        recorder: Recorder,
        progress: Progress,
    ) -> None:
        self._course = course
        self._assignment = assignment
        self._book = book
        self._recorder = recorder
        self._progress = progress

    def all(self, finished: Mapping[str, Done]) -> dict[str, str]:
        self._recorder.discard()
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
        with self._book.reading() as session:
            return dict(fingerprints(session, self._assignment))

    def _one(self, done: Done) -> str:
        """Write a student; gives what went wrong."""
        if set("*?[") & set(done.student):
            return "nbgrader cannot keep grades for an id with * ? or [ in it: rename the folder"
        try:
            patiently(lambda: self._write(done), self._progress)
        except Exception as error:
            if problem := _befalls_all(error):
                raise problem from error
            logging.getLogger("traitlets").exception("%s: not written", done.student)
            kind = "" if isinstance(error, Problem) else f"{type(error).__name__}: "
            return f"not written to the gradebook: {kind}{error} (see {self._course.log})"
        finally:
            self._recorder.discard()
        return ""

    def _write(self, done: Done) -> None:
        with self._book.student() as session:
            if not self._recorder.write(done.student, done.key):
                return
            held = dict(fingerprints(session, self._assignment, done.student))
        self._recorder.publish(done.student)
        stamp = self._stamp(done, held.get(done.student))
        write_atomically(self._stamp_path(done.student), json.dumps(stamp))

    def _is_current(self, done: Done, held: str | None) -> bool:
        try:
            stamp = json.loads(self._stamp_path(done.student).read_text(encoding="utf-8"))
            return held is not None and bool(stamp == self._stamp(done, held))
        except (OSError, ValueError):
            return False

    def _stamp_path(self, student: str) -> Path:
        return self._course.root / ".stamps" / "graded" / self._assignment / f"{student}.json"

    def _stamp(self, done: Done, held: str | None) -> dict[str, object]:
        """Which result of a student, handed in when, written how, is in what gradebook."""
        handed_in = self._course.staged / done.student / self._assignment / "timestamp.txt"
        result = result_path(self._course.root, self._assignment, done.student)
        return {
            "key": done.key,
            "result": digest(result.read_bytes()),
            "handed in": handed_in.read_text() if handed_in.is_file() else "",
            "gradebook": held,
            "settings": self._recorder.settings,
            "notebook": self._recorder.notebook(done.student).stat().st_size,
        }


def _befalls_all(error: Exception) -> Problem | None:
    """What to tell of an error that every student would meet; None for one student's own."""
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        return _unwritable(error)
    return trouble(error)


def _unwritable(error: OSError) -> Problem:
    return Problem(
        f"The graded notebooks cannot be written: {error.strerror}: {error.filename}.",
        "What is graded is kept. Make room there, or make it writable, and run the command again.",
    )
