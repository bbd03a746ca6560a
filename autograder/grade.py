"""Grades a class: in processes first, then, in this process alone, into nbgrader's gradebook.

Both halves keep what is finished, so a run that was stopped or killed goes on where it was.
"""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from autograder.course import Course, Problem, Progress
from autograder.grade_one import Done, prepare
from autograder.options import Options
from autograder.pool import Died, Raised, run_all

if TYPE_CHECKING:
    from autograder.gradebook import Standing

GRADING = "Grading"


@dataclass(frozen=True)
class Outcome:
    """What came of one submission. ``problem`` says why it has no grade, if it has none."""

    student: str
    done: Done | None
    standing: "Standing | None"
    problem: str = ""


def grade(
    course: Course,
    assignment: str,
    options: Options | None = None,
    *,
    students: Sequence[str] = (),
    workers: int | None = None,
    force: bool = False,
    progress: Progress = lambda what, done, whole: None,
) -> list[Outcome]:
    """Grade everyone, or ``students``, for an assignment; in the order of their ids.

    What is graded already and has not changed is not graded again, unless ``force``. Raises Problem
    where nothing can be graded at all; one submission's trouble is in its outcome.
    """
    course.require_released(assignment)
    course.prepare()
    chosen = _chosen(course, assignment, students)
    options = options or options_of(course)
    _one_thread_each()
    with only_one(course):
        finished, problems = _in_processes(
            course, assignment, options, chosen, workers or processors(), force, progress
        )
        from autograder.gradebook import standings
        from autograder.recording import record

        problems |= record(course, assignment, options, finished, progress)
    held = standings(course, assignment)
    return [
        Outcome(s, finished.get(s), held.get(s) if s in finished else None, problems.get(s, ""))
        for s in chosen
    ]


def options_of(course: Course, **changes: object) -> Options:
    """The limits set in the course's own settings, with ``changes`` that are not None."""
    configured = course.config().TwoProcessExecute.options
    settings = {**(configured if isinstance(configured, dict) else {})}
    settings |= {name: value for name, value in changes.items() if value is not None}
    try:
        return Options.from_dict(settings)
    except (TypeError, ValueError) as error:
        raise Problem(f"A limit cannot be used: {error}.", "See: autograder grade --help") from None


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0))


def _one_thread_each() -> None:
    """The pool's processes fill the machine; libraries in them are not to start threads too."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(name, "1")


def _chosen(course: Course, assignment: str, students: Sequence[str]) -> list[str]:
    there = course.students(assignment)
    place = course.submitted / "<student>" / assignment / f"{assignment}.ipynb"
    if not there:
        raise Problem(
            f"Nobody has handed in {assignment!r} yet.",
            f"Put notebooks at {place}, or make a sample class with: autograder demo",
        )
    unknown = [student for student in students if student not in there]
    if unknown:
        raise Problem(
            f"Has not handed in {assignment!r}: {', '.join(unknown)}.", f"Looked at {place}."
        )
    return sorted(set(students)) or there


@contextmanager
def only_one(course: Course) -> Iterator[None]:
    """Two runs at once would write the same gradebook."""
    with (course.root / ".lock").open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Problem(
                f"Another run is at work in {course.root}.", "Wait for it to end, or stop it."
            ) from None
        yield


def _in_processes(
    course: Course,
    assignment: str,
    options: Options,
    students: Sequence[str],
    workers: int,
    force: bool,
    progress: Progress,
) -> tuple[dict[str, Done], dict[str, str]]:
    finished: dict[str, Done] = {}
    problems: dict[str, str] = {}
    start = partial(prepare, course, assignment, options, force)
    progress(GRADING, 0, len(students))
    for student, result in run_all(
        students, start, workers, preload=["autograder.lighter", "autograder.grade_one"]
    ):
        if isinstance(result, Done):
            finished[student] = result
        elif isinstance(result, Died):
            problems[student] = f"the grader's process died twice over it ({_how(result)})"
        else:
            some_ran = any(not done.reused for done in finished.values())
            problems[student] = _explained(result, course, student, some_ran)
        progress(GRADING, len(finished) + len(problems), len(students))
    return finished, problems


def _how(died: Died) -> str:
    code = died.exit_code
    return f"signal {-code}" if code is not None and code < 0 else f"exit code {code}"


def _explained(raised: Raised, course: Course, student: str, some_ran: bool) -> str:
    """Why a submission has no grade. Raises Problem for what would befall all others as well."""
    if raised.kind == "SandboxUnavailable":
        what, _, remedy = raised.message.partition("\n")
        if some_ran:  # so there are sandboxes, and this was a moment's trouble
            return f"{what} Run the command again."
        raise Problem(what, remedy)
    if raised.kind == "AssignmentBroken":
        raise Problem(
            f"The instructor's own cells do not run: {raised.message}.",
            "Mend the notebook in solutions/ and run: autograder release",
        )
    with course.log.open("a", encoding="utf-8") as file:
        file.write(f"{student}: {raised.trace}\n")
    if raised.kind in ("OSError", "PermissionError") or raised.kind.endswith("ReadOnly"):
        raise Problem(
            f"A result could not be kept: {raised.message}.", f"Make room in {course.root}."
        )
    return f"the grader failed: {raised.kind}: {raised.message} (see {course.log})"
