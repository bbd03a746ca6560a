"""nbgrader's exchange as a place where attempts arrive and feedback is put."""

import os
import pwd
from collections.abc import Callable
from datetime import UTC
from pathlib import Path

from nbgrader.exchange import ExchangeError
from nbgrader.exchange.default import ExchangeCollect, ExchangeReleaseFeedback
from nbgrader.utils import notebook_hash, parse_utc

from autograder.collecting.inbox import (
    GIVEN_UP,
    Arrival,
    Settling,
    is_possible_id,
    looks,
    open_plain,
    take_over,
)
from autograder.course import Course
from autograder.files import write_atomically
from autograder.messages import Problem
from autograder.nbgrader_log import LoggedErrors, nbgrader_logged

_SECRET = "submission_secret.txt"
_MAX_NAMES = 20


class Exchange:
    """What `nbgrader submit` puts in, and where `nbgrader fetch_feedback` looks.

    Made for one assignment. Raises Problem where the course has no exchange. ``complain`` is told,
    once each, of what lies in it and cannot be taken.
    """

    def __init__(self, course: Course, assignment: str, complain: Callable[[str], None]) -> None:
        config = course.config()
        directory = course.directory(assignment, config=config)
        self._course = course
        self._name = assignment
        self._complain = complain
        self._complained: set[str] = set()
        self._settling = Settling()
        self._parsed: dict[str, Arrival | None] = {}
        collect = ExchangeCollect(coursedir=directory, config=config)
        self._check_owner = bool(collect.check_owner)
        self._inbound = Path(collect.root) / directory.course_id / "inbound"
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

    @property
    def place(self) -> str:
        """Where it is."""
        return str(self._inbound)

    def arrivals(self, now: float, is_new: Callable[[Arrival], bool]) -> list[Arrival]:
        """Attempts that nbgrader has finished writing."""
        found = []
        for name in os.listdir(self._inbound):  # noqa: PTH208 (names alone: there may be many)
            if name not in self._parsed:
                self._parsed[name] = self._parse(name)
            arrival = self._parsed[name]
            if arrival is None or not is_new(arrival):
                continue
            try:
                if self._is_complete(arrival, now) and self._is_theirs(arrival):
                    found.append(arrival)
            except OSError as error:
                self._once(f"{name}: {error.strerror or error}")
        return found

    def collect(self, arrival: Arrival) -> None:
        """As nbgrader's collect does it, but no link is followed."""
        take_over(arrival.path, self._course.submitted / arrival.student / self._name)

    def answer(self, arrival: Arrival, page: bytes) -> None:
        """Under the name that only those know who have the attempt's secret."""
        secret = self._secret(arrival)
        if not secret:
            self._once(f"{arrival.key}: handed in without {_SECRET}: no feedback can be given back")
            return
        for notebook in self._notebooks(arrival):
            name = notebook_hash(secret=secret, notebook_id=notebook)
            write_atomically(self._feedback / f"{name}.html", page)

    tell = answer

    def _parse(self, name: str) -> Arrival | None:
        """student+assignment+timestamp+random, as nbgrader reads it."""
        student, assignment, *rest = [*name.rsplit("+", 3), "", ""]
        if assignment != self._name:
            return None
        try:
            when = parse_utc(rest[0]).replace(tzinfo=UTC).timestamp()
        except (ValueError, OverflowError, TypeError):
            self._once(f"{name}: no time in its name")
            return None
        if not is_possible_id(student):
            self._once(f"{name!r}: not a possible id of a student")
            return None
        return Arrival(student, name, when, self._inbound / name)

    def _is_complete(self, arrival: Arrival, now: float) -> bool:
        if arrival.path.is_symlink() or not arrival.path.is_dir():
            self._once(f"{arrival.key}: not a folder")
            return False
        seen = looks(arrival.path)
        # The secret is what nbgrader writes last; before version 0.9 there was none.
        written = any(name == _SECRET and size for name, size, _ in seen)
        age = self._settling.seconds(arrival.key, seen, now)
        return written or (bool(seen) and age >= GIVEN_UP)

    def _is_theirs(self, arrival: Arrival) -> bool:
        if not self._check_owner:
            return True
        number = arrival.path.stat().st_uid
        try:
            owner = pwd.getpwuid(number).pw_name
        except KeyError:
            owner = str(number)
        if owner != arrival.student:
            self._once(
                f"{arrival.key}: claims to be {arrival.student}'s, but belongs to the user "
                f"{owner}: not graded. Where that is as it should be, set "
                "c.ExchangeCollect.check_owner = False in own_config.py"
            )
        return owner == arrival.student

    def _secret(self, arrival: Arrival) -> str:
        try:
            with open_plain(arrival.path / _SECRET) as file:
                return file.read(10_000).decode("ascii")
        except (OSError, UnicodeDecodeError):
            return ""

    def _notebooks(self, arrival: Arrival) -> list[str]:
        """Under whatever name the notebook was handed in, its student looks for that one."""
        names = {self._name}
        for name, _, _ in looks(arrival.path):
            if name.endswith(".ipynb") and "/" not in name and len(names) < _MAX_NAMES:
                names.add(name.removesuffix(".ipynb"))
        return sorted(names)

    def _once(self, text: str) -> None:
        if text not in self._complained:
            self._complained.add(text)
            self._complain(text)
