"""Puts the report's numbers together from the gradebook and the kept results."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

import nbformat
from nbformat import NotebookNode

from autograder.course import Course
from autograder.events import remarks, sentences
from autograder.gradebook.grades import read_grades
from autograder.grading.graded import CellGrade, Graded
from autograder.grading.results import parse, result_path
from autograder.lms_numbers import read_numbers
from autograder.messages import Problem
from autograder.report.incidents import incidents
from autograder.report.item_analysis import (
    item_analysis,
)
from autograder.report.model import ExerciseLine, Hint, Report, ResultSummary, StudentLine
from autograder.report.roster import roster, with_numbers
from autograder.report.similarity import Text, likeness
from autograder.report.suspicious_code import suspicious_lines
from autograder.submissions.outline import Exercise, exercises, first_heading, grade_id, is_editable
from autograder.submissions.repair import noted_in

_NOT_ANSWERED = "NotImplementedError"


def collect(course: Course, assignment: str) -> Report:
    """Put the report's numbers together from the gradebook and the kept results.

    Raises Problem where the assignment is not released, or nobody was graded yet.
    """
    course.require_released(assignment)
    held = read_grades(course, assignment)
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
    for grades in held.values():
        graded = _kept(course, assignment, grades.student)
        run = None
        if graded is not None:
            texts = _texts(graded.notebook, known)
            run = _run(graded, known, texts)
            if run.state != "unreadable":
                answers[grades.student] = texts
        lines.append(StudentLine(grades.student, grades, known, run))
    return Report(
        assignment=assignment,
        title=first_heading(source) or assignment,
        made=f"{datetime.now(UTC):%-d %B %Y, %H:%M} UTC",
        lines=lines,
        exercises=exercise_lines(known, lines),
        likeness=likeness(answers, _texts(released, known)),
        roster=with_numbers(roster(course), read_numbers(course.root, assignment)),
    )


def _kept(course: Course, assignment: str, student: str) -> Graded | None:
    try:
        return parse(result_path(course.root, assignment, student).read_bytes())[1]
    except (OSError, ValueError):
        return None


def _texts(notebook: NotebookNode, known: Mapping[str, Exercise]) -> dict[str, Text]:
    """Return what was written for each exercise of ``known``: its answers, and own cells behind."""
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


def _run(graded: Graded, known: Mapping[str, Exercise], texts: Mapping[str, Text]) -> ResultSummary:
    state, repairs = noted_in(graded.notebook)
    titles = {name: e.title for e in known.values() for name in (e.grade_id, *e.answers)}
    cells = [cell for cell in graded.cells if cell.grade_id in known]
    hints = [
        Hint(known[c.grade_id].title, c.verdict["mistake"], c.verdict.get("hint") or "")
        for c in cells
        if c.verdict and c.verdict.get("mistake")
    ]
    found = [
        line
        for name, text in texts.items()
        if not text.prose
        for line in suspicious_lines(text.source, known[name].title)
    ]
    broken = [known[c.grade_id].title for c in cells if c.verdict is None and c.needs_manual]
    manual = {e.title for e in known.values() if e.manual}
    return ResultSummary(
        state=state,
        messages=sentences(state, repairs, lambda name: titles.get(name, name)),
        remarks=remarks(state, graded.events, len(hints)),
        seconds=graded.seconds,
        cpu_seconds=graded.cpu_seconds,
        hints=tuple(hints),
        unanswered=frozenset(c.grade_id for c in cells if _is_unanswered(c)),
        incidents=tuple(incidents(graded, list(known.values()))),
        suspicious=tuple(found),
        broken_tests=tuple(title for title in broken if title not in manual),
    )


def _is_unanswered(cell: CellGrade) -> bool:
    parts = (cell.verdict or {}).get("parts", ())
    return (
        any(part.get("cause") == _NOT_ANSWERED for part in parts)
        and not any(part["passed"] for part in parts)
    ) or (cell.error is not None and cell.error.detail.get("exception") == _NOT_ANSWERED)


def exercise_lines(
    known: Mapping[str, Exercise], lines: Sequence[StudentLine]
) -> list[ExerciseLine]:
    """Return how each exercise of ``known`` went, over those whose file could be read."""
    held = [line.grades.points for line in lines if line.readable]
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
