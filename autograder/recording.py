"""Writes stored results into nbgrader's gradebook, which only the starting process does."""

import json
from collections.abc import Mapping
from glob import escape

from nbgrader.converters import Autograde
from nbgrader.converters.base import NbGraderException

from autograder.course import Course, Heard, Progress, write_atomically
from autograder.grade_one import Done
from autograder.gradebook import Standing, standings, unusable
from autograder.options import Options

WRITING = "Writing the gradebook"


def record(
    course: Course,
    assignment: str,
    options: Options,
    finished: Mapping[str, Done],
    progress: Progress,
) -> dict[str, str]:
    """Write what is not yet in the gradebook; gives, by student, what could not be written."""
    held = standings(course, assignment)
    stamps = {s: _Stamp(course, assignment, s, finished[s].key) for s in finished}
    todo = [s for s in finished if not stamps[s].is_current(held.get(s))]
    problems: dict[str, str] = {}
    progress(WRITING, len(finished) - len(todo), len(finished))
    for i, student in enumerate(sorted(todo), 1):
        problem = _write(course, assignment, options, student)
        if problem:
            problems[student] = problem
        else:
            stamps[student].set(standings(course, assignment, student)[student])
        progress(WRITING, len(finished) - len(todo) + i, len(finished))
    return problems


def _write(course: Course, assignment: str, options: Options, student: str) -> str:
    """nbgrader's autograde for one student; it finds the stored result. Gives what went wrong."""
    if set("*?[") & set(student):
        return "nbgrader cannot keep grades for an id with * ? or [ in it: rename the folder"
    config = course.config()
    config.CourseDirectory.submitted_directory = course.staged.name
    config.TwoProcessExecute.options = options.to_dict()
    # What is staged is mended already, and carries the messages to its student.
    config.Autograde.sanitize_preprocessors = [
        step
        for step in config.Autograde.sanitize_preprocessors
        if not step.endswith("MendSubmission")
    ]
    directory = course.directory(assignment, escape(student), config)
    with course.nbgrader_logged(), Heard.on("traitlets") as heard:
        converter = Autograde(coursedir=directory, config=config)
        converter.force = True
        try:
            converter.start()
        except NbGraderException:
            if "error accessing the nbgrader database" in heard.text():
                raise unusable(heard.last("Error")) from None
            return f"not written to the gradebook: {heard.last('Error')} (see {course.log})"
    return ""


class _Stamp:
    """Remembers which result of a student, handed in when and due when, is in the gradebook."""

    def __init__(self, course: Course, assignment: str, student: str, key: str) -> None:
        self._path = course.root / ".stamps" / "graded" / assignment / f"{student}.json"
        self._notebook = course.autograded / student / assignment / f"{assignment}.ipynb"
        self._timestamp = course.staged / student / assignment / "timestamp.txt"
        self._key = key

    def is_current(self, held: Standing | None) -> bool:
        if held is None or not self._notebook.is_file():
            return False
        try:
            return bool(json.loads(self._path.read_text(encoding="utf-8")) == self._content(held))
        except (OSError, ValueError):
            return False

    def set(self, held: Standing) -> None:
        write_atomically(self._path, json.dumps(self._content(held)))

    def _content(self, held: Standing) -> dict[str, str]:
        staged = self._timestamp.read_text() if self._timestamp.is_file() else ""
        return {"key": self._key, "handed in": staged, "due": str(held.due)}
