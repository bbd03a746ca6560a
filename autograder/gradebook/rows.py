"""One submission's rows in nbgrader's gradebook, as `nbgrader autograde` writes them.

Each look-up is by columns that nbgrader's tables have in an index, so that it takes no longer in a
gradebook with many assignments. Of what a person has written nothing is touched.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from nbformat import NotebookNode
from nbgrader.api import (
    Assignment,
    Comment,
    Grade,
    GradeCell,
    Notebook,
    SolutionCell,
    SourceCell,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
    TaskCell,
)
from nbgrader.plugins import LateSubmissionPlugin
from nbgrader.utils import compute_checksum, determine_grade, is_grade, is_solution, is_task
from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from autograder.messages import Problem


@dataclass(frozen=True)
class AssignmentRows:
    """What the gradebook holds of an assignment and its notebook.

    Attributes:
        assignment_id, notebook_id: the rows' ids.
        due: when it is to be handed in, in UTC; None where it may be at any time.
        graded: the ids of the cells that have a grade in each submission, by grade_id.
        commented: those of the cells that have a comment.
        checksums: of the cells' sources, by grade_id.
    """

    assignment_id: str
    notebook_id: str
    due: datetime | None
    graded: Mapping[str, str]
    commented: Mapping[str, str]
    checksums: Mapping[str | None, str]


def assignment_rows(session: Session, assignment: str) -> AssignmentRows:
    """Read the rows of ``assignment``. Raises Problem where the gradebook does not hold it."""
    found = session.execute(
        select(Assignment.id, Notebook.id, Assignment.duedate)
        .join(Notebook, Notebook.assignment_id == Assignment.id)
        .where(Assignment.name == assignment, Notebook.name == assignment)
    ).one_or_none()
    if found is None:
        raise Problem(
            f"The gradebook does not hold the assignment {assignment!r}.",
            f"Run: autograder release {assignment} --force",
        )
    assignment_id, notebook_id, due = found

    def cells(kind: Any, value: Any) -> dict[Any, str]:
        found = select(kind.name, value).where(kind.notebook_id == notebook_id)
        return dict(session.execute(found).tuples().all())

    tasks = cells(TaskCell, TaskCell.id)
    return AssignmentRows(
        assignment_id,
        notebook_id,
        due,
        graded=cells(GradeCell, GradeCell.id) | tasks,
        commented=cells(SolutionCell, SolutionCell.id) | tasks,
        checksums=cells(SourceCell, SourceCell.checksum),
    )


def scores(notebook: NotebookNode) -> dict[str, float | None]:
    """Return the points of each graded cell by grade_id; None where a person has to give them."""
    graded = [cell for cell in notebook.cells if is_grade(cell)]
    return {cell.metadata.nbgrader.grade_id: determine_grade(cell)[0] for cell in graded}


def comments(notebook: NotebookNode) -> dict[str, str | None]:
    """Return by grade_id the comment on each cell that a student may write in, None mostly."""
    said: dict[str, str | None] = {}
    for cell in notebook.cells:
        if is_solution(cell) or is_task(cell):
            data = cell.metadata.nbgrader
            as_released = not is_task(cell) and data.get("checksum") == compute_checksum(cell)
            said[data.grade_id] = "No response." if as_released else None
    return said


def require_student(session: Session, student: str, create: bool) -> None:
    """Add a student who is not in the gradebook, or raise Problem unless ``create``."""
    if session.scalar(select(Student.id).where(Student.id == student)) is None:
        if not create:
            raise Problem(f"the gradebook has no student with the id {student}")
        session.execute(insert(Student).values(id=student))


def write_submission(
    session: Session,
    rows: AssignmentRows,
    student: str,
    handed_in: datetime | None,
    notebook: NotebookNode,
    late: LateSubmissionPlugin,
) -> None:
    """Write what tests gave for ``notebook``, and the penalty of whoever handed it in late.

    The student has to be there already (see `require_student`).
    """
    notebook_id, due = _notebook(session, rows, student, handed_in)
    _write_grades(session, rows.graded, notebook_id, scores(notebook))
    _write_comments(session, rows.commented, notebook_id, comments(notebook))
    penalty = None
    seconds = (handed_in - due).total_seconds() if handed_in and due else 0.0
    if seconds > 0:
        score = session.scalar(
            select(SubmittedNotebook.score).where(SubmittedNotebook.id == notebook_id)
        )
        penalty = late.late_submission_penalty(student, score, seconds)
        if penalty is not None:
            penalty = min(max(penalty, 0.0), score)
    session.execute(
        update(SubmittedNotebook)
        .where(SubmittedNotebook.id == notebook_id)
        .values(late_submission_penalty=penalty)
    )


def forget_when_handed_in(session: Session, rows: AssignmentRows, student: str) -> None:
    """Remove the time of handing in, which nbgrader would keep where there is no new one."""
    session.execute(
        update(SubmittedAssignment)
        .where(
            SubmittedAssignment.assignment_id == rows.assignment_id,
            SubmittedAssignment.student_id == student,
        )
        .values(timestamp=None)
    )


def _notebook(
    session: Session, rows: AssignmentRows, student: str, handed_in: datetime | None
) -> tuple[str, datetime | None]:
    """The id of the notebook in a student's submission, and when it was due for this student."""
    found = session.execute(
        select(SubmittedAssignment.id, SubmittedAssignment.extension).where(
            SubmittedAssignment.assignment_id == rows.assignment_id,
            SubmittedAssignment.student_id == student,
        )
    ).one_or_none()
    due = rows.due
    if found is None:
        submission_id = session.scalar(
            insert(SubmittedAssignment)
            .values(assignment_id=rows.assignment_id, student_id=student, timestamp=handed_in)
            .returning(SubmittedAssignment.id)
        )
    else:
        submission_id, extension = found
        due = due + extension if due and extension else due
        session.execute(
            update(SubmittedAssignment)
            .where(SubmittedAssignment.id == submission_id)
            .values(timestamp=handed_in)
        )
    notebook_id = session.scalar(
        select(SubmittedNotebook.id).where(
            SubmittedNotebook.notebook_id == rows.notebook_id,
            SubmittedNotebook.assignment_id == submission_id,
        )
    ) or session.scalar(
        insert(SubmittedNotebook)
        .values(notebook_id=rows.notebook_id, assignment_id=submission_id)
        .returning(SubmittedNotebook.id)
    )
    return notebook_id, due


def _write_grades(
    session: Session,
    cells: Mapping[str, str],
    notebook_id: str,
    points: Mapping[str, float | None],
) -> None:
    held = {
        cell_id: (grade_id, manual)
        for cell_id, grade_id, manual in session.execute(
            select(Grade.cell_id, Grade.id, Grade.manual_score)
            .where(Grade.cell_id.in_(cells.values()), Grade.notebook_id == notebook_id)
            # A person who marks at the same moment waits, so that neither undoes the other.
            .with_for_update(of=Grade)
        ).tuples()
    }
    new, changed = [], []
    for name, cell_id in cells.items():
        grade_id, manual = held.get(cell_id, (None, None))
        score = points.get(name)
        values = {
            "auto_score": score,
            "needs_manual_grade": manual is not None or score is None,
        }
        if grade_id is None:
            new.append({"cell_id": cell_id, "notebook_id": notebook_id, **values})
        elif name in points:
            changed.append({"id": grade_id, **values})
    _save(session, Grade, new, changed)


def _write_comments(
    session: Session, cells: Mapping[str, str], notebook_id: str, said: Mapping[str, str | None]
) -> None:
    held: dict[str, str] = dict(
        session.execute(
            select(Comment.cell_id, Comment.id)
            .where(Comment.cell_id.in_(cells.values()), Comment.notebook_id == notebook_id)
            .with_for_update(of=Comment)
        )
        .tuples()
        .all()
    )
    new, changed = [], []
    for name, cell_id in cells.items():
        if cell_id not in held:
            new.append(
                {"cell_id": cell_id, "notebook_id": notebook_id, "auto_comment": said.get(name)}
            )
        elif name in said:
            changed.append({"id": held[cell_id], "auto_comment": said[name]})
    _save(session, Comment, new, changed)


def _save(
    session: Session,
    table: type[Grade] | type[Comment],
    new: Sequence[Mapping[str, object]],
    changed: Sequence[Mapping[str, object]],
) -> None:
    if new:
        session.execute(insert(table), new)
    if changed:
        session.execute(update(table), changed)
