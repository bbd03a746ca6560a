"""nbgrader as people use it: its commands, its exchange, and JupyterLab with the formgrader."""

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from playwright.sync_api import Locator, Page, expect

from autograder.course import Course

BIN = Path(sys.executable).parent
TOKEN = "a-token-for-the-test"
COURSE_ID = "unrolled"
#: JupyterLab's start takes 3 s on an idle machine.
START_SECONDS = 120.0


def environment(home: Path) -> dict[str, str]:
    """That of a person whose home is ``home``, without this machine's settings of Jupyter."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("JUPYTER")}
    return ours | {"HOME": str(home), "PATH": os.pathsep.join([str(BIN), os.environ["PATH"]])}


def use_exchange(course: Course, exchange: Path) -> None:
    """Let a course use an exchange of its own, where all students are one user of the machine."""
    exchange.mkdir(mode=0o777)
    exchange.chmod(0o777)
    with (course.root / "own_config.py").open("a", encoding="utf-8") as file:
        file.write(
            f"c.CourseDirectory.course_id = {COURSE_ID!r}\n"
            f"c.Exchange.root = {str(exchange)!r}\n"
            "c.ExchangeCollect.check_owner = False\n"
        )


@dataclass(frozen=True)
class Student:
    """A student with a home of their own, who knows the exchange and nothing of the course."""

    name: str
    home: Path
    exchange: Path

    def __post_init__(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True)

    def nbgrader(self, *command: str) -> str:
        """Run one of nbgrader's commands; gives what it said."""
        done = subprocess.run(
            [
                BIN / "nbgrader",
                *command,
                f"--course={COURSE_ID}",
                f"--Exchange.root={self.exchange}",
                f"--student={self.name}",
            ],
            cwd=self.home,
            env=environment(self.home),
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stderr

    def fetch(self, assignment: str) -> NotebookNode:
        """Fetch an assignment from the exchange."""
        self.nbgrader("fetch_assignment", assignment)
        return nbformat.read(self.home / assignment / f"{assignment}.ipynb", as_version=4)

    def submit(self, assignment: str, notebook: NotebookNode) -> None:
        """Hand in a notebook."""
        nbformat.write(notebook, self.home / assignment / f"{assignment}.ipynb")
        self.nbgrader("submit", assignment)

    def fetched_feedback(self, assignment: str) -> list[Path]:
        """The pages that `nbgrader fetch_feedback` brings, the one of the first attempt first."""
        self.nbgrader("fetch_feedback", assignment)
        return sorted((self.home / assignment / "feedback").rglob("*.html"))


@contextmanager
def jupyter_lab(folder: Path, home: Path) -> Iterator[str]:
    """`jupyter lab`, started in a folder; gives its address."""
    home.mkdir(parents=True, exist_ok=True)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    log = home / "jupyter.log"
    options = [f"--port={port}", "--ServerApp.port_retries=0", f"--IdentityProvider.token={TOKEN}"]
    with log.open("w") as file:
        server = subprocess.Popen(
            [BIN / "jupyter", "lab", "--no-browser", "--allow-root", *options],
            cwd=folder,
            env=environment(home),
            stdout=file,
            stderr=subprocess.STDOUT,
        )
    try:
        address = f"http://127.0.0.1:{port}"
        _wait_for(address, server, log)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=30)


def _wait_for(address: str, server: "subprocess.Popen[bytes]", log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        assert server.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(f"{address}/api"):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError(log.read_text())


@dataclass(frozen=True)
class Formgrader:
    """nbgrader's formgrader in a browser."""

    page: Page
    address: str
    wait_ms: float = field(default=120_000, kw_only=True)

    def open(self, *path: str) -> None:
        """Open one of its pages, and wait until its table is filled."""
        self.page.goto("/".join([self.address, "formgrader", *path]))
        expect(self.page.locator("#main-table tr").first).to_be_visible()
        expect(self.page.locator("#main-table")).not_to_contain_text("Loading")

    def row(self, text: str) -> Locator:
        """The row of the table that holds a cell with this text."""
        cell = self.page.get_by_text(text, exact=True)
        return self.page.locator("#main-table tr").filter(has=cell)

    def press(self, text: str, button: str) -> str:
        """Press the button of a row and wait until that is done; gives what nbgrader logged."""
        self.row(text).locator(f".{button} a").click()
        modal = self.page.locator(".modal.in")
        expect(modal).to_be_visible(timeout=self.wait_ms)
        log = modal.inner_text()
        assert modal.locator(".modal-title").inner_text() == "Success", log
        modal.get_by_role("button", name="OK").click()
        expect(self.page.locator(".modal-backdrop")).to_have_count(0)
        return log

    def open_submission(self, assignment: str, student: str) -> None:
        """Open the view in which a person marks one student's answers."""
        self.open("gradebook", assignment, assignment)
        link = self.page.locator("#main-table a.name-shown").filter(has_text=student)
        self.page.goto(f"{self.address}{link.get_attribute('href')}")

    def mark(self, answer: str, points: float, comment: str) -> None:
        """Give points and a comment by hand, in the view of one submission."""
        for field_id, text in ((answer, f"{points:g}"), (f"{answer}-comment", comment)):
            box = self.page.locator(f"#{field_id}")
            box.fill(text)
            with self.page.expect_response(lambda reply: reply.request.method == "PUT") as saved:
                box.press("Tab")
            assert saved.value.ok
