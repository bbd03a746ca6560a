"""What a process of the pool does: make one submission readable, grade it, keep the result."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from autograder.assignment import Assignment
from autograder.course import Course
from autograder.examiner import grade_notebook, submission_key
from autograder.graded import Graded
from autograder.mend import Skeleton, State
from autograder.options import Options
from autograder.results import result_path, store, stored
from autograder.stage import stage

#: The events of a run that the instructor is told of, as the examiner logs them.
_EVENT = re.compile(r"(?:^|: )(timeout|crashed|memory|protocol): ")
_IN_WORDS = {
    "timeout": "hung",
    "crashed": "crashed",
    "memory": "out of memory",
    "protocol": "sent what is no data",
}


@dataclass(frozen=True)
class Done:
    """A graded submission, as far as the starting process needs it."""

    student: str
    key: str
    reused: bool
    state: State
    messages: tuple[str, ...]
    seconds: float
    cpu_seconds: float
    remarks: tuple[str, ...]


def prepare(course: Course, name: str, options: Options, force: bool) -> Callable[[str], Done]:
    """The function that grades a student, made once in each process."""
    assignment = Assignment.load(course.root, name, course.solutions)
    return partial(_grade, course, assignment, Skeleton.load(course, name), options, force)


def _grade(
    course: Course,
    assignment: Assignment,
    skeleton: Skeleton,
    options: Options,
    force: bool,
    student: str,
) -> Done:
    staged = stage(course, skeleton, student)
    key = submission_key(staged.notebook, assignment, options)
    path = result_path(course.root, assignment.name, student)
    kept = None if force else stored(path, key)
    graded = kept or grade_notebook(staged.notebook, assignment, options)
    if kept is None:
        store(path, key, graded)
    return Done(
        student=student,
        key=key,
        reused=kept is not None,
        state=staged.state,
        messages=staged.messages,
        seconds=graded.seconds,
        cpu_seconds=graded.cpu_seconds,
        remarks=remarks(staged.state, graded),
    )


def remarks(state: State, graded: Graded) -> tuple[str, ...]:
    """What was out of the ordinary, in a few words each."""
    found = []
    if state == "unreadable":
        return ("not readable",)
    if state == "mended":
        found.append("mended")
    events = Counter(kind for line in graded.log for kind in _EVENT.findall(line))
    found += [f"{_IN_WORDS[kind]} {times}x" for kind, times in sorted(events.items())]
    hints = sum(bool(cell.verdict and cell.verdict.get("mistake")) for cell in graded.cells)
    if hints:
        found.append(f"{hints} hint{'s' * (hints > 1)}")
    if any("THE TEST ITSELF FAILED" in line for line in graded.log):
        found.append("A TEST BROKE DOWN")
    return tuple(found)
