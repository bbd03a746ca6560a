"""The report says what is true of the class, and stands on its own."""

import csv
import html
import re
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright
from test_feedback import opened
from tiny_course import NAME

from autograder.course import Course, Problem
from autograder.gradebook import Points, Standing
from autograder.report import Line, Report, as_csv, collect, render, write_report
from autograder.report_plots import points_plot, share_plot, time_plot

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
    assert double.right + double.partly + double.none == 24
    assert double.share == pytest.approx(sum(double.scores) / 24 / 2.0)
    assert shift.right > 5
    assert why.waiting + len(why.scores) == 24
    assert report.waiting == why.waiting > 5


def test_misconceptions_are_counted_with_their_hint(report: Report) -> None:
    found = {m.mistake: m for m in report.misconceptions}
    assert found["forgets_bias"].exercise == "2. Shift"
    assert found["forgets_bias"].hint == "The bias is a term of the sum: where did it go?"
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
    odd = {line.student: line for line in report.mended}
    assert odd["sample-09-empty-file"].state == "unreadable"
    assert "is empty" in odd["sample-09-empty-file"].messages[0]
    assert odd["sample-11-wrong-name"].state == "mended"
    trouble = {student for student, _ in report.events}
    assert {"sample-05-endless-loop", "sample-06-leaves-python"} <= trouble


def test_the_page_tells_all_of_it(report: Report) -> None:
    page = render(report)
    text = html.unescape(re.sub(r"<[^>]+>", " ", page))
    for wanted in (
        "forgets bias",
        "The bias is a term of the sum: where did it go?",
        "tiny.ipynb is empty",
        "sample-20-huge-output",
        "timeout: no answer within 2 s",
    ):
        assert wanted in text
    for figure in re.findall(r"<svg[^>]*>", page):
        assert 'role="img"' in figure
        assert re.search(r'aria-label="[^"]{40,}"', figure)
    assert page.count("<svg") == 3
    assert "<script" not in page
    assert not re.search(r"(src|href)=(?![\"']?(#|data:,))", page)
    assert "#01010" not in page


def test_names_cannot_break_the_page_or_the_table(report: Report) -> None:
    bad = "=1+1<script>alert(1)</script>"
    renamed = replace(report, lines=[replace(report.lines[0], student=bad), *report.lines[1:]])
    assert "<script" not in render(renamed)
    (row,) = [row for row in as_csv(renamed).splitlines() if "script" in row]
    assert row.startswith(("'=", "\"'="))


def test_the_table(report: Report, graded_tiny: Course) -> None:
    page, table = write_report(graded_tiny, NAME)
    assert page.is_file()
    rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    assert [row["student"] for row in rows] == graded_tiny.students(NAME)
    first = rows[0]
    assert (first["points"], first["of"], first["to mark"]) == ("5", "6", "1")
    assert (first["double-test"], first["shift-test"], first["why-answer"]) == ("2", "3", "")
    assert rows[3]["why-answer"] == "0"
    assert rows[8]["remarks"] == "not readable"


def test_a_class_of_one_without_any_answer(report: Report) -> None:
    points = {e.exercise.grade_id: Points(0.0, None) for e in report.exercises}
    standing = Standing("s", None, None, 0.0, points)
    known = {e.exercise.grade_id: e.exercise for e in report.exercises}
    line = Line("s", standing, known, None, "whole", ())
    one = replace(
        report,
        lines=[line],
        exercises=[replace(e, scores=(0.0,), waiting=0) for e in report.exercises],
        misconceptions=[],
        events=[],
    )
    text = render(one)
    assert "None of the known mistakes was met." in text
    assert "every file was as it should be" in text
    assert "Nothing of the kind." in text


@pytest.mark.parametrize(
    "scores", [[0.0], [20.0] * 3, [-0.5, 20.4], [i / 3 for i in range(60)], [0.25]]
)
def test_plots_of_odd_classes(scores: list[float]) -> None:
    for made in (
        points_plot(scores, 20.0),
        share_plot([("a title & <more>" * 5, 0, 0, 0, 0), ("b", 1, 2, 3, 4)]),
        time_plot(scores),
    ):
        assert made.startswith("<svg role=")
        assert "<more>" not in made
        assert points_plot(scores, 20.0) == points_plot(scores, 20.0)


def test_nobody_was_graded(tiny: Course) -> None:
    with pytest.raises(Problem, match="Nobody was graded yet"):
        collect(tiny, NAME)


@pytest.mark.browser
def test_the_page_is_usable(graded_tiny: Course, tmp_path: Path) -> None:
    made, _ = write_report(graded_tiny, NAME)
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
