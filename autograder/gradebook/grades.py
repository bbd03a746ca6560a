"""Reads the grades of one assignment out of nbgrader's gradebook, all at once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import groupby
from sys import intern
from typing import Any

from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    SubmittedAssignment,
    SubmittedNotebook,
)
from sqlalchemy import Select, select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from autograder.course import Course
from autograder.dependencies.digests import digest
from autograder.gradebook.database_errors import problem_of, require_address
from autograder.nbgrader_log import nbgrader_logged


@dataclass(frozen=True, slots=True)
class Points:
    """The points of one exercise: the tests' and a person's, None where there are none."""

    auto: float | None
    manual: float | None
    extra: float = 0.0

    @property
    def score(self) -> float:
        """What counts: the person's points go before the tests'."""
        given = self.auto if self.manual is None else self.manual
        return (given or 0.0) + self.extra

    @property
    def waiting(self) -> bool:
        """Whether a person has still to mark it."""
        return self.auto is None and self.manual is None


@dataclass(frozen=True)
class SubmissionGrades:
    """What the gradebook holds about one submission."""

    student: str
    handed_in: datetime | None
    due: datetime | None
    penalty: float
    points: Mapping[str, Points] = field(default_factory=dict)
    comments: Mapping[str, str] = field(default_factory=dict)

    @property
    def score(self) -> float:
        return sum(points.score for points in self.points.values()) - self.penalty

    @property
    def waiting(self) -> tuple[str, ...]:
        return tuple(name for name, points in self.points.items() if points.waiting)


def read_grades(
    course: Course, assignment: str, student: str | None = None
) -> dict[str, SubmissionGrades]:
    """Everyone who has a submission in the gradebook, or ``student`` alone; by id, in order.

    Raises Problem where the gradebook cannot be read.
    """
    url = course.config().CourseDirectory.db_url
    require_address(url)
    with nbgrader_logged(course.log):
        try:
            with Gradebook(url) as book:
                return _read_grades(book, assignment, student)
        except DBAPIError as error:
            if problem := problem_of(error):
                raise problem from error
            raise


def autograded_digests(
    session: Session, assignment: str, student: str | None = None
) -> Iterator[tuple[str, str]]:
    """Give, by student, a digest of what autograding has written and of when it was due."""
    rows = session.execute(
        _submissions(assignment, student)
        .add_columns(
            SubmittedNotebook.late_submission_penalty,
            BaseCell.name,
            BaseCell.type,
            Grade.auto_score,
        )
        .join(SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id)
        .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
        .join(BaseCell, BaseCell.id == Grade.cell_id)
        .where(BaseCell.notebook_id == SubmittedNotebook.notebook_id)
        .order_by(SubmittedNotebook.notebook_id, BaseCell.name, BaseCell.type)
    )
    for found, grades in groupby(rows, key=lambda row: str(row[0])):
        yield found, digest([tuple(row) for row in grades])


def _submissions(assignment: str, student: str | None) -> Select[Any]:
    chosen = (
        select(
            SubmittedAssignment.student_id,
            SubmittedAssignment.timestamp,
            Assignment.duedate,
            SubmittedAssignment.extension,
        )
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .where(Assignment.name == assignment)
        .order_by(SubmittedAssignment.student_id)
        .execution_options(yield_per=1000)
    )
    return chosen if student is None else chosen.where(SubmittedAssignment.student_id == student)


def _read_grades(
    book: Gradebook, assignment: str, student: str | None
) -> dict[str, SubmissionGrades]:
    submissions = _submissions(assignment, student)
    notebooks = submissions.join(
        SubmittedNotebook, SubmittedNotebook.assignment_id == SubmittedAssignment.id
    )
    found = {
        name: (handed_in, due if extension is None or due is None else due + extension)
        for name, handed_in, due, extension in book.db.execute(submissions)
    }
    penalties = dict.fromkeys(found, 0.0)
    penalty_rows = notebooks.add_columns(SubmittedNotebook.late_submission_penalty)
    for name, *_, penalty in book.db.execute(penalty_rows):
        penalties[name] += penalty or 0.0
    points: dict[str, dict[str, Points]] = {name: {} for name in found}
    grade_rows = (
        notebooks.add_columns(
            BaseCell.name, Grade.auto_score, Grade.manual_score, Grade.extra_credit
        )
        .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
        .join(BaseCell, BaseCell.id == Grade.cell_id)
    )
    for name, *_, cell, auto, manual, extra in book.db.execute(grade_rows):
        points[name][intern(cell)] = Points(auto, manual, extra or 0.0)
    comments: dict[str, dict[str, str]] = {name: {} for name in found}
    comment_rows = (
        notebooks.add_columns(BaseCell.name, Comment.comment)
        .join(Comment, Comment.notebook_id == SubmittedNotebook.id)
        .join(BaseCell, BaseCell.id == Comment.cell_id)
    )
    for name, *_, cell, comment in book.db.execute(comment_rows):
        if comment:
            comments[name][intern(cell)] = comment
    return {
        name: SubmissionGrades(name, handed_in, due, penalties[name], points[name], comments[name])
        for name, (handed_in, due) in found.items()
    }
