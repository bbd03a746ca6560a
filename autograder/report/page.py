"""The instructor's report on one assignment: one HTML file that needs nothing else, and CSVs."""

import statistics
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.course import Course
from autograder.events import State, remarks, sentences
from autograder.feedback.page import environment
from autograder.files import write_atomically
from autograder.gradebook.grades import Standing, standings
from autograder.grading.graded import CellGrade, Graded
from autograder.grading.results import parse, result_path
from autograder.messages import Problem
from autograder.report.gradebook_csv import canvas_csv, moodle_csv, points_csv
from autograder.report.item_analysis import (
    FEWEST_FOR_GROUPS,
    FEWEST_TO_CORRELATE,
    Item,
    item_analysis,
)
from autograder.report.plots import points_plot, share_plot, time_plot
from autograder.report.roster import Person, roster
from autograder.report.similarity import FEWEST, LEAST, NEARLY_ALL, RUN, Likeness, Text, likeness
from autograder.report.trouble import Reach, Trouble, reaches, troubles
from autograder.submissions.outline import Exercise, exercises, first_heading, grade_id, is_editable
from autograder.submissions.repair import noted_in
from autograder.testing.errors import StudentError

#: Below this share of the points that are marked already, a student is listed as needing help.
NEEDS_HELP = 0.5
#: How many of the slowest submissions are named.
SLOWEST = 5
#: A longer table is folded from there on.
MOST_ROWS = 30

_NOT_ANSWERED = StudentError("raised", "NotImplementedError").in_words()


@dataclass(frozen=True)
class Hint:
    """A known mistake that was recognised, with the hint that the student was given."""

    exercise: str
    mistake: str
    text: str


@dataclass(frozen=True)
class Run:
    """What the kept result of a submission says, as far as the report needs it."""

    state: State
    messages: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()
    seconds: float = 0.0
    cpu_seconds: float = 0.0
    hints: tuple[Hint, ...] = ()
    unanswered: frozenset[str] = frozenset()
    troubles: tuple[Trouble, ...] = ()
    reaches: tuple[Reach, ...] = ()
    broken_tests: tuple[str, ...] = ()


@dataclass(frozen=True)
class Line:
    """One student; ``run`` is None where no result is kept."""

    student: str
    standing: Standing
    exercises: Mapping[str, Exercise]
    run: Run | None

    @property
    def score(self) -> float:
        return self.standing.score

    @property
    def marked(self) -> float:
        """How many points could be had in what is marked already."""
        waiting = self.standing.waiting
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
        points = self.standing.points
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
        points = self.standing.points
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
    lines: Sequence[Line]
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
        return sum(len(line.standing.waiting) for line in self.lines)

    @property
    def unreadable(self) -> int:
        return sum(not line.readable for line in self.lines)

    @property
    def has_groups(self) -> bool:
        """Whether an upper and a lower group could be compared in some exercise."""
        return any(line.item.upper_lower is not None for line in self.exercises)

    @property
    def ungraded(self) -> list[Line]:
        """Those whose grade is not complete, and so not in the files for Canvas and Moodle."""
        return [line for line in self.lines if line.standing.waiting]

    @property
    def need_help(self) -> list[Line]:
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
    def ran(self) -> list[tuple[Line, Run]]:
        return [(line, line.run) for line in self.lines if line.run]

    @property
    def repaired(self) -> list[tuple[Line, Run]]:
        return [(line, run) for line, run in self.ran if run.messages]

    @property
    def seconds(self) -> float:
        return sum(run.seconds for _, run in self.ran)

    @property
    def cpu_seconds(self) -> float:
        return sum(run.cpu_seconds for _, run in self.ran)

    @property
    def slowest(self) -> list[tuple[Line, Run]]:
        return sorted(self.ran, key=lambda pair: -pair[1].seconds)[:SLOWEST]

    @property
    def broken_tests(self) -> list[tuple[str, int]]:
        """The tests that failed by themselves, with how often."""
        return Counter(title for _, run in self.ran for title in run.broken_tests).most_common()


def write_report(course: Course, assignment: str) -> tuple[Report, list[Path]]:
    """Write ``report/<assignment>.html`` and its CSVs; gives the report and the files' paths."""
    report = collect(course, assignment)
    files = {f"{assignment}.html": render(report), **as_csv(report)}
    for name, text in files.items():
        write_atomically(course.report / name, text)
    return report, [course.report / name for name in files]


def collect(course: Course, assignment: str) -> Report:
    """Put the report's numbers together from the gradebook and the kept results."""
    course.require_released(assignment)
    held = standings(course, assignment)
    if not held:
        raise Problem(
            f"Nobody was graded yet for {assignment!r}.", f"Run: autograder grade {assignment}"
        )
    source, released = (
        nbformat.read(folder / assignment / f"{assignment}.ipynb", as_version=4)
        for folder in (course.source, course.release)
    )
    known = {exercise.grade_id: exercise for exercise in exercises(source)}
    lines, answers = [], {}
    for standing in held.values():
        graded = _kept(course, assignment, standing.student)
        run = None
        if graded is not None:
            texts = _texts(graded.notebook, known)
            run = _run(graded, known, texts)
            if run.state != "unreadable":
                answers[standing.student] = texts
        lines.append(Line(standing.student, standing, known, run))
    return Report(
        assignment=assignment,
        title=first_heading(source) or assignment,
        made=f"{datetime.now(UTC):%-d %B %Y, %H:%M} UTC",
        lines=lines,
        exercises=exercise_lines(known, lines),
        likeness=likeness(answers, _texts(released, known)),
        roster=roster(course),
    )


def _kept(course: Course, assignment: str, student: str) -> Graded | None:
    try:
        return parse(result_path(course.root, assignment, student).read_bytes())[1]
    except (OSError, ValueError):
        return None


def _texts(notebook: NotebookNode, known: Mapping[str, Exercise]) -> dict[str, Text]:
    """What was written for each exercise: its answers, and the student's own cells behind them."""
    exercise_of = {answer: e.grade_id for e in known.values() for answer in e.answers}
    parts: dict[str, list[str]] = {name: [] for name in known}
    prose = dict.fromkeys(known, True)
    place = next(iter(known), "")
    for cell in notebook.cells:
        name = grade_id(cell) or ""
        own = str(cell.get("id", "")).startswith("own-")
        if not own and not (is_editable(cell) and name in exercise_of):
            continue
        place = place if own else exercise_of[name]
        if cell.cell_type == "code" or not own:
            parts[place].append(cell.source)
            prose[place] &= cell.cell_type != "code"
    return {name: Text("\n\n".join(texts), prose[name]) for name, texts in parts.items()}


def _run(graded: Graded, known: Mapping[str, Exercise], texts: Mapping[str, Text]) -> Run:
    state, repairs = noted_in(graded.notebook)
    titles = {name: e.title for e in known.values() for name in (e.grade_id, *e.answers)}
    cells = [cell for cell in graded.cells if cell.grade_id in known]
    hints = [
        Hint(known[c.grade_id].title, c.verdict["mistake"], c.verdict.get("hint") or "")
        for c in cells
        if c.verdict and c.verdict.get("mistake")
    ]
    found = [
        reach
        for name, text in texts.items()
        if not text.prose
        for reach in reaches(text.source, known[name].title)
    ]
    broken = [known[c.grade_id].title for c in cells if c.verdict is None and c.needs_manual]
    manual = {e.title for e in known.values() if e.manual}
    return Run(
        state=state,
        messages=sentences(state, repairs, lambda name: titles.get(name, name)),
        remarks=remarks(state, graded.events, len(hints)),
        seconds=graded.seconds,
        cpu_seconds=graded.cpu_seconds,
        hints=tuple(hints),
        unanswered=frozenset(c.grade_id for c in cells if _is_unanswered(c)),
        troubles=tuple(troubles(graded, list(known.values()))),
        reaches=tuple(found),
        broken_tests=tuple(title for title in broken if title not in manual),
    )


def _is_unanswered(cell: CellGrade) -> bool:
    parts = (cell.verdict or {}).get("parts", ())
    return (
        any(part["message"] == _NOT_ANSWERED for part in parts)
        and not any(part["passed"] for part in parts)
    ) or (cell.error is not None and cell.error.detail.get("exception") == "NotImplementedError")


def exercise_lines(known: Mapping[str, Exercise], lines: Sequence[Line]) -> list[ExerciseLine]:
    """How each exercise went, over those whose file could be read."""
    held = [line.standing.points for line in lines if line.readable]
    scores = [
        {name: None if (p := points.get(name)) is None or p.waiting else p.score for name in known}
        for points in held
    ]
    items = item_analysis({name: e.points for name, e in known.items()}, scores)
    made = []
    for name, exercise in known.items():
        points = [p for each in held if (p := each.get(name))]
        marked = tuple(p.score for p in points if not p.waiting)
        made.append(ExerciseLine(exercise, marked, len(points) - len(marked), items[name]))
    return made


def render(report: Report) -> str:
    """The report as HTML."""
    template = environment().get_template("report.html.j2")
    shares = [(e.exercise.title, e.right, e.partly, e.none, e.waiting) for e in report.exercises]
    return template.render(
        report=report,
        titles={line.exercise.grade_id: line.exercise.title for line in report.exercises},
        names={p.student: p.sortable_name for p in report.roster.values() if p.has_a_name},
        needs_help=NEEDS_HELP,
        most_rows=MOST_ROWS,
        fewest=(FEWEST_TO_CORRELATE, FEWEST_FOR_GROUPS, FEWEST),
        run=RUN,
        least=LEAST,
        nearly_all=NEARLY_ALL,
        files=list(as_csv(report)),
        points_plot=points_plot(report.scores, report.max_points),
        share_plot=share_plot(shares, [e.item.discrimination for e in report.exercises]),
        time_plot=time_plot([run.seconds for _, run in report.ran]) if report.ran else "",
    )


def as_csv(report: Report) -> dict[str, str]:
    """The points as CSV, by file name: all of them, and for Canvas and for Moodle."""
    known = [line.exercise for line in report.exercises]
    held = [line.standing for line in report.lines]
    said = {line.student: line.remarks for line in report.lines}
    name, title, people = report.assignment, report.title, report.roster
    return {
        f"{name}.csv": points_csv(known, held, people, said),
        f"{name}-canvas.csv": canvas_csv(title, report.max_points, held, people),
        f"{name}-moodle.csv": moodle_csv(title, known, held, people),
    }
