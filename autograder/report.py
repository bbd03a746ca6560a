"""The instructor's report on one assignment: one HTML file that needs nothing else, and a CSV."""

import csv
import io
import json
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import nbformat

from autograder.course import Course, Problem, write_atomically
from autograder.feedback_page import environment
from autograder.grade_one import remarks
from autograder.gradebook import Standing, standings
from autograder.graded import Graded
from autograder.mend import State
from autograder.outline import Exercise, exercises, first_heading
from autograder.report_plots import points_plot, share_plot, time_plot
from autograder.results import result_path

#: Below this share of the points that are marked already, a student is listed as needing help.
NEEDS_HELP = 0.5


@dataclass(frozen=True)
class Line:
    """One student."""

    student: str
    standing: Standing
    exercises: Mapping[str, Exercise]
    graded: Graded | None
    state: State
    messages: tuple[str, ...]

    @property
    def score(self) -> float:
        return self.standing.score

    @property
    def marked(self) -> float:
        """How many points could be had in what is marked already."""
        waiting = self.standing.waiting
        return sum(e.points for name, e in self.exercises.items() if name not in waiting)

    @property
    def seconds(self) -> float:
        return self.graded.seconds if self.graded else 0.0

    @property
    def cpu_seconds(self) -> float:
        return self.graded.cpu_seconds if self.graded else 0.0

    @property
    def remarks(self) -> tuple[str, ...]:
        return remarks(self.state, self.graded) if self.graded else ()

    @property
    def unsolved(self) -> list[str]:
        """Titles of the exercises that did not get a single point."""
        points = self.standing.points
        return [
            e.title
            for name, e in self.exercises.items()
            if name in points and not points[name].waiting and points[name].score <= 0
        ]


@dataclass(frozen=True)
class ExerciseLine:
    """One exercise: how the class did."""

    exercise: Exercise
    scores: tuple[float, ...]
    waiting: int

    @property
    def mean(self) -> float:
        return statistics.fmean(self.scores) if self.scores else 0.0

    @property
    def share(self) -> float:
        """The mean as a share of the points; a hard exercise has a small one."""
        return self.mean / self.exercise.points if self.exercise.points else 0.0

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

    exercise: str
    mistake: str
    hint: str
    students: tuple[str, ...]


@dataclass(frozen=True)
class Report:
    """All that the report shows."""

    assignment: str
    title: str
    made: str
    lines: Sequence[Line]
    exercises: Sequence[ExerciseLine]
    misconceptions: Sequence[Misconception]
    events: Sequence[tuple[str, str]]
    max_points: float

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
    def waiting(self) -> int:
        return sum(len(line.standing.waiting) for line in self.lines)

    @property
    def need_help(self) -> list[Line]:
        low = [n for n in self.lines if n.marked and n.score < NEEDS_HELP * n.marked]
        return sorted(low, key=lambda line: (line.score, line.student))

    @property
    def mended(self) -> list[Line]:
        return [line for line in self.lines if line.messages]

    @property
    def seconds(self) -> float:
        return sum(line.seconds for line in self.lines)

    @property
    def cpu_seconds(self) -> float:
        return sum(line.cpu_seconds for line in self.lines)


def write_report(course: Course, assignment: str) -> tuple[Path, Path]:
    """Write ``report/<assignment>.html`` and ``.csv``; gives their paths."""
    report = collect(course, assignment)
    page = course.report / f"{assignment}.html"
    table = course.report / f"{assignment}.csv"
    write_atomically(page, render(report))
    write_atomically(table, as_csv(report))
    return page, table


def collect(course: Course, assignment: str) -> Report:
    """Put the report's numbers together from the gradebook and the kept results."""
    course.require_released(assignment)
    held = standings(course, assignment)
    if not held:
        raise Problem(
            f"Nobody was graded yet for {assignment!r}.", f"Run: autograder grade {assignment}"
        )
    source = nbformat.read(course.source / assignment / f"{assignment}.ipynb", as_version=4)
    known = {exercise.grade_id: exercise for exercise in exercises(source)}
    lines = [_line(course, assignment, standing, known) for standing in held.values()]
    return Report(
        assignment=assignment,
        title=first_heading(source) or assignment,
        made=f"{datetime.now(UTC):%-d %B %Y, %H:%M} UTC",
        lines=lines,
        exercises=[_exercise(exercise, lines) for exercise in known.values()],
        misconceptions=_misconceptions(lines, known),
        events=[event for line in lines for event in _events(line)],
        max_points=sum(exercise.points for exercise in known.values()),
    )


def _line(
    course: Course, assignment: str, standing: Standing, known: Mapping[str, Exercise]
) -> Line:
    try:
        path = result_path(course.root, assignment, standing.student)
        graded = Graded.from_dict(json.loads(path.read_text(encoding="utf-8"))["graded"])
    except (OSError, ValueError, KeyError, TypeError):
        return Line(standing.student, standing, known, None, "whole", ())
    told = graded.notebook.metadata.get("autograder", {})
    return Line(
        student=standing.student,
        standing=standing,
        exercises=known,
        graded=graded,
        state=told.get("state", "whole"),
        messages=tuple(told.get("messages", ())),
    )


def _events(line: Line) -> Iterator[tuple[str, str]]:
    for event, times in Counter(line.graded.log if line.graded else ()).items():
        yield line.student, event if times == 1 else f"{event} ({times} times)"


def _exercise(exercise: Exercise, lines: Sequence[Line]) -> ExerciseLine:
    points = [p for line in lines if (p := line.standing.points.get(exercise.grade_id))]
    scores = tuple(p.score for p in points if not p.waiting)
    return ExerciseLine(exercise, scores, len(points) - len(scores))


def _misconceptions(lines: Sequence[Line], known: Mapping[str, Exercise]) -> list[Misconception]:
    who: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for line in lines:
        for cell in line.graded.cells if line.graded else ():
            if cell.verdict and cell.verdict.get("mistake") and cell.grade_id in known:
                hint = cell.verdict.get("hint") or ""
                who[known[cell.grade_id].title, cell.verdict["mistake"], hint].append(line.student)
    found = [Misconception(title, name, hint, tuple(s)) for (title, name, hint), s in who.items()]
    order = {exercise.title: i for i, exercise in enumerate(known.values())}
    return sorted(found, key=lambda m: (-len(m.students), order[m.exercise], m.mistake))


def render(report: Report) -> str:
    """The report as HTML."""
    template = environment().get_template("report.html.j2")
    shares = [(e.exercise.title, e.right, e.partly, e.none, e.waiting) for e in report.exercises]
    return template.render(
        report=report,
        needs_help=NEEDS_HELP,
        points_plot=points_plot(report.scores, report.max_points),
        share_plot=share_plot(shares),
        time_plot=time_plot([line.seconds for line in report.lines]),
    )


def as_csv(report: Report) -> str:
    """One line for each student, one column for each exercise. What is not marked yet is empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    names = [line.exercise.grade_id for line in report.exercises]
    writer.writerow(["student", "points", "of", "late penalty", "to mark", *names, "remarks"])
    for line in report.lines:
        points = line.standing.points
        cells = [
            "" if name not in points or points[name].waiting else f"{points[name].score:g}"
            for name in names
        ]
        writer.writerow(
            [
                _plain(line.student),
                f"{round(line.score, 2):g}",
                f"{report.max_points:g}",
                f"{line.standing.penalty:g}",
                len(line.standing.waiting),
                *cells,
                _plain("; ".join(line.remarks)),
            ]
        )
    return text.getvalue()


def _plain(text: str) -> str:
    """Spreadsheets take text that starts so for a formula, and run it."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text
