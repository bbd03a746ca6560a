"""nbgrader's formgrader in a browser: every button works, through our two processes."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from as_used import TOKEN, Formgrader, Student, jupyter_lab, use_exchange
from playwright.sync_api import Browser, Page, expect
from tiny_course import NAME, RIGHT, answered, write_solutions

from autograder.course import Course
from autograder.demo.sample_class import Bank
from autograder.gradebook.grades import read_grades
from autograder.release import read_source, release

pytestmark = [pytest.mark.e2e, pytest.mark.browser, pytest.mark.sandbox]

#: Each changes the title of the page that runs it, or calls home.
SCRIPT = """\
<script>document.title = 'taken'</script>
<img src=x onerror="document.title = 'taken'">
<svg onload="document.title = 'taken'"><script>document.title = 'taken'</script></svg>
<iframe srcdoc="<script>parent.document.title = 'taken'</script>"></iframe>
<details open ontoggle="document.title = 'taken'"><summary>more</summary></details>
<form action="http://example.invalid/"><button>press me</button></form>
<img src="http://example.invalid/seen.png"><link rel=stylesheet href="http://example.invalid/x.css">
<meta http-equiv="refresh" content="0; url=http://example.invalid/">
<a href="javascript:document.title = 'taken'">press me</a>
</div></textarea></title><script>document.title = 'taken'</script>
"""
LINK = "[press me](javascript:document.title='taken') ![](http://example.invalid/a.png)"
LOOPS = RIGHT | {"double-answer": "def double(x):\n    while True:\n        pass\n"}
HOSTILE = RIGHT | {
    "double-answer": "import os, sys\n"
    "from IPython.display import HTML, Javascript, Markdown, SVG, display\n"
    f"text = {SCRIPT!r}\n"
    "picture = '<svg xmlns=\"http://www.w3.org/2000/svg\">' + text + '</svg>'\n"
    "display(HTML(text), Markdown(text), Javascript('document.title = \"taken\"'))\n"
    "display({'image/svg+xml': picture, 'text/latex': text}, raw=True)\n"
    "print(text)\n"
    "print(sorted(os.environ), os.path.exists(os.path.expanduser('~')), file=sys.stderr)\n"
    "def double(x):\n    os._exit(0)\n",
    "why-answer": f"I **wonder**. {LINK}\n\n{SCRIPT}",
}
ANSWERS = {"sample-right": RIGHT, "sample-loops": LOOPS, "sample-hostile": HOSTILE}
POINTS = {"sample-right": 5.0, "sample-loops": 3.0, "sample-hostile": 3.0}
COMMENT = "Well said: a shift *is no* scale."


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("formgrader")


@pytest.fixture(scope="module")
def course(place: Path) -> Course:
    course = Course.at(place / "a course", write_solutions(place / "solutions"))
    release(course, NAME)
    use_exchange(course, place / "exchange")
    with (course.root / "own_config.py").open("a") as file:
        file.write("c.TwoProcessExecute.options = {'call_seconds': 2.0}\n")
    return course


@pytest.fixture(scope="module")
def students(place: Path) -> dict[str, Student]:
    return {name: Student(name, place / name, place / "exchange") for name in ANSWERS}


@pytest.fixture(scope="module")
def page(browser: Browser) -> Iterator[Page]:
    expect.set_options(timeout=60_000)  # machines on which others are at work are slow
    with browser.new_context(viewport={"width": 1300, "height": 900}) as context:
        context.set_default_timeout(120_000)
        yield context.new_page()


@pytest.fixture(scope="module")
def formgrader(course: Course, place: Path, page: Page) -> Iterator[Formgrader]:
    with jupyter_lab(course.root, place / "instructor") as address:
        page.goto(f"{address}/lab?token={TOKEN}")
        yield Formgrader(page, address)


@pytest.fixture(scope="module")
def collected(
    formgrader: Formgrader, course: Course, students: dict[str, Student]
) -> dict[str, str]:
    """What nbgrader logged: generated, released, handed in, and collected."""
    shutil.rmtree(course.release)
    formgrader.open("manage_assignments")
    logs = {button: formgrader.press(NAME, button) for button in ("assign", "release")}
    for name, student in students.items():
        student.submit(NAME, answered(student.fetch(NAME), ANSWERS[name]))
    logs["collect"] = formgrader.press(NAME, "collect")
    return logs


@pytest.fixture(scope="module")
def graded(formgrader: Formgrader, collected: dict[str, str]) -> dict[str, str]:
    """What nbgrader logged while it graded each student."""
    formgrader.open("manage_submissions", NAME)
    return {student: formgrader.press(student, "autograde") for student in ANSWERS}


@pytest.fixture(scope="module")
def marked(formgrader: Formgrader, graded: dict[str, str]) -> None:
    """A person has marked the written answer of one student; feedback was made and released."""
    formgrader.open_submission(NAME, "sample-right")
    formgrader.mark("why-answer", 0.75, COMMENT)
    formgrader.open("manage_submissions", NAME)
    formgrader.press("sample-right", "generate-feedback")
    formgrader.press("sample-right", "release-feedback")
    formgrader.press("sample-hostile", "generate-feedback")


def test_jupyterlab_in_the_course_folder_offers_the_formgrader(
    formgrader: Formgrader, page: Page
) -> None:
    page.goto(f"{formgrader.address}/lab")
    page.get_by_role("menuitem", name="Nbgrader", exact=True).click()
    page.get_by_role("menuitem", name="Formgrader", exact=True).click()
    table = page.frame_locator("iframe").locator("#main-table")
    expect(table).to_contain_text(NAME, timeout=30_000)


def test_generate_release_and_collect(collected: dict[str, str], course: Course) -> None:
    assert "Writing" in collected["assign"]
    assert "Released as" in collected["release"]
    text = (course.release / NAME / f"{NAME}.ipynb").read_text()
    assert "raise NotImplementedError" in text
    assert "hidden.grade" not in text
    assert course.students(NAME) == sorted(ANSWERS)


def test_autograde_runs_in_our_two_processes(
    graded: dict[str, str], course: Course, formgrader: Formgrader
) -> None:
    for student, log in graded.items():
        assert f"Graded {student}'s {NAME} in a sandbox" in log
        assert (course.results / NAME / f"{student}.json").is_file()
    assert {s: got.score for s, got in read_grades(course, NAME).items()} == POINTS
    formgrader.open("manage_submissions", NAME)
    for student, points in POINTS.items():
        expect(formgrader.row(student)).to_contain_text(f"{points:g} / 6")
        expect(formgrader.row(student)).to_contain_text("needs manual grading")


def test_nothing_that_a_student_wrote_runs_in_the_instructors_browser(
    graded: dict[str, str], formgrader: Formgrader, page: Page
) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    formgrader.open_submission(NAME, "sample-hostile")
    expect(page.locator("strong", has_text="wonder")).to_be_visible()
    expect(page.get_by_text("document.title = 'taken'").first).to_be_visible()
    for link in page.locator("#notebook a", has_text="press me").all():
        link.click()
    page.wait_for_timeout(500)
    assert page.title() == NAME
    assert (
        page.locator(
            "#notebook script, #notebook iframe, #notebook form, meta[content*=url]"
        ).count()
        == 0
    )
    assert page.locator("[onerror], [onload], [ontoggle], [href^=javascript]").count() == 0
    assert len(asked) > 3
    assert [url for url in asked if not url.startswith((formgrader.address, "data:"))] == []


def test_points_and_comment_given_by_hand(
    marked: None, course: Course, formgrader: Formgrader
) -> None:
    held = read_grades(course, NAME)["sample-right"]
    assert held.points["why-answer"].manual == 0.75
    assert held.comments == {"why-answer": COMMENT}
    formgrader.open("manage_submissions", NAME)
    expect(formgrader.row("sample-right")).to_contain_text("5.75 / 6")


def test_the_feedback_is_ours(marked: None, course: Course, page: Page) -> None:
    said = {"sample-right": "5.75 of 6 points", "sample-hostile": "3 of 6 points"}
    for student, points in said.items():
        path = course.feedback / student / NAME / f"{NAME}.html"
        page.goto(path.as_uri())
        expect(page.locator("body")).to_contain_text(points)
        assert page.locator("script, iframe, form, [onerror], [onload]").count() == 0
        for secret in ("hidden.grade", "HIDDEN TESTS"):
            assert secret not in path.read_text(encoding="utf-8")
        if student == "sample-right":
            expect(page.locator("em", has_text="is no").first).to_be_visible()


def test_the_student_fetches_it(marked: None, students: dict[str, Student], course: Course) -> None:
    (page,) = students["sample-right"].fetched_feedback(NAME)
    ours = course.feedback / "sample-right" / NAME / f"{NAME}.html"
    assert page.read_bytes() == ours.read_bytes()


def test_the_real_assignment(place: Path, page: Page) -> None:
    """From `autograder release` to the points, by button."""
    course = Course.at(place / "the real course")
    release(course, "rnn")
    released = nbformat.read(course.release / "rnn" / "rnn.ipynb", as_version=4)
    bank = Bank.load(course.solutions / "rnn", read_source(course, "rnn"), released)
    folder = course.submitted / "sample-all-right" / "rnn"
    folder.mkdir(parents=True)
    nbformat.write(bank.notebook(bank.solutions), folder / "rnn.ipynb")
    with jupyter_lab(course.root, place / "another instructor") as address:
        page.goto(f"{address}/formgrader?token={TOKEN}")
        formgrader = Formgrader(page, address)
        formgrader.open("manage_submissions", "rnn")
        formgrader.press("sample-all-right", "autograde")
        expect(formgrader.row("sample-all-right")).to_contain_text("19 / 20")
        formgrader.press("sample-all-right", "generate-feedback")
    page.goto((course.feedback / "sample-all-right" / "rnn" / "rnn.html").as_uri())
    expect(page.locator("body")).to_contain_text("19 of 20 points")
