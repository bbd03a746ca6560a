"""Nothing that a student wrote runs, or calls home, where a person opens it."""

import http.server
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from as_used import TOKEN, Formgrader, jupyter_lab
from lab import submission
from lab_course import NAME, hand_in, released_course
from payloads import TAKEN, notebook
from playwright.sync_api import Browser, Page, expect

from autograder.course import Course
from autograder.feedback.writing import write_feedback
from autograder.report.writing import write_report
from autograder.scheduling.grade import grade

pytestmark = [pytest.mark.browser, pytest.mark.sandbox]

HOSTILE = f"<img src=x onerror=top.{TAKEN}name=1>"
HONEST = "sample-honest"
FILE = f"<img src=x onerror=top.{TAKEN}file=1>.ipynb"


@dataclass(frozen=True)
class Home:
    """Where the payloads call; ``calls`` are the paths that were asked for."""

    address: str
    calls: list[str]


@pytest.fixture(scope="module")
def home() -> Iterator[Home]:
    calls: list[str] = []

    class Listens(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            calls.append(self.path)
            self.send_error(404)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Listens) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Home(f"http://127.0.0.1:{server.server_address[1]}/", calls)
        server.shutdown()


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory, home: Home) -> Course:
    course = released_course(tmp_path_factory.mktemp("browser"))
    path = hand_in(course, HOSTILE, notebook(home.address))
    path.rename(path.with_name(FILE))
    hand_in(course, HONEST, submission())
    assert [outcome.problem for outcome in grade(course, NAME, workers=1)] == ["", ""]
    assert [page.problem for page in write_feedback(course, NAME)] == ["", ""]
    return course


@pytest.fixture(autouse=True)
def silence(home: Home) -> None:
    home.calls.clear()


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    with browser.new_context() as context:
        page = context.new_page()
        page.on("dialog", lambda dialog: dialog.dismiss())
        yield page


def assert_nothing_happened(page: Page, home: Home) -> None:
    page.wait_for_timeout(300)
    names = f"Object.keys(window).filter(name => name.startsWith('{TAKEN}'))"
    assert page.evaluate(names) == []
    links = (
        "[...document.links].map(a => a.protocol).filter(p => !/^(https?|mailto|file):$/.test(p))"
    )
    assert page.evaluate(links) == []
    assert home.calls == []


def texts_that_stay(home: Home) -> list[str]:
    """Payloads as HTML, but for the one that leaves the page: no policy of a page forbids that."""
    texts = [cell.source for cell in notebook(home.address).cells if cell.cell_type == "raw"]
    return [text for text in texts if "http-equiv" not in text]


def test_the_payloads_do_run_where_nothing_stops_them(
    page: Page, home: Home, tmp_path: Path
) -> None:
    ran = 0
    for number, text in enumerate(texts_that_stay(home)):
        path = tmp_path / f"{number}.html"
        path.write_text(f"<!DOCTYPE html><title>x</title><body>{text}")
        page.goto(path.as_uri())
        ran += TAKEN in page.evaluate("Object.keys(window).join()")
    assert ran > 12
    assert len(home.calls) > 5


@pytest.mark.parametrize("student", [HOSTILE, HONEST])
def test_a_feedback_page(student: str, page: Page, home: Home, course: Course) -> None:
    path = course.feedback / student / NAME / f"{NAME}.html"
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.goto(path.as_uri())
    expect(page.locator("#summary")).to_be_visible()
    assert_nothing_happened(page, home)
    assert [url for url in asked if not url.startswith("data:")] == [path.as_uri()]
    assert complaints == []
    assert page.title().endswith(f": feedback for {student}")


def test_the_policy_of_a_page_holds_by_itself(
    page: Page, home: Home, course: Course, tmp_path: Path
) -> None:
    """Were a payload in the page as it is, it would not run either."""
    source = (course.feedback / HONEST / NAME / f"{NAME}.html").read_text()
    before, after = source.split("</h1>")
    for number, text in enumerate(texts_that_stay(home)):
        path = tmp_path / f"{number}.html"
        path.write_text(f"{before}</h1>{text}{after}")
        page.goto(path.as_uri())
        assert TAKEN not in page.evaluate("Object.keys(window).join()"), text
    assert home.calls == []


def test_the_formgrader(page: Page, home: Home, course: Course, tmp_path: Path) -> None:
    with jupyter_lab(course.root, tmp_path / "instructor") as address:
        page.goto(f"{address}/formgrader?token={TOKEN}")
        formgrader = Formgrader(page, address)
        for place in (
            ("manage_submissions", NAME),
            ("manage_students",),
            ("gradebook",),
            ("gradebook", NAME),
            ("gradebook", NAME, NAME),
        ):
            formgrader.open(*place)
            assert_nothing_happened(page, home)
        for student in (HOSTILE, HONEST):
            formgrader.open("gradebook", NAME, NAME)
            link = page.locator("#main-table a.name-shown").nth(0 if student == HOSTILE else 1)
            page.goto(f"{address}{link.get_attribute('href')}")
            expect(page.locator("#why-answer")).to_be_visible()
            assert_nothing_happened(page, home)


def test_the_report(page: Page, home: Home, course: Course) -> None:
    _, written = write_report(course, NAME)
    (report,) = [path for path in written if path.suffix == ".html"]
    page.goto(report.as_uri())
    assert_nothing_happened(page, home)
