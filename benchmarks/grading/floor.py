"""What no grader can go below: the student's code and the instructor's tests, in one process."""

import io
import time
import warnings
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout, suppress
from typing import Any

import matplotlib as mpl
import numpy as np

from autograder.assignment import Assignment
from autograder.course import Course
from autograder.grading.locked import Locked
from autograder.grading.names import without_magics
from autograder.grading.plan import Step, execution_plan
from autograder.options import Options
from autograder.scheduling.grade_one import AssignmentData, GradingSetup
from autograder.submissions.handed_in import read_folder
from autograder.submissions.sanitise import sanitise
from autograder.testing import StudentError, as_student

_SECONDS = 300.0


def floor(course: Course, name: str, students: Sequence[str]) -> float:
    """Processor seconds a submission without sandbox, copies between processes and gradebook.

    Only for submissions that end by themselves and may be trusted. Each is run twice, and the
    second time counts.
    """
    mpl.use("agg")
    setup = GradingSetup.of(AssignmentData.read(course, name, Options()), course.solutions / name)
    plans = []
    for student in students:
        handed_in = read_folder(course.submitted / student / name, f"{name}.ipynb")
        plans.append(execution_plan(sanitise(handed_in, setup.assignment.template).notebook))
    for steps in plans:
        _run(steps, setup.assignment)
    began = time.process_time()
    for steps in plans:
        _run(steps, setup.assignment)
    return (time.process_time() - began) / len(students)


def _run(steps: Sequence[Step], assignment: Assignment) -> None:
    names: dict[str, Any] = {"__name__": "student"}
    locked = Locked(assignment.hidden(), _SECONDS)
    code = [step for step in steps if step.cell.cell_type == "code"]
    with (
        redirect_stdout(io.StringIO()),
        redirect_stderr(io.StringIO()),
        np.errstate(all="ignore"),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        for step in code:
            if step.role in ("setup", "answer"):
                with suppress(Exception):
                    exec(without_magics(step.cell.source), names)
            if step.role == "setup":
                locked.run(step.name, step.cell.source)
        meant = dict(names)

        def fetch(name: str) -> Any:
            value = meant.get(name, StudentError("missing"))
            return as_student(value) if callable(value) else value

        for step in code:
            if step.role in ("check", "test"):
                with suppress(StudentError, AssertionError):
                    locked.run(step.name, step.cell.source, fetch)
