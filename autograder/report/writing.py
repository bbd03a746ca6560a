"""Writes the instructor's report: one HTML file that needs nothing else, and CSVs."""

from pathlib import Path

from autograder.course import Course
from autograder.feedback.page import environment
from autograder.files import write_atomically
from autograder.report.collect import collect
from autograder.report.csv_files import canvas_csv, moodle_csv, moodle_worksheet_csv, points_csv
from autograder.report.item_analysis import (
    FEWEST_FOR_GROUPS,
    FEWEST_TO_CORRELATE,
)
from autograder.report.model import NEEDS_HELP, Report
from autograder.report.plots import points_plot, share_plot, time_plot
from autograder.report.similarity import FEWEST, LEAST, NEARLY_ALL, RUN

#: A longer table is folded from there on.
MOST_ROWS = 30


def write_report(course: Course, assignment: str) -> tuple[Report, list[Path]]:
    """Write ``report/<assignment>.html`` and its CSVs; returns the report and the files' paths.

    Raises Problem where nobody was graded yet, and OSError.
    """
    report = collect(course, assignment)
    files = {f"{assignment}.html": render(report), **as_csv(report)}
    for name, text in files.items():
        write_atomically(course.report / name, text)
    return report, [course.report / name for name in files]


def render(report: Report) -> str:
    """Return the report as HTML."""
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
    """Return the points as CSV, by file name: all of them, and for Canvas and for Moodle."""
    known = [line.exercise for line in report.exercises]
    held = [line.grades for line in report.lines]
    said = {line.student: line.remarks for line in report.lines}
    name, title, people = report.assignment, report.title, report.roster
    files = {
        f"{name}.csv": points_csv(known, held, people, said),
        f"{name}-canvas.csv": canvas_csv(title, report.max_points, held, people),
        f"{name}-moodle.csv": moodle_csv(title, known, held, people),
    }
    if any(person.participant for person in people.values()):
        files[f"{name}-moodle-worksheet.csv"] = moodle_worksheet_csv(known, held, people)
    return files
