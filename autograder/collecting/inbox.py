"""Where students hand in while a class is watched: what has arrived there, and is complete."""

import pwd
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

from nbgrader.exchange.default import ExchangeCollect

from autograder.collecting.plain_files import File, copy_in, listing
from autograder.course import Course, why_no_id
from autograder.dependencies.digests import digest
from autograder.files import write_atomically
from autograder.submissions.timestamps import written

#: How long files have to stay the same until they count as written, in seconds: where their end is
#: there, and where it is missing.
SETTLED, GIVEN_UP = 1.0, 30.0


@dataclass(frozen=True)
class Attempt:
    """One attempt of a student.

    Attributes:
        key: names it for good, also after a restart.
        when: orders a student's attempts, in seconds since 1970.
        path: the folder or the notebook that was handed in.
        files: what was seen there.
    """

    student: str
    key: str
    when: float
    path: Path
    files: tuple[File, ...] = ()


class Inbox(ABC):
    """A place where students hand in one assignment, and where they look for their feedback.

    Attributes:
        place: where it is, in words.
    """

    place: str

    def __init__(self, course: Course, assignment: str, complain: Callable[[str], None]) -> None:
        """``complain`` is told, once each, of what lies there and cannot be taken."""
        self._course = course
        self._name = assignment
        self._complain = complain
        self._complaints: set[str] = set()
        self._check_owner = bool(ExchangeCollect(config=course.config()).check_owner)
        self._since: dict[Path, tuple[tuple[File, ...], float]] = {}

    def attempts(self, now: float, is_new: Callable[[Attempt], bool]) -> list[Attempt]:
        """List what is new and complete, several attempts of a student included."""
        found = []
        for entry in self._entries(now):
            if entry.key and not is_new(entry):
                continue
            try:
                files = self._look(entry)
                attempt = replace(
                    entry, files=files, key=entry.key or digest(str(entry.path), files)
                )
                if is_new(attempt) and self._is_complete(attempt, self._age(attempt, now)):
                    found.append(attempt)
            except FileNotFoundError:
                continue  # it went away meanwhile
            except OSError as error:
                self._once(f"{entry.path.name}: {error.strerror}")
        return found

    @abstractmethod
    def _entries(self, now: float) -> Iterator[Attempt]:
        """Yield what might be an attempt, without its files; ``key`` is "" where these name it."""

    @abstractmethod
    def _is_complete(self, attempt: Attempt, age: float) -> bool:
        """Tell whether all of it is written, unchanged for ``age`` seconds. Raises OSError."""

    @abstractmethod
    def give(self, attempt: Attempt, page: bytes, *, final: bool = True) -> None:
        """Put its feedback where its student finds it, or a notice until that is there.

        Raises OSError.
        """

    def collect(self, attempt: Attempt) -> None:
        """Make it what its student has submitted, at the time at which it was put there.

        That is the machine's time: a student may write what they like into a file or a name.
        Raises OSError.
        """
        target = self._course.submitted / attempt.student / self._name
        copy_in(attempt.path, attempt.files, target)
        newest = max(file.changed for file in attempt.files)
        moment = datetime.fromtimestamp(newest / 1e9, UTC)
        write_atomically(target / "timestamp.txt", f"{written(moment)}\n")

    def _look(self, entry: Attempt) -> tuple[File, ...]:
        return listing(entry.path)

    def _is_theirs(self, attempt: Attempt, owner: int, what: str = "") -> bool:
        """Tell whether a user may hand in for a student; if not, the instructor is told."""
        if not self._check_owner or owner in self._keepers() or _user(owner) == attempt.student:
            return True
        self._once(
            f"{what or attempt.path.name}: claims to be {attempt.student}'s, but belongs to the "
            f"user {_user(owner)}: not graded. Where that is as it should be, set "
            "c.ExchangeCollect.check_owner = False in own_config.py"
        )
        return False

    def _keepers(self) -> set[int]:
        """Give the users who may hand in for everybody."""
        return set()

    def _age(self, attempt: Attempt, now: float) -> float:
        files, since = self._since.get(attempt.path, ((), now))
        if files != attempt.files:
            since = now
        self._since[attempt.path] = attempt.files, since
        return now - since

    def _is_id(self, name: str) -> bool:
        why = why_no_id(name)
        if why:
            self._once(f"{name!r} cannot be the id of a student: {why}")
        return not why

    def _once(self, text: str) -> None:
        if text not in self._complaints:
            self._complaints.add(text)
            self._complain(text)


def _user(number: int) -> str:
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
