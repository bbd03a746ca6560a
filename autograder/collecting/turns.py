"""Whose attempt is graded when: the newest one, and no student more often than was agreed.

And whose is to be graded anew, because what it was graded with has changed since.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Literal

from autograder.collecting.inbox import Arrival
from autograder.files import write_atomically

Notice = Literal["early", "passed"]
EARLY: Notice = "early"
PASSED: Notice = "passed"


@dataclass
class _Held:
    """What is remembered of a student.

    Attributes:
        graded_at: when their last attempt was graded, in seconds since 1970.
        when, key, path: of that attempt.
        edition: of the assignment that it was graded with.
        page: which feedback they have, whatever tells one page from another.
        told: of later attempts, by key, the last notice that they have had.
    """

    graded_at: float = 0.0
    when: float = 0.0
    key: str = ""
    path: str = ""
    edition: str = ""
    page: str = ""
    told: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Plan:
    """What is to be done with the attempts that are there.

    Attributes:
        due: to be graded now, one a student.
        early: to be told that they wait, and until when.
        passed: to be told that a newer attempt takes their place.
    """

    due: list[Arrival]
    early: list[tuple[Arrival, float]]
    passed: list[Arrival]


class Turns:
    """Keeps in a file who was graded when, so that a restart neither repeats nor forgets."""

    def __init__(self, path: Path, every: float) -> None:
        """``every``: at least so many seconds lie between two attempts of a student."""
        self._path = path
        self._every = every
        self._held: defaultdict[str, _Held] = defaultdict(_Held)
        try:
            kept = json.loads(path.read_text(encoding="utf-8"))
            self._held.update({student: _Held(**held) for student, held in kept.items()})
        except (OSError, ValueError, TypeError, AttributeError):
            self._held.clear()

    def plan(self, arrivals: Sequence[Arrival], now: float) -> Plan:
        """What is to be done now."""
        waiting: defaultdict[str, list[Arrival]] = defaultdict(list)
        for arrival in sorted(arrivals, key=lambda a: (a.when, a.key)):
            if self.is_new(arrival):
                waiting[arrival.student].append(arrival)
        plan = Plan([], [], [])
        for student, attempts in waiting.items():
            held = self._held[student]
            *older, newest = attempts
            plan.passed.extend(a for a in older if held.told.get(a.key) != PASSED)
            turn = held.graded_at + self._every
            if now >= turn:
                plan.due.append(newest)
            elif held.told.get(newest.key) != EARLY:
                plan.early.append((newest, turn))
        return plan

    def told(self, arrival: Arrival, what: Notice) -> None:
        """Its student has had this notice about it."""
        self._held[arrival.student].told[arrival.key] = what
        self._save()

    def graded(self, arrival: Arrival, now: float, edition: str, page: str) -> None:
        """It was graded, and its student has the feedback."""
        self._held[arrival.student] = _Held(
            now, arrival.when, arrival.key, str(arrival.path), edition, page
        )
        self._save()

    def last_graded(self) -> list[Arrival]:
        """The last attempt of each student that was graded."""
        return [
            Arrival(student, held.key, held.when, Path(held.path))
            for student, held in sorted(self._held.items())
            if held.key
        ]

    def is_outdated(self, arrival: Arrival, edition: str) -> bool:
        """Whether it was graded with another edition of the assignment."""
        return self._held[arrival.student].edition != edition

    def regraded(self, arrival: Arrival, edition: str) -> None:
        """It was graded with that edition; its student's turn is not used up by that."""
        self._held[arrival.student].edition = edition
        self._save()

    def has(self, arrival: Arrival, page: str) -> bool:
        """Whether its student was given that page."""
        return self._held[arrival.student].page == page

    def given(self, arrival: Arrival, page: str) -> None:
        """Its student was given that page."""
        self._held[arrival.student].page = page
        self._save()

    def is_new(self, arrival: Arrival) -> bool:
        """Whether it came after the last attempt of its student that was graded."""
        held = self._held.get(arrival.student, _Held())
        return arrival.key != held.key and (arrival.when, arrival.key) > (held.when, held.key)

    def _save(self) -> None:
        write_atomically(self._path, json.dumps({s: asdict(h) for s, h in self._held.items()}))
