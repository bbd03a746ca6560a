"""Grades one notebook: the student's cells in a sandbox, the instructor's cells here.

First everything the student has made is run and shown, with the visible checks; only then come
the hidden tests. So nothing that these tell the student's process can be shown by a later cell.
"""

import math
import time
import traceback
from contextlib import suppress
from dataclasses import dataclass, field, replace

import nbformat
from nbformat import NotebookNode

from autograder.assignment import Assignment
from autograder.course import REPOSITORY
from autograder.events import Event
from autograder.grading.graded import CellGrade, Graded
from autograder.grading.locked import Locked
from autograder.grading.plan import Step, execution_plan
from autograder.grading.session import Lost, TornDown
from autograder.grading.student import Again, StudentSide, UsedUp
from autograder.limits import TooSlow
from autograder.options import Options
from autograder.submissions import nodes
from autograder.submissions.outline import is_graded, nbgrader_data
from autograder.submissions.repair import Repaired
from autograder.testing import StudentError, Verdict, price

_NOT_PASSED = "The test of this exercise did not pass."
_NOT_TESTED = (
    "The test of this exercise broke down, not your answer. Your instructor will look at it."
)
#: What students are told of the run as a whole.
_OVER_BUDGET = ("used-up", "much-shown")
#: How often a submission is begun whose sandbox is ended from outside.
_ATTEMPTS = 3


class SandboxEnded(Exception):
    """Something outside has ended the sandbox, again and again."""


class AssignmentBroken(Exception):
    """The instructor's own cells do not run, so that nothing can be graded."""


def grade_notebook(
    repaired: Repaired, assignment: Assignment, options: Options | None = None
) -> Graded:
    """Run a submission and grade it.

    Raises SandboxUnavailable where no sandbox is to be had, SandboxEnded where each is ended from
    outside, and AssignmentBroken where the instructor's set-up does not run; whatever the
    submission does, nothing else.
    """
    options = options or Options()
    for lost in range(_ATTEMPTS):
        with suppress(TornDown):
            graded = _attempt(repaired, assignment, options)
            return replace(graded, events=(*[Event("begun-anew")] * lost, *graded.events))
    raise SandboxEnded(f"its sandbox was ended from outside, {_ATTEMPTS} times over")


def _attempt(repaired: Repaired, assignment: Assignment, options: Options) -> Graded:
    """Run and grade it once. Raises TornDown too."""
    began, used = time.monotonic(), time.process_time()
    steps = execution_plan(repaired.notebook)
    events = list(repaired.events)
    hidden = (REPOSITORY, assignment.solutions_dir)
    with StudentSide(options, hidden=hidden, on_event=events.append) as student:
        run = _Execution(assignment, options, student, events)
        for step in steps:
            run.execute(step)
        grades = [grade for step in steps if (grade := run.grade(step)) is not None]
    notebook = NotebookNode({**repaired.notebook, "cells": [step.cell for step in steps]})
    told = (*repaired.events, *(event for event in events if event.kind in _OVER_BUDGET))
    return Graded(
        replace(repaired, events=told).noted(notebook),
        tuple(grades),
        tuple(events),
        round(time.monotonic() - began, 3),
        round(time.process_time() - used + student.cpu_seconds, 3),
        student.starts,
        round(student.peak_mb, 1),
    )


def _by_hand(step: Step) -> CellGrade | None:
    """Return the grade of a cell that a person has to mark; None for any other."""
    if step.role == "test" or not is_graded(step.cell):
        return None
    return CellGrade(step.name, None, _points(step), needs_manual=True)


def _points(step: Step) -> float:
    return float(nbgrader_data(step.cell).get("points", 0))  # type: ignore[arg-type]


@dataclass
class _Execution:
    assignment: Assignment
    options: Options
    student: StudentSide
    events: list[Event]
    marks: dict[str, int] = field(default_factory=dict)
    count: int = 0
    verdicts: list[tuple[Verdict, float]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.locked = Locked(self.assignment.hidden(), self.options.total_seconds + 60)

    def execute(self, step: Step) -> None:
        """Run a cell, tests aside: what a student could see in their own notebook."""
        if step.cell.cell_type != "code":
            return
        self.count += 1
        step.cell.execution_count = self.count
        if step.role == "setup":
            self._set_up(step)
        elif step.role == "check":
            self._check(step)
        elif step.role == "test":
            self.marks[step.name] = self.student.mark()
        else:
            self._run(step)

    def grade(self, step: Step) -> CellGrade | None:
        """Return the grade of a graded cell, and run its test if it has one."""
        if not is_graded(step.cell) or step.role != "test":
            return _by_hand(step)
        began = time.monotonic()
        grade, text = self._test(step, _points(step))
        step.cell.outputs = [nodes.stream("stdout", text)] if text else []
        result = {"text/plain": repr(grade.points)}
        count = step.cell.execution_count
        step.cell.outputs.append(nodes.shown_data("execute_result", result, count))
        if grade.verdict is not None:
            verdict = nbformat.from_dict({"verdict": grade.verdict})
            step.cell.metadata = NotebookNode({**step.cell.metadata, "autograder": verdict})
        seconds = round(time.monotonic() - began, 3)
        return replace(grade, seconds=seconds)

    def _run(self, step: Step) -> None:
        ran = self.student.run_cell(f"In [{self.count}]", step.cell.source, step.name)
        outputs = list(ran.outputs)
        if ran.failure is not None:
            outputs.append(ran.failure.output())
        if ran.lost is not None:
            outputs.append(self._stopped(ran.lost, ran.again))
        for output in outputs:
            if output.output_type == "execute_result":
                output.execution_count = step.cell.execution_count
        step.cell.outputs = outputs

    def _stopped(self, lost: Lost, again: Again) -> NotebookNode:
        if isinstance(lost, UsedUp):
            text = f"Not run: {lost.detail}."
        else:
            text = {
                "timeout": f"Stopped: it did not end within {self.options.cell_seconds:g} s.",
                "crashed": "Stopped: it ended the Python process.",
            }.get(lost.kind, "Stopped: what this cell shows could not be read.")
            text += (
                " From here on only its imports, functions and classes are used."
                if again == "definitions"
                else " From here on it is left out."
            )
        return nodes.error("Stopped", text, [text])

    def _set_up(self, step: Step) -> None:
        try:
            self.locked.run(step.name, step.cell.source)
        except (Exception, TooSlow) as error:
            raise AssignmentBroken(
                f"{self.assignment.name}, cell {step.name}: {error!r}"
            ) from error
        self._run(step)

    def _check(self, step: Step) -> None:
        self.student.begin_test(step.name, points=False)
        try:
            _, text = self.locked.run(step.name, step.cell.source, self.student.fetch)
        except StudentError as error:
            detail = f" {error.exception}: {error.message}" if error.message else ""
            text = f"{error.in_words()}{detail}"
        except AssertionError as error:
            text = str(error)
        except (Exception, TooSlow) as error:
            self._broke_down(error)
            self.events.append(Event("check-failed", step.name, {"reason": repr(error)}))
            text = "This check could not be run on what your notebook defines."
        step.cell.outputs = [nodes.stream("stdout", text)] if text else []

    def _broke_down(self, error: BaseException) -> None:
        """Use no sandbox further that may have been in the midst of a call."""
        if isinstance(error, TooSlow):
            self.student.close()

    def _price(self, verdict: Verdict, most: float) -> float:
        """The points for a verdict: a slip of form costs once, where it is met first."""
        self.verdicts.append((verdict, most))
        return price(*zip(*self.verdicts, strict=True))[-1]

    def _test(self, step: Step, most: float) -> tuple[CellGrade, str]:
        self.student.begin_test(step.name)
        self.student.rewind(self.marks[step.name])
        try:
            value, _ = self.locked.run(step.name, step.cell.source, self.student.fetch)
            if type(value) is not Verdict and value is not None:
                raise TypeError(f"the test cell's value is a {type(value).__name__}, not a Verdict")
            points = most if value is None else self._price(value, most)
            if not math.isfinite(points):
                raise ValueError(f"the verdict is worth {points}")
            points = round(min(max(points, 0.0), most), 2)
            if value is None:
                return CellGrade(step.name, points, most), "Passed."
            return CellGrade(step.name, points, most, value.to_dict()), value.text()
        except StudentError as error:
            event = Event(error.kind, step.name, {"exception": error.exception, "reason": ""})
            return CellGrade(step.name, 0.0, most, error=event), error.in_words()
        except AssertionError:
            # Its text is not shown: it may hold expected values, as NumPy's assertions do.
            event = Event("assertion", step.name)
            return CellGrade(step.name, 0.0, most, error=event), _NOT_PASSED
        except (Exception, TooSlow) as error:
            self._broke_down(error)
            trace = traceback.format_exc(limit=-8)
            event = Event("test-failed", step.name, {"reason": repr(error), "trace": trace})
            self.events.append(event)
            return CellGrade(step.name, 0.0, most, error=event, needs_manual=True), _NOT_TESTED
