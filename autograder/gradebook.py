"""Reads the grades of one assignment out of nbgrader's gradebook, all at once."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    SubmittedAssignment,
    SubmittedNotebook,
)
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from autograder.course import Course, Problem


@dataclass(frozen=True)
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
class Standing:
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


def standings(course: Course, assignment: str, student: str | None = None) -> dict[str, Standing]:
    """Everyone who has a submission in the gradebook, or ``student`` alone; by id, in order.

    Raises Problem where the gradebook cannot be read.
    """
    url = course.config().CourseDirectory.db_url
    with course.nbgrader_logged():
        try:
            with Gradebook(url) as book:
                return _standings(book, assignment, student)
        except DBAPIError as error:
            raise unusable(str(error.orig)) from error


def unusable(why: str) -> Problem:
    """What to tell of a gradebook that cannot be used."""
    return Problem(
        f"The gradebook cannot be used: {why}.",
        "What is graded is kept apart from it: put the gradebook right (or back from a copy), "
        "and run the command again.",
    )


def _standings(book: Gradebook, assignment: str, student: str | None) -> dict[str, Standing]:
    only = () if student is None else (SubmittedAssignment.student_id == student,)
    submissions = book.db.execute(
        select(SubmittedAssignment)
        .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
        .where(Assignment.name == assignment, *only)
        .order_by(SubmittedAssignment.student_id)
    ).scalars()
    found = {s.id: (s.student_id, s.timestamp, s.duedate) for s in submissions}
    penalties = dict.fromkeys(found, 0.0)
    points: dict[str, dict[str, Points]] = {key: {} for key in found}
    penalty_rows = select(
        SubmittedNotebook.assignment_id, SubmittedNotebook.late_submission_penalty
    )
    for key, penalty in book.db.execute(penalty_rows):
        if key in penalties:
            penalties[key] += penalty or 0.0
    grade_rows = (
        select(
            SubmittedNotebook.assignment_id,
            BaseCell.name,
            Grade.auto_score,
            Grade.manual_score,
            Grade.extra_credit,
        )
        .join(Grade, Grade.notebook_id == SubmittedNotebook.id)
        .join(BaseCell, BaseCell.id == Grade.cell_id)
    )
    for key, name, auto, manual, extra in book.db.execute(grade_rows):
        if key in points:
            points[key][name] = Points(auto, manual, extra or 0.0)
    comments: dict[str, dict[str, str]] = {key: {} for key in found}
    comment_rows = (
        select(SubmittedNotebook.assignment_id, BaseCell.name, Comment.comment)
        .join(Comment, Comment.notebook_id == SubmittedNotebook.id)
        .join(BaseCell, BaseCell.id == Comment.cell_id)
    )
    for key, name, comment in book.db.execute(comment_rows):
        if key in comments and comment:
            comments[key][name] = comment
    return {
        student: Standing(student, handed_in, due, penalties[key], points[key], comments[key])
        for key, (student, handed_in, due) in found.items()
    }
