"""What a student reads: points, words and hints; never the tests, and nothing that runs."""

import errno
import html
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from opened_page import opened
from playwright.sync_api import sync_playwright
from tiny_course import EXERCISES, NAME, RIGHT, answered

from autograder.course import Course
from autograder.feedback import writing
from autograder.feedback.writing import write_feedback
from autograder.messages import Problem
from autograder.nbgrader_log import nbgrader_logged
from autograder.scheduling.grade import grade

pytestmark = pytest.mark.sandbox

FeedbackOf = Callable[[str], str]
HandIn = Callable[..., Path]

#: Shown by nothing of ours, but in the hidden tests.
SECRETS = [
    line.strip()
    for text in EXERCISES.values()
    for line in text.split("@declared.mistake")[0].splitlines()
    if len(line.strip()) > 20
]


def words(page: str) -> str:
    """What can be read on a page."""
    body = page[page.index("<body") :]
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def test_the_top_says_how_it_went(feedback_of: FeedbackOf) -> None:
    text = words(feedback_of("sample-07-forgets-bias"))
    assert text.startswith(
        "Assignment: tiny Feedback for sample-07-forgets-bias , handed in 2 March 2026, 10:42 UTC "
        "3 of 6 points, and 1 more still to be marked by hand"
    )
    assert "1. Double 2 / 2 All right Passed." in text
    assert "2. Shift 1 / 3 Partly right 1 of 2 parts passed. with a shift (2 points): y:" in text
    assert "Hint. The bias is a term of the sum: where did it go?" in text
    assert "3. In your own words – / 1 To be marked by hand" in text


def test_what_was_odd_about_the_file_is_said_first(feedback_of: FeedbackOf) -> None:
    text = words(feedback_of("sample-11-wrong-name"))
    before, _, after = text.partition("About the file you handed in")
    assert "Your exercises" not in before
    assert after.strip().startswith("The notebook is called tiny (1).ipynb, not tiny.ipynb.")
    assert "tiny.ipynb is empty" in words(feedback_of("sample-09-empty-file"))
    assert "About the file" not in words(feedback_of("sample-01-all-right"))


def test_an_unanswered_notebook(feedback_of: FeedbackOf) -> None:
    text = words(feedback_of("sample-04-untouched"))
    assert "0 of 6 points" in text
    assert "It is not answered yet (NotImplementedError)." in text
    assert "There is no answer." in text


def test_a_loop_and_a_crash_are_told(feedback_of: FeedbackOf) -> None:
    assert "is there a loop that never ends?" in words(feedback_of("sample-05-endless-loop"))
    assert "ended the Python process" in words(feedback_of("sample-06-leaves-python"))


def test_no_page_shows_a_test_or_runs_anything(
    graded_tiny: Course, feedback_of: FeedbackOf
) -> None:
    students = graded_tiny.students(NAME)
    assert len(students) == 24
    for student in students:
        page = feedback_of(student)
        text = words(page)
        for secret in ("hidden.grade", "HIDDEN TESTS", *SECRETS):
            assert secret not in text, (student, secret)
        assert "<script" not in page
        assert not re.search(
            r"(src|href)=(?![\"']?(#|data:,|data:image/(png|jpeg|gif|webp);))", page
        )
        assert "default-src 'none'" in page


HARMFUL = {
    "why-answer": "<script>alert(1)</script><img src=x onerror=alert(1)>\n\n"
    "[x](javascript:alert(1)) ![x](https://example.org/x.png)",
    "double-answer": "def double(x):\n    return 2 * x\n\n"
    "class Html:\n    def _repr_html_(self):\n"
    "        return '<script>alert(1)</script><img src=https://example.org/y.png>'\n\n"
    "print('<script>alert(1)</script>')\nHtml()",
    "shift-answer": "raise ValueError('<script>alert(1)</script>')  # </pre><script>",
}


def test_what_a_student_writes_does_not_run(tiny: Course, hand_in: HandIn) -> None:
    notebook = answered(nbformat.read(tiny.release / NAME / f"{NAME}.ipynb", as_version=4), HARMFUL)
    notebook.cells.insert(0, nbformat.v4.new_raw_cell("<script>alert(1)</script>"))
    notebook.cells.insert(0, nbformat.v4.new_markdown_cell("# <svg onload=alert(1)>"))
    hand_in("s", notebook)
    grade(tiny, NAME)
    (made,) = write_feedback(tiny, NAME)
    page = made.path.read_text()
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert not re.search(r"<[^>]*\sonerror", page)
    assert not re.search(r"<[^>]*src=[\"']?https?:", page)
    with sync_playwright() as playwright:
        seen = opened(playwright, made.path)
    assert seen == []


def test_titles_are_the_instructors(tiny: Course, hand_in: HandIn) -> None:
    notebook = answered(nbformat.read(tiny.release / NAME / f"{NAME}.ipynb", as_version=4), RIGHT)
    notebook.cells.insert(0, nbformat.v4.new_markdown_cell("# All points earned"))
    notebook.cells.insert(6, nbformat.v4.new_markdown_cell("## 99. Full marks"))
    hand_in("s", notebook)
    grade(tiny, NAME)
    (made,) = write_feedback(tiny, NAME)
    text = words(made.path.read_text())
    assert text.startswith("Assignment: tiny Feedback for s")
    assert "1. Double 2 / 2" in text
    assert "99. Full marks 2 / 2" not in text


def test_a_mark_given_by_hand_and_its_comment(tiny: Course, hand_in: HandIn) -> None:
    hand_in("s", RIGHT)
    grade(tiny, NAME)
    with nbgrader_logged(tiny.log), Gradebook(tiny.config().CourseDirectory.db_url) as book:
        book.find_grade("why-answer", NAME, NAME, "s").manual_score = 0.5
        book.find_comment("why-answer", NAME, NAME, "s").manual_comment = "Good, but why $x$?"
        book.find_grade("double-test", NAME, NAME, "s").manual_score = 1.0
        book.find_comment("shift-answer", NAME, NAME, "s").manual_comment = "Short and clear."
        book.db.commit()
    (made,) = write_feedback(tiny, NAME)
    text = words(made.path.read_text())
    assert "4.5 of 6 points" in text
    assert "Partly right Comment. Good, but why" in text
    assert "return x + b Comment. Short and clear. 2. Shift" in text
    assert "Your instructor set these points. The tests said: Passed." in text
    assert "to be marked" not in text


def test_only_pages_of_which_something_changed_are_made_again(
    tiny: Course, hand_in: HandIn
) -> None:
    for student in "ab":
        hand_in(student, RIGHT)
    grade(tiny, NAME)

    def made() -> dict[str, int]:
        return {page.student: page.path.stat().st_mtime_ns for page in write_feedback(tiny, NAME)}

    first = made()
    assert made() == first
    with nbgrader_logged(tiny.log), Gradebook(tiny.config().CourseDirectory.db_url) as book:
        book.find_comment("why-answer", NAME, NAME, "a").manual_comment = "Yes."
        book.db.commit()
    second = made()
    assert second["a"] > first["a"]
    assert second["b"] == first["b"]
    hand_in("b", RIGHT | {"shift-answer": "def shift(x, b):\n    return x\n"})
    grade(tiny, NAME)
    third = made()
    assert third["a"] == second["a"]
    assert third["b"] > second["b"]
    forced = [page.path.stat().st_mtime_ns for page in write_feedback(tiny, NAME, force=True)]
    assert min(forced) > max(third.values())


def test_plain_nbgrader_makes_the_same_page(graded_tiny: Course, tmp_path: Path) -> None:
    course = Course.at(tmp_path / "copy of it", graded_tiny.solutions)
    shutil.copytree(graded_tiny.root, course.root)
    student = "sample-07-forgets-bias"
    (ours,) = write_feedback(course, NAME, [student])
    page = ours.path.read_bytes()
    done = subprocess.run(
        [
            Path(sys.executable).with_name("nbgrader"),
            "generate_feedback",
            NAME,
            f"--student={student}",
            "--force",
        ],
        cwd=course.root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert ours.path.read_bytes() == page


def in_place_of_the_folder(course: Course, student: str) -> None:
    course.feedback.mkdir()
    (course.feedback / student).write_text("not a folder")


def in_place_of_the_page(course: Course, student: str) -> None:
    page = course.feedback / student / NAME / f"{NAME}.html"
    (page / "full").mkdir(parents=True)


def in_place_of_the_notebook(course: Course, student: str) -> None:
    notebook = course.autograded / student / NAME / f"{NAME}.ipynb"
    notebook.unlink()
    notebook.mkdir()


def in_place_of_the_stamp(course: Course, student: str) -> None:
    (course.root / ".stamps" / "feedback" / NAME / student / "x").mkdir(parents=True)


@pytest.mark.parametrize(
    "obstacle",
    [
        in_place_of_the_folder,
        in_place_of_the_page,
        in_place_of_the_notebook,
        in_place_of_the_stamp,
    ],
)
def test_what_stands_in_the_way_of_a_page_is_in_the_way_of_no_other(
    obstacle: Callable[[Course, str], None], three_graded: Course, tmp_path: Path
) -> None:
    course = Course.at(tmp_path / "copy", three_graded.solutions)
    shutil.copytree(three_graded.root, course.root)
    shutil.rmtree(course.feedback, ignore_errors=True)
    obstacle(course, "first")
    made = {page.student: page for page in write_feedback(course, NAME)}
    assert made.keys() == {"first", "nothing", "right"}
    for student in ("nothing", "right"):
        assert not made[student].problem
        assert made[student].path.is_file()
    first = made["first"]
    assert first.path.is_file() or first.problem.startswith("no page could be made: ")


def test_a_full_disk_ends_the_run(three_graded: Course, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(writing, "_write", full)
    with pytest.raises(OSError, match="No space left"):
        list(write_feedback(three_graded, NAME, force=True))


def test_nobody_graded_and_a_stranger(tiny: Course, graded_tiny: Course) -> None:
    with pytest.raises(Problem, match="Not graded yet for 'tiny': nobody was"):
        list(write_feedback(tiny, NAME))
    with pytest.raises(Problem, match="Not graded yet for 'tiny': nobody-at-all"):
        list(write_feedback(graded_tiny, NAME, ["nobody-at-all"]))


@pytest.mark.browser
@pytest.mark.parametrize("width", [390, 1280])
def test_pages_open_without_a_request_or_a_complaint(
    width: int, graded_tiny: Course, feedback_of: FeedbackOf
) -> None:
    assert feedback_of("sample-01-all-right")
    with sync_playwright() as playwright:
        for student in ("sample-07-forgets-bias", "sample-09-empty-file"):
            path = graded_tiny.feedback / student / NAME / f"{NAME}.html"
            assert opened(playwright, path, width) == []
