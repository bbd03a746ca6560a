"""A gradebook that is opened once, and written one student at a time: all of a student or nothing.

nbgrader's steps open the gradebook for themselves, some ten times a student, and commit after each
cell. While a student is written here, they are handed the one that is open, and what they commit is
kept at the end, in one transaction.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from types import TracebackType
from typing import Any, TypeVar
from uuid import uuid4

from nbgrader.api import (
    Assignment,
    BaseCell,
    Comment,
    Grade,
    Gradebook,
    Notebook,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.api import Course as CourseRow
from sqlalchemy import Connection, create_engine, event, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session
from sqlalchemy.pool import NullPool

from autograder.course import Course
from autograder.gradebook.database_errors import is_locked, require_address, unusable
from autograder.messages import Progress

#: How long another program that is writing in the gradebook is waited for.
LOCK_SECONDS = 60
WAITING = "Waiting for another program to leave the gradebook"

#: Seconds for which we write before others get their chance, and how long that is. Whoever waits
#: for SQLite gives up after five seconds.
_TURN, _PAUSE = 1.0, 0.11

_Made = TypeVar("_Made")

#: How long the database itself waits, before we say that we are waiting, and begin anew.
_WAIT = {
    "sqlite": "PRAGMA busy_timeout = 1000",
    "postgresql": "SET lock_timeout = 1000",
}
#: What runs of this program agree on as their lock in a PostgreSQL database.
_OURS = 0x6E6267726164


class TakenBack(Exception):
    """A step took back what it had written, so nothing of this student is kept."""


class OpenGradebook(AbstractContextManager["OpenGradebook"]):
    """A gradebook on one connection. Raises SQLAlchemy's DBAPIError where it cannot be used."""

    def __init__(self, url: str, course_id: str) -> None:
        """Raises Problem for a wrong address as well."""
        self.url = url
        require_address(url)
        for opened_as in ({}, {"course_id": course_id}):  # as nbgrader's steps do, for what it adds
            Gradebook(url, **opened_as).close()
        self._engine = create_engine(url, poolclass=NullPool)
        event.listen(self._engine, "connect", self._connected)
        event.listen(self._engine, "begin", self._begun)
        self._connection = self._engine.connect()
        self._add_course(course_id)
        self._ours_until = time.monotonic() + _TURN

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        self._connection.close()
        self._engine.dispose()

    @classmethod
    def of(cls, course: Course) -> "OpenGradebook":
        """The gradebook of a course."""
        directory = course.directory("")
        return cls(directory.db_url, directory.course_id)

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A look into it."""
        with Session(bind=self._connection) as session:
            yield session

    @contextmanager
    def student(self) -> Iterator[Session]:
        """All that is written in it meanwhile is kept together at the end, or not at all.

        Whatever opens this gradebook in this process meanwhile writes in the same transaction.
        """
        with _Student(bind=self._connection) as session, _joined(self.url, session):
            yield session
            session.keep()
        self._let_others_in()

    def _let_others_in(self) -> None:
        """SQLite knows no queue: who waits for it looks again every tenth of a second."""
        if self._engine.dialect.name == "sqlite" and time.monotonic() > self._ours_until:
            time.sleep(_PAUSE)
            self._ours_until = time.monotonic() + _TURN

    def _add_course(self, course_id: str) -> None:
        """nbgrader adds no course without an id, yet lets rows refer to it; PostgreSQL does not."""
        if self._engine.dialect.name == "postgresql":
            adding = insert(CourseRow.__table__).values(id=course_id).on_conflict_do_nothing()
            with self._connection.begin():
                self._connection.execute(adding)

    def require_writable(self) -> None:
        """Raises DBAPIError where it is damaged, or cannot be written."""
        with self._connection.begin() as transaction:
            if self._engine.dialect.name == "sqlite":
                found = self._connection.exec_driver_sql("PRAGMA quick_check(1)").scalar()
                if found != "ok":
                    raise unusable(f"it is damaged: {found}")
            self._connection.execute(CourseRow.__table__.insert().values(id=uuid4().hex))
            transaction.rollback()

    def _connected(self, connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        if self._engine.dialect.name == "sqlite":
            connection.isolation_level = None  # so that transactions begin as we say below
        if wait := _WAIT.get(self._engine.dialect.name):
            cursor.execute(wait)
        cursor.close()
        connection.commit()

    def _begun(self, connection: Connection) -> None:
        if self._engine.dialect.name == "sqlite":
            # What is read in a transaction is then still true when it is written.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        elif self._engine.dialect.name == "postgresql":
            # Of our own runs, on however many machines, one at a time writes.
            connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({_OURS})")


def patiently(do: Callable[[], _Made], progress: Progress) -> _Made:
    """Do it again for as long as another program holds the gradebook, up to LOCK_SECONDS."""
    began = time.monotonic()
    while True:
        try:
            return do()
        except Exception as error:
            waited = time.monotonic() - began
            if not is_locked(error) or waited > LOCK_SECONDS:
                raise
            progress(WAITING, int(waited), LOCK_SECONDS)
            time.sleep(0.1)


class _Student(Session):
    """Commits wait for ``keep``; a step that rolls back takes everything with it."""

    _taken_back = False

    def commit(self) -> None:
        pass

    def rollback(self) -> None:
        self._taken_back = True
        super().rollback()

    def keep(self) -> None:
        if self._taken_back:
            raise TakenBack("a step of nbgrader's took back what it had written")
        super().commit()


class _Joined(Gradebook):
    """What whoever opens the gradebook gets while a student is written."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None:
            self.close()

    def close(self) -> None:
        """Whoever opens it next sees what is written, computed columns included."""
        self.db.flush()
        self.db.expire_all()
        self.__dict__.pop("_by_cell", None)

    def find_grade(self, grade_cell: str, notebook: str, assignment: str, student: str) -> Grade:
        found = self._all(Grade, notebook, assignment, student).get(grade_cell)
        return found or super().find_grade(grade_cell, notebook, assignment, student)

    def find_comment(
        self, solution_cell: str, notebook: str, assignment: str, student: str
    ) -> Comment:
        found = self._all(Comment, notebook, assignment, student).get(solution_cell)
        return found or super().find_comment(solution_cell, notebook, assignment, student)

    def _all(self, kind: Any, notebook: str, assignment: str, student: str) -> dict[str, Any]:
        """A submission's grades or comments by cell, in one query where nbgrader has one a cell."""
        kept: dict[Any, dict[str, Any]] = self.__dict__.setdefault("_by_cell", {})
        which = (kind, notebook, assignment, student)
        if which not in kept:
            rows = self.db.execute(
                select(BaseCell.name, kind)
                .join(kind, kind.cell_id == BaseCell.id)
                .join(SubmittedNotebook, SubmittedNotebook.id == kind.notebook_id)
                .join(Notebook, Notebook.id == SubmittedNotebook.notebook_id)
                .join(
                    SubmittedAssignment, SubmittedAssignment.id == SubmittedNotebook.assignment_id
                )
                .join(Assignment, Assignment.id == SubmittedAssignment.assignment_id)
                .where(
                    Notebook.name == notebook,
                    Assignment.name == assignment,
                    SubmittedAssignment.student_id == student,
                )
                # Of cells with one name nbgrader takes a TaskCell last.
                .order_by(BaseCell.type.desc())
                # A person who marks at the same moment waits, so that neither undoes the other.
                .with_for_update(of=kind)
            )
            kept[which] = dict(rows.tuples().all())
        return kept[which]


@contextmanager
def _joined(url: str, session: Session) -> Iterator[None]:
    """Whatever opens the gradebook ``url`` in this process meanwhile gets ``session``."""
    opened = Gradebook.__init__

    def join(
        self: Any,
        db_url: str,
        course_id: str = "default_course",
        authenticator: Any = None,
    ) -> None:
        if db_url != url:
            opened(self, db_url, course_id, authenticator)
            return
        self.__class__ = _Joined
        self.db, self.engine = session, session.get_bind()
        self.course_id, self.authenticator = course_id, authenticator

    Gradebook.__init__ = join
    try:
        yield
    finally:
        Gradebook.__init__ = opened
