"""The report says what is true of the class, and stands on its own."""

import csv
import html
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from opened_page import opened
from playwright.sync_api import sync_playwright
from tiny_course import NAME

from autograder.course import Course
from autograder.gradebook.grades import Points, SubmissionGrades
from autograder.messages import Problem
from autograder.report.collect import collect, exercise_lines
from autograder.report.model import Report, StudentLine
from autograder.report.plots import points_plot, share_plot, time_plot
from autograder.report.roster import Person
from autograder.report.similarity import Likeness
from autograder.report.writing import as_csv, render, write_report

pytestmark = pytest.mark.sandbox


@pytest.fixture(scope="module")
def report(graded_tiny: Course) -> Report:
    return collect(graded_tiny, NAME)


def test_the_numbers_of_the_class(report: Report) -> None:
    assert report.title == "Assignment: tiny"
    assert len(report.lines) == 24
    assert report.max_points == 6.0
    by_name = {line.student: line for line in report.lines}
    assert by_name["sample-01-all-right"].score == 5.0
    assert by_name["sample-01-all-right"].marked == 5.0
    assert by_name["sample-04-untouched"].marked == 6.0
    assert report.mean == pytest.approx(sum(report.scores) / 24)
    double, shift, why = report.exercises
    assert [e.exercise.title for e in report.exercises] == [
        "1. Double",
        "2. Shift",
        "3. In your own words",
    ]
    readable = 24 - report.unreadable
    assert report.unreadable == 5
    assert double.right + double.partly + double.none == readable
    assert double.item.difficulty == pytest.approx(sum(double.scores) / readable / 2.0)
    assert double.mean == pytest.approx(2.0 * double.item.difficulty)
    assert double.item.discrimination is not None
    assert shift.right > 5
    assert why.waiting + len(why.scores) == readable
    assert report.waiting == why.waiting > 5
    assert report.likeness.compared == 3


def test_misconceptions_are_counted_with_their_hint(report: Report) -> None:
    found = {m.hint.mistake: m for m in report.misconceptions}
    assert found["forgets_bias"].hint.exercise == "2. Shift"
    assert found["forgets_bias"].hint.text == "The bias is a term of the sum: where did it go?"
    assert {"sample-07-forgets-bias", "sample-08-three-mistakes"} <= set(
        found["forgets_bias"].students
    )
    counts = [len(m.students) for m in report.misconceptions]
    assert counts == sorted(counts, reverse=True)


def test_who_needs_help_and_what_was_odd(report: Report) -> None:
    low = [line.student for line in report.need_help]
    assert "sample-04-untouched" in low
    assert "sample-01-all-right" not in low
    scores = [line.score for line in report.need_help]
    assert scores == sorted(scores)
    by_name = {line.student: line for line in report.lines}
    untouched = by_name["sample-04-untouched"]
    assert untouched.unanswered == [e.exercise.title for e in report.exercises]
    assert untouched.wrong == []
    patched = by_name["sample-10-patched-numpy"]
    assert patched.wrong == ["1. Double", "2. Shift"]
    assert patched.unanswered == ["3. In your own words"]
    odd = {line.student: run for line, run in report.repaired}
    assert odd["sample-09-empty-file"].state == "unreadable"
    assert "is empty" in odd["sample-09-empty-file"].messages[0]
    assert odd["sample-11-wrong-name"].state == "repaired"


def test_trouble_has_a_name_and_a_place(report: Report) -> None:
    runs = {line.student: run for line, run in report.ran}
    (hung,) = runs["sample-05-endless-loop"].incidents
    assert (hung.what, hung.where) == ("hung", "2. Shift")
    (left,) = runs["sample-06-leaves-python"].incidents
    assert (left.what, left.where) == ("ended the Python process", "1. Double")
    assert {r.what for r in runs["sample-06-leaves-python"].suspicious} == {
        "reaches out of the notebook"
    }
    changes = runs["sample-10-patched-numpy"].suspicious
    assert {r.what for r in changes} == {"changes a library"}
    assert len(changes) == 5
    assert not any(run.broken_tests for run in runs.values())
    for student in ("sample-01-all-right", "sample-04-untouched", "sample-07-forgets-bias"):
        assert not runs[student].incidents
        assert not runs[student].suspicious


def test_the_page_tells_all_of_it(report: Report) -> None:
    page = render(report)
    text = html.unescape(re.sub(r"<[^>]+>", " ", page))
    for wanted in (
        "forgets bias",
        "The bias is a term of the sum: where did it go?",
        "tiny.ipynb is empty",
        "sample-20-huge-output",
        "hung 2 times: 2. Shift",
        "np.allclose = lambda",
        "Tells strong from weak",
        "30 students are needed",
        "No pair stands out",
    ):
        assert wanted in text
    for figure in re.findall(r"<svg[^>]*>", page):
        assert 'role="img"' in figure
        assert re.search(r'aria-label="[^"]{40,}"', figure)
    assert page.count("<svg") == 6
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'(?:url\(|href=")#([^")]+)', page)) <= set(ids)
    assert "<script" not in page
    assert not re.search(r"(src|href)=(?![\"']?(#|data:,))", page)
    assert "#01010" not in page


def test_names_cannot_break_the_page_or_the_table(report: Report) -> None:
    bad = "=1+1<script>alert(1)</script>"
    renamed = replace(report, lines=[replace(report.lines[0], student=bad), *report.lines[1:]])
    assert "<script" not in render(renamed)


def test_the_files(report: Report, graded_tiny: Course) -> None:
    made, files = write_report(graded_tiny, NAME)
    assert [path.name for path in files] == [
        f"{NAME}.html",
        f"{NAME}.csv",
        f"{NAME}-canvas.csv",
        f"{NAME}-moodle.csv",
    ]
    assert all(path.is_file() for path in files)
    assert len(made.ungraded) == report.waiting
    rows = list(csv.DictReader(files[1].read_text(encoding="utf-8-sig").splitlines()))
    assert [row["student"] for row in rows] == graded_tiny.students(NAME)
    first = rows[0]
    assert (first["points"], first["of"], first["to mark"]) == ("5", "6", "1")
    assert (first["double-test"], first["shift-test"], first["why-answer"]) == ("2", "3", "")
    assert rows[3]["why-answer"] == "0"
    assert rows[8]["remarks"] == "not readable"


def a_class(report: Report, size: int, manual: float | None) -> Report:
    """A class of which no results are kept; ``manual`` is what everyone has for the last answer."""
    *known, by_hand = [e.exercise for e in report.exercises]
    lines = []
    for i in range(size):
        points = {
            e.grade_id: Points(e.points * ((i + k) % 3) / 2, None) for k, e in enumerate(known)
        }
        points[by_hand.grade_id] = Points(None, manual)
        grades = SubmissionGrades(f"student-{i:03d}", None, None, 0.0, points)
        exercises = {e.grade_id: e for e in (*known, by_hand)}
        lines.append(StudentLine(grades.student, grades, exercises, None))
    return replace(
        report,
        lines=lines,
        exercises=exercise_lines(lines[0].exercises, lines),
        likeness=Likeness((), 0, 0.0, 0.0, 0),
        roster={"student-000": Person("student-000", "Ädä <b>", "Núñez")},
    )


@pytest.mark.parametrize("manual", [None, 0.5])
@pytest.mark.parametrize("size", [1, 2, 300])
def test_classes_of_any_size(report: Report, size: int, manual: float | None) -> None:
    held = a_class(report, size, manual)
    page = render(held)
    text = html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))
    assert f"{size} submission{'s' * (size > 1)} " in text
    assert "Núñez, Ädä <b>" in text
    assert "nan" not in text.lower().split()
    assert len(re.findall(r'<th scope="row">student-', page)) == size + len(held.need_help)
    assert ("270 more students" in text) == (size == 300)
    assert ("not in the files for Canvas and Moodle" in text) == (manual is None)
    whole, canvas, moodle = (text.splitlines() for text in as_csv(held).values())
    graded = 0 if manual is None else size
    assert (len(whole), len(canvas), len(moodle)) == (size + 1, graded + 2, graded + 1)


def test_a_class_of_one_without_any_answer(report: Report) -> None:
    points = {e.exercise.grade_id: Points(0.0, None) for e in report.exercises}
    grades = SubmissionGrades("s", None, None, 0.0, points)
    known = {e.exercise.grade_id: e.exercise for e in report.exercises}
    nothing = Likeness((), 0, 0.0, 0.0, 0)
    lines = [StudentLine("s", grades, known, None)]
    one = replace(
        report,
        lines=lines,
        exercises=exercise_lines(known, lines),
        likeness=nothing,
    )
    text = render(one)
    assert "too few to tell: 1 of 10 students" in text
    assert "No results are kept." in text
    assert "no exercise has the 8 answers" in text
    assert "None of the known mistakes was met." in text
    assert "every file was as it should be" in text
    assert "Nothing of the kind." in text


@pytest.mark.parametrize(
    "scores", [[0.0], [20.0] * 3, [-0.5, 20.4], [i / 3 for i in range(60)], [0.25]]
)
def test_plots_of_odd_classes(scores: list[float]) -> None:
    for made in (
        points_plot(scores, 20.0),
        share_plot([("a title & <more>" * 5, 0, 0, 0, 0), ("b", 1, 2, 3, 4)], [None, -0.3]),
        time_plot(scores),
    ):
        assert made.startswith('<div class="wide"><svg role=')
        assert made.count("<svg role=") == 2
        assert "<more>" not in made
        assert points_plot(scores, 20.0) == points_plot(scores, 20.0)


def test_nobody_was_graded(tiny: Course) -> None:
    with pytest.raises(Problem, match="Nobody was graded yet"):
        collect(tiny, NAME)


@pytest.mark.browser
def test_the_page_is_usable(graded_tiny: Course, tmp_path: Path) -> None:
    _, (made, *_) = write_report(graded_tiny, NAME)
    page_path = Path(shutil.copy(made, tmp_path / "report.html"))
    with sync_playwright() as playwright:
        for width in (390, 1280):
            assert opened(playwright, page_path, width) == []
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox", "--disable-gpu"]
        )
        student = graded_tiny.feedback / "sample-07-forgets-bias" / NAME / f"{NAME}.html"
        pages = [page_path, *([student] if student.is_file() else [])]
        for path in pages:
            for scheme in ("light", "dark"):
                # axe is a script of the test's; the page itself allows none.
                context = browser.new_context(color_scheme=scheme, bypass_csp=True)
                page = context.new_page()
                page.goto(path.as_uri())
                found = Axe().run(page)
                assert found.violations_count == 0, found.generate_report()
        browser.close()
