"""nbgrader's exchange as a place where attempts arrive and feedback is put."""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from nbgrader.exchange import ExchangeError
from nbgrader.exchange.default import ExchangeCollect, ExchangeReleaseFeedback
from nbgrader.utils import notebook_hash

from autograder.collecting.inbox import GIVEN_UP, Attempt, Inbox
from autograder.collecting.plain_files import File, files_in, opened
from autograder.course import Course
from autograder.files import open_regular, write_atomically
from autograder.messages import Problem
from autograder.nbgrader_log import LoggedErrors, nbgrader_logged
from autograder.submissions.timestamps import parse_time

_SECRET = "submission_secret.txt"
_MAX_NAMES = 20


class Exchange(Inbox):
    """What `nbgrader submit` puts in, and where `nbgrader fetch_feedback` looks.

    Raises Problem where the course has no exchange.
    """

    def __init__(self, course: Course, assignment: str, complain: Callable[[str], None]) -> None:
        super().__init__(course, assignment, complain)
        config = course.config()
        directory = course.directory(assignment, config=config)
        collect = ExchangeCollect(coursedir=directory, config=config)
        self._inbound = Path(collect.root) / directory.course_id / "inbound"
        self._known = set(course.assignments())
        self._parsed: dict[str, Attempt | None] = {}
        self.place = str(self._inbound)
        if not directory.course_id or not os.access(self._inbound, os.R_OK | os.X_OK):
            raise Problem(
                f"There is no exchange to watch: {self._inbound} cannot be read.",
                "Set c.CourseDirectory.course_id and c.Exchange.root in own_config.py and run: "
                f"nbgrader release_assignment {assignment}",
            )
        release = ExchangeReleaseFeedback(coursedir=directory, config=config)
        with nbgrader_logged(course.log), LoggedErrors.of("traitlets") as heard:
            try:
                release.init_dest()
            except (ExchangeError, OSError) as error:
                why = heard.text() or str(error)
                raise Problem(f"Feedback cannot be put in the exchange: {why}") from error
        self._feedback = Path(release.dest_path)

    def give(self, attempt: Attempt, page: bytes, *, final: bool = True) -> None:
        """Put a page under the names that only those know who have the attempt's secret.

        Under whatever name the notebook was handed in, its student looks for that one.
        """
        try:
            with opened(attempt.path) as folder:
                names = [Path(file.name) for file in files_in(folder)]
                owner = os.fstat(folder).st_uid
                secret = _secret(folder) if self._is_theirs(attempt, owner, attempt.key) else ""
        except FileNotFoundError:  # it was taken away
            return
        if not secret:
            self._once(f"{attempt.key}: handed in without {_SECRET}: no feedback can be given back")
            return
        notebooks = {
            name.stem for name in names if len(name.parts) == 1 and name.suffix == ".ipynb"
        }
        for notebook in (self._name, *sorted(notebooks - {self._name})[:_MAX_NAMES]):
            hashed = notebook_hash(secret=secret, notebook_id=notebook)
            write_atomically(self._feedback / f"{hashed}.html", page, for_all=True)

    def _entries(self, now: float) -> Iterator[Attempt]:
        for name in os.listdir(self._inbound):  # noqa: PTH208 (names alone: there may be many)
            if name not in self._parsed:
                self._parsed[name] = self._parse(name)
            if attempt := self._parsed[name]:
                yield attempt

    def _parse(self, name: str) -> Attempt | None:
        """Read student+assignment+timestamp+random, as nbgrader does."""
        student, assignment, *rest = [*name.rsplit("+", 3), "", ""]
        if assignment != self._name:
            if assignment not in self._known:
                self._once(f"{name}: for no assignment of this course: nobody grades it")
            return None
        try:
            when = parse_time(rest[0]).timestamp()
        except ValueError:
            self._once(f"{name}: no time in its name")
            return None
        if not self._is_id(student):
            return None
        return Attempt(student, name, when, self._inbound / name)

    def _look(self, entry: Attempt) -> tuple[File, ...]:
        try:
            with opened(entry.path) as folder:
                files = files_in(folder)
                owners = {os.fstat(folder).st_uid, *(file.owner for file in files)}
                theirs = all(self._is_theirs(entry, owner, entry.key) for owner in owners)
                return files if theirs else ()
        except OSError as error:
            if error.errno in (errno.ENOTDIR, errno.ELOOP):
                raise OSError(error.errno, "not a folder") from None
            raise

    def _is_complete(self, attempt: Attempt, age: float) -> bool:
        # The secret is what nbgrader writes last; before version 0.9 there was none.
        written = any(file.name == _SECRET and file.size for file in attempt.files)
        return written or (bool(attempt.files) and age >= GIVEN_UP)


def _secret(folder: int) -> str:
    with suppress(OSError, UnicodeDecodeError), open_regular(_SECRET, folder) as file:
        return file.read(10_000).decode("ascii")
    return ""
