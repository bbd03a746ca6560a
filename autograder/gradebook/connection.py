"""A connection to nbgrader's gradebook on which a student is written whole or not at all."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Any, TypeVar
from uuid import uuid4

from nbgrader.api import Course as CourseRow
from nbgrader.api import Gradebook
from sqlalchemy import Connection, event, text
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Session

from autograder.course import Course
from autograder.gradebook.database_errors import is_locked, require_address, unusable
from autograder.messages import Progress

#: How long another program that is writing in the gradebook is waited for, in seconds.
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


class GradebookConnection(AbstractContextManager["GradebookConnection"]):
    """An open gradebook, with transactions that begin before the first read."""

    def __init__(self, url: str, course_id: str) -> None:
        """Open the gradebook at ``url``, and make its tables and the course's row where needed.

        Raises Problem for a wrong address, and SQLAlchemy's DBAPIError where it cannot be used.
        """
        require_address(url)
        Gradebook(url).close()  # adds the course under which nbgrader's preprocessors open it
        self._book = Gradebook(url, course_id)
        self._dialect = self._book.engine.dialect.name
        event.listen(self._book.engine, "connect", self._connected)
        event.listen(self._book.engine, "begin", self._begun)
        self._book.close()  # what was opened so far was opened without these settings
        self._add_course(course_id)
        self._ours_until = time.monotonic() + _TURN

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database."""
        self._book.close()

    @classmethod
    def of(cls, course: Course) -> "GradebookConnection":
        """Open the gradebook of a course; raises as the class does."""
        directory = course.directory("")
        return cls(directory.db_url, directory.course_id)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """Give the gradebook's session; what is done with it is kept at the end, or not at all."""
        try:
            yield self._book.db()
            self._book.db.commit()
        finally:
            self._book.db.remove()

    def let_others_in(self) -> None:
        """Pause now and then: whoever waits for SQLite looks again every tenth of a second."""
        if self._dialect == "sqlite" and time.monotonic() > self._ours_until:
            time.sleep(_PAUSE)
            self._ours_until = time.monotonic() + _TURN

    def _add_course(self, course_id: str) -> None:
        """nbgrader adds no course without an id, yet lets rows refer to it; PostgreSQL does not."""
        if self._dialect == "postgresql":
            with self.transaction() as session:
                session.execute(insert(CourseRow).values(id=course_id).on_conflict_do_nothing())

    def require_writable(self) -> None:
        """Raises DBAPIError where it is damaged, or cannot be written."""
        try:
            session = self._book.db()
            if self._dialect == "sqlite":
                found = session.scalar(text("PRAGMA quick_check(1)"))
                if found != "ok":
                    raise unusable(f"it is damaged: {found}")
            session.add(CourseRow(id=uuid4().hex))
            session.flush()
        finally:
            self._book.db.remove()

    def _connected(self, connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        if self._dialect == "sqlite":
            connection.isolation_level = None  # so that transactions begin as we say below
        if wait := _WAIT.get(self._dialect):
            cursor.execute(wait)
        cursor.close()
        connection.commit()

    def _begun(self, connection: Connection) -> None:
        if self._dialect == "sqlite":
            # What is read in a transaction is then still true when it is written.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        elif self._dialect == "postgresql":
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
