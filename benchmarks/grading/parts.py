"""Where our processor time goes: one submission after another, in this process, each part timed."""

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import wraps
from typing import Any
from unittest.mock import patch

from autograder.course import Course
from autograder.gradebook import recording
from autograder.grading import cached, examiner, session, student
from autograder.grading.locked import Locked
from autograder.grading.results import result_path
from autograder.options import Options
from autograder.sandbox import fork_server
from autograder.scheduling import grade_one
from autograder.scheduling.grade_one import (
    AssignmentData,
    Finished,
    GradingSetup,
    Submission,
    grade_submission,
)
from autograder.submissions.handed_in import read_folder
from autograder.submissions.sanitise import sanitised_path, write_sanitised
from autograder.testing import examination

INSIDE = "the student's process: forking it, cells, calls"


class Clock:
    """Processor seconds by part; what one part calls of another counts for that other one."""

    def __init__(self) -> None:
        self.seconds: dict[str, float] = defaultdict(float)
        self._inner = [0.0]

    @contextmanager
    def part(self, name: str) -> Iterator[None]:
        began = time.process_time()
        self._inner.append(0.0)
        try:
            yield
        finally:
            whole = time.process_time() - began
            self.seconds[name] += whole - self._inner.pop()
            self._inner[-1] += whole

    def timed(self, name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            with self.part(name):
                return function(*args, **kwargs)

        return wrapper


def parts(course: Course, name: str, options: Options, students: Sequence[str]) -> dict[str, float]:
    """Processor seconds a submission, by part. Grades each twice, and counts the second time."""
    data = AssignmentData.read(course, name, options)
    setup = GradingSetup.of(data, course.solutions / name)
    clock = Clock()
    for student_id in students:
        _graded(setup, course, student_id)
    with _watched(clock):
        done = {}
        for student_id in students:
            finished = _graded(setup, course, student_id)
            with clock.part("results and sanitised notebooks written"):
                write_sanitised(sanitised_path(course, name, student_id), finished.sanitised)
                result_path(course.root, name, student_id).write_text(finished.result)
            done[student_id] = finished.done
    fork_server.end_all()
    began = time.process_time()
    recording.record(course, name, options, done, lambda what, how_many, of: None)
    clock.seconds["the gradebook and autograded notebooks written"] = time.process_time() - began
    return {part: seconds / len(students) for part, seconds in clock.seconds.items()}


def _graded(setup: GradingSetup, course: Course, student_id: str) -> Finished:
    name = setup.assignment.name
    folder = course.submitted / student_id / name
    handed_in = read_folder(folder, f"{name}.ipynb")
    return grade_submission(setup, Submission(student_id, handed_in, origin=""))


@contextmanager
def _watched(clock: Clock) -> Iterator[None]:
    places: tuple[tuple[Any, str, str], ...] = (
        (grade_one, "sanitise", "submission read and repaired"),
        (grade_one, "sanitised_text", "submission read and repaired"),
        (cached, "submission_key", "the key of the submission"),
        (grade_one, "result_text", "result put into words"),
        (cached, "grade_notebook", "the plan, the notebook with its outputs"),
        (session, "start", "a student's process asked for"),
        (student.StudentSide, "run_cell", "cells sent, their outputs checked"),
        (student.StudentSide, "fetch", "calls sent, what comes back checked"),
        (student.StudentSide, "call_all", "calls sent, what comes back checked"),
        (session, "_called_back", "given functions called back"),
        (Locked, "run", "visible checks and hidden tests"),
        (examination, "recognise", "mistakes recognised"),
        (examiner, "execution_plan", "the plan, the notebook with its outputs"),
    )
    end = fork_server.ForkedProcess.end

    def counted(process: fork_server.ForkedProcess) -> Any:
        usage = end(process)
        if id(process) not in ended:
            ended[id(process)] = process
            clock.seconds[INSIDE] += usage.cpu_seconds
        return usage

    ended: dict[int, fork_server.ForkedProcess] = {}
    patches = [patch.object(o, n, clock.timed(part, getattr(o, n))) for o, n, part in places]
    patches.append(patch.object(fork_server.ForkedProcess, "end", counted))
    for one in patches:
        one.start()
    try:
        yield
    finally:
        for one in patches:
            one.stop()
