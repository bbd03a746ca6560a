"""What the instructor's report shows, as data."""

import statistics
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from autograder.events import State
from autograder.gradebook.grades import SubmissionGrades
from autograder.report.incidents import Incident
from autograder.report.item_analysis import (
    Item,
)
from autograder.report.roster import Person
from autograder.report.similarity import Likeness
from autograder.report.suspicious_code import SuspiciousLine
from autograder.submissions.outline import Exercise

#: Below this share of the points that are marked already, a student is listed as needing help.
NEEDS_HELP = 0.5
#: How many of the slowest submissions are named.
SLOWEST = 5


@dataclass(frozen=True)
class Hint:
    """A known mistake that was recognised, with the hint that the student was given."""

    exercise: str
    mistake: str
    text: str


@dataclass(frozen=True)
class ResultSummary:
    """What the kept result of a submission says, as far as the report needs it."""

    state: State
    messages: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    hints: tuple[Hint, ...] = ()
    unanswered: frozenset[str] = frozenset()
    incidents: tuple[Incident, ...] = ()
    suspicious: tuple[SuspiciousLine, ...] = ()
    broken_tests: tuple[str, ...] = ()


@dataclass(frozen=True)
class StudentLine:
    """One student; ``run`` is None where no result is kept."""

    student: str
    grades: SubmissionGrades
    exercises: Mapping[str, Exercise]
    run: ResultSummary | None

    @property
    def score(self) -> float:
        return self.grades.score

    @property
    def marked(self) -> float:
        """How many points could be had in what is marked already."""
        waiting = self.grades.waiting
        return sum(e.points for name, e in self.exercises.items() if name not in waiting)

    @property
    def remarks(self) -> tuple[str, ...]:
        return self.run.remarks if self.run else ()

    @property
    def readable(self) -> bool:
        return self.run is None or self.run.state != "unreadable"

    @property
    def unanswered(self) -> list[str]:
        """Titles of the exercises that were left as they were handed out."""
        names = self.run.unanswered if self.run else frozenset()
        points = self.grades.points
        return [
            e.title
            for name, e in self.exercises.items()
            # nbgrader gives no points, and asks nobody for any, where a written answer is missing.
            if name in names
            or (
                e.manual
                and name in points
                and (points[name].auto, points[name].manual) == (0, None)
            )
        ]

    @property
    def wrong(self) -> list[str]:
        """Titles of the exercises that were answered and did not get a single point."""
        points = self.grades.points
        return [
            e.title
            for name, e in self.exercises.items()
            if name in points
            and not points[name].waiting
            and points[name].score <= 0
            and e.title not in self.unanswered
        ]


@dataclass(frozen=True)
class ExerciseLine:
    """One exercise: how those did whose file could be read."""

    exercise: Exercise
    scores: tuple[float, ...]
    waiting: int
    item: Item

    @property
    def mean(self) -> float:
        return statistics.fmean(self.scores) if self.scores else 0.0

    @property
    def right(self) -> int:
        return sum(score >= self.exercise.points for score in self.scores)

    @property
    def none(self) -> int:
        return sum(score <= 0 for score in self.scores)

    @property
    def partly(self) -> int:
        return len(self.scores) - self.right - self.none


@dataclass(frozen=True)
class Misconception:
    """A known mistake that was recognised, and who made it."""

    hint: Hint
    students: tuple[str, ...]


@dataclass(frozen=True)
class Report:
    """All that the report shows."""

    assignment: str
    title: str
    made: str
    lines: Sequence[StudentLine]
    exercises: Sequence[ExerciseLine]
    likeness: Likeness
    roster: Mapping[str, Person]

    @property
    def max_points(self) -> float:
        return sum(line.exercise.points for line in self.exercises)

    @property
    def scores(self) -> list[float]:
        return [line.score for line in self.lines]

    @property
    def mean(self) -> float:
        return statistics.fmean(self.scores)

    @property
    def median(self) -> float:
        return statistics.median(self.scores)

    @property
    def spread(self) -> float:
        return statistics.pstdev(self.scores)

    @property
    def waiting(self) -> int:
        return sum(len(line.grades.waiting) for line in self.lines)

    @property
    def unreadable(self) -> int:
        return sum(not line.readable for line in self.lines)

    @property
    def has_groups(self) -> bool:
        """Whether an upper and a lower group could be compared in some exercise."""
        return any(line.item.upper_lower is not None for line in self.exercises)

    @property
    def ungraded(self) -> list[StudentLine]:
        """Those whose grade is not complete, and so not in the files for Canvas and Moodle."""
        return [line for line in self.lines if line.grades.waiting]

    @property
    def need_help(self) -> list[StudentLine]:
        low = [n for n in self.lines if n.marked and n.score < NEEDS_HELP * n.marked]
        return sorted(low, key=lambda line: (line.score, line.student))

    @cached_property
    def misconceptions(self) -> list[Misconception]:
        who: dict[Hint, list[str]] = defaultdict(list)
        for line in self.lines:
            for hint in line.run.hints if line.run else ():
                who[hint].append(line.student)
        order = {line.exercise.title: i for i, line in enumerate(self.exercises)}
        found = [Misconception(hint, tuple(students)) for hint, students in who.items()]
        return sorted(
            found, key=lambda m: (-len(m.students), order[m.hint.exercise], m.hint.mistake)
        )

    @property
    def ran(self) -> list[tuple[StudentLine, ResultSummary]]:
        return [(line, line.run) for line in self.lines if line.run]

    @property
    def repaired(self) -> list[tuple[StudentLine, ResultSummary]]:
        return [(line, run) for line, run in self.ran if run.messages]

    @property
    def seconds(self) -> float:
        return sum(run.seconds for _, run in self.ran)

    @property
    def cpu_seconds(self) -> float:
        return sum(run.cpu_seconds for _, run in self.ran)

    @property
    def slowest(self) -> list[tuple[StudentLine, ResultSummary]]:
        return sorted(self.ran, key=lambda pair: -pair[1].seconds)[:SLOWEST]

    @property
    def broken_tests(self) -> list[tuple[str, int]]:
        """The tests that failed by themselves, with how often."""
        return Counter(title for _, run in self.ran for title in run.broken_tests).most_common()
