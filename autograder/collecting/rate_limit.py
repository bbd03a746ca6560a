"""Whose attempt is graded when: the newest one, and no student more often than was agreed."""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from autograder.collecting.inbox import Attempt
from autograder.files import write_atomically

Status = Literal["due", "early", "passed"]


#: Of how many attempts that are passed over at once a student is told.
_MOST_TOLD = 20


@dataclass
class Record:
    """What is remembered of a student.

    Attributes:
        graded_at: when their last attempt was graded, in seconds since 1970.
        when, key, path: of that attempt.
        edition: of the assignment that it was graded with.
        page: which feedback they have, whatever tells one page from another; "" for none.
        told: of later attempts, by key, what their last notice said.
    """

    graded_at: float = 0.0
    when: float = 0.0
    key: str = ""
    path: str = ""
    edition: str = ""
    page: str = ""
    told: dict[str, Status] = field(default_factory=dict)


class RateLimit:
    """Keeps in a file who was graded when, so that a restart neither repeats nor forgets.

    Attributes:
        records: what is remembered, by student; `save` after a change.
    """

    def __init__(self, path: Path, every: float) -> None:
        """``every``: at least so many seconds lie between two attempts of a student."""
        self._path = path
        self._every = every
        self.records: defaultdict[str, Record] = defaultdict(Record)
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
            self.records.update({student: Record(**record) for student, record in kept.items()})
        except (OSError, ValueError, TypeError, AttributeError):
            self.records.clear()

    def save(self) -> None:
        """Write the file."""
        write_atomically(self._path, json.dumps({s: asdict(r) for s, r in self.records.items()}))

    def plan(self, attempts: Sequence[Attempt], now: float) -> list[tuple[Attempt, Status]]:
        """Say of each new attempt what becomes of it, unless its student was told so.

        The newest one of a student is due, or early; older ones are passed over for it, of which
        the last few are told so.
        """
        waiting: defaultdict[str, list[Attempt]] = defaultdict(list)
        for attempt in sorted(attempts, key=lambda a: (a.when, a.key)):
            if self.is_new(attempt):
                waiting[attempt.student].append(attempt)
        found: list[tuple[Attempt, Status]] = []
        for student, (*older, newest) in waiting.items():
            found += [(attempt, "passed") for attempt in older[-_MOST_TOLD:]]
            found.append((newest, "due" if now >= self.turn(student) else "early"))
        return [(a, s) for a, s in found if self.records[a.student].told.get(a.key) != s]

    def turn(self, student: str) -> float:
        """Say from when on their next attempt is graded, in seconds since 1970."""
        return self.records[student].graded_at + self._every

    def is_new(self, attempt: Attempt) -> bool:
        """Tell whether it came after the last attempt of its student that was graded."""
        last = self.records.get(attempt.student, Record())
        return attempt.key != last.key and (attempt.when, attempt.key) > (last.when, last.key)

    def told(self, attempt: Attempt, status: Status) -> None:
        """Remember that its student has had a notice about it; `save` after the last."""
        self.records[attempt.student].told[attempt.key] = status

    def graded(self, attempt: Attempt, now: float, edition: str) -> None:
        """Remember that it was graded."""
        self.records[attempt.student] = Record(
            now, attempt.when, attempt.key, str(attempt.path), edition
        )
        self.save()

    def last_graded(self) -> list[Attempt]:
        """List the last attempt of each student that was graded."""
        return [
            Attempt(student, record.key, record.when, Path(record.path))
            for student, record in sorted(self.records.items())
            if record.key
        ]
