"""`autograder watch` on nbgrader's exchange and on a folder: graded and given back by itself."""

import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import nbformat
import psutil
import pytest
from as_used import BIN, Student, environment, use_exchange
from nbformat import NotebookNode
from tiny_course import NAME, RIGHT, answered, write_solutions

from autograder.course import Course
from autograder.gradebook.grades import read_grades
from autograder.release import release

pytestmark = [pytest.mark.e2e, pytest.mark.sandbox]

FORGETS = RIGHT | {"shift-answer": "def shift(x, b):\n    return 1.0 * x\n"}
HINT = "The bias is a term of the sum: where did it go?"


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    place = tmp_path_factory.mktemp("watch")
    course = Course.at(place / "a course", write_solutions(place / "solutions"))
    release(course, NAME)
    use_exchange(course, place / "exchange")
    subprocess.run(
        [BIN / "nbgrader", "release_assignment", NAME],
        cwd=course.root,
        env=environment(place),
        capture_output=True,
        check=True,
    )
    return course


@pytest.fixture(scope="module")
def student(course: Course) -> Student:
    place = course.root.parent
    return Student("sample-student", place / "home", place / "exchange")


@pytest.fixture(scope="module")
def released(student: Student) -> NotebookNode:
    return student.fetch(NAME)


@contextmanager
def watching(course: Course, every: str, *options: str | Path) -> Iterator["subprocess.Popen[str]"]:
    """`autograder watch`, which is ended with Ctrl-C and has to take that well."""
    where = ["--course", course.root, "--solutions", course.solutions]
    watch = subprocess.Popen(
        [BIN / "autograder", "watch", NAME, "--every", every, *options, *where],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        yield watch
    finally:
        family = psutil.Process(watch.pid).children(recursive=True)
        os.killpg(watch.pid, signal.SIGINT)
        _, said = watch.communicate(timeout=60)
        _, alive = psutil.wait_procs(family, timeout=15)
    assert alive == []
    assert watch.returncode == 130, said
    assert "Nothing is lost: the same command goes on from here." in said
    assert "Traceback" not in said


def wait_for_pages(course: Course, count: int, newer_than: float = 0.0) -> list[Path]:
    """The pages in the exchange, once there are so many that were written after that time."""
    folder = next(course.root.parent.glob("exchange/*/feedback"), None)
    for _ in range(600):
        folder = folder or next(course.root.parent.glob("exchange/*/feedback"), None)
        pages = list(folder.glob("*.html")) if folder else []
        found = [page for page in pages if page.stat().st_mtime > newer_than]
        if len(found) >= count:
            return found
        time.sleep(0.1)
    raise AssertionError("no feedback")


def test_from_submit_to_fetch_feedback(
    course: Course, student: Student, released: NotebookNode
) -> None:
    with watching(course, "1h"):
        student.submit(NAME, answered(released, FORGETS))
        handed_in = time.time()
        (page,) = wait_for_pages(course, 1)
        assert page.stat().st_mtime - handed_in < 30.0
        (first,) = student.fetched_feedback(NAME)
        assert HINT in first.read_text(encoding="utf-8")

        student.submit(NAME, answered(released, RIGHT))
        wait_for_pages(course, 2)
        first, second = student.fetched_feedback(NAME)
        assert HINT in first.read_text(encoding="utf-8")
        notice = second.read_text(encoding="utf-8")
        assert "waits for its turn" in notice
        assert re.search(r"This one is graded at \d+ \w+ \d{4}, \d\d:\d\d:\d\d UTC", notice)
        assert read_grades(course, NAME)["sample-student"].score == 3.0

    official = first.read_bytes()
    stopped = time.time()
    with watching(course, "0"):  # as if the hour were over
        wait_for_pages(course, 1, newer_than=stopped)
        first, second = student.fetched_feedback(NAME)
    assert "<strong>5</strong> <span>of 6 points" in second.read_text(encoding="utf-8")
    assert first.read_bytes() == official
    assert read_grades(course, NAME)["sample-student"].score == 5.0
    assert len(wait_for_pages(course, 2)) == 2


def until(what: str, is_so: Callable[[], bool], seconds: float = 60.0) -> float:
    """Wait until it is; gives for how many seconds."""
    start = time.monotonic()
    while not is_so():
        took = time.monotonic() - start
        assert took < seconds, f"not within {seconds:g} s: {what}"
        time.sleep(0.05)
    return time.monotonic() - start


@pytest.fixture
def own_course(tmp_path: Path) -> Course:
    course = Course.at(tmp_path / "a course", write_solutions(tmp_path / "solutions"))
    release(course, NAME)
    return course


#: The hidden tests forgive a missing bias: its part of the test is gone.
MENDED = ("student(INPUT, 1.5), shift(INPUT, 1.5)", "student(INPUT, 0.0), shift(INPUT, 0.0)")


def test_from_a_folder_to_the_feedback_beside_it(own_course: Course, tmp_path: Path) -> None:
    course, drops = own_course, tmp_path / "drops"
    drops.mkdir()
    released = nbformat.read(course.release / NAME / f"{NAME}.ipynb", as_version=4)
    contents = {
        "sample-right": nbformat.writes(answered(released, RIGHT)),
        "sample-forgets": nbformat.writes(answered(released, FORGETS)),
        "sample-broken": '{"cells": [oh no]}',
    }

    def drop(student: str, content: str) -> None:
        (drops / student).mkdir(exist_ok=True)
        (drops / student / f"{NAME}.ipynb").write_text(content, encoding="utf-8")

    def page(student: str) -> Path:
        return drops / student / f"{NAME}-feedback.html"

    def says(student: str, text: str) -> bool:
        path = page(student)
        return path.is_file() and text in path.read_text(encoding="utf-8")

    with watching(course, "1h", "--folder", drops) as watch:
        for student, content in contents.items():
            drop(student, content)
        until("first feedback", lambda: all(page(student).is_file() for student in contents))
        assert says("sample-right", "<strong>5</strong> <span>of 6 points")
        assert says("sample-forgets", HINT)
        assert says("sample-broken", "<strong>0</strong> <span>of 6 points")

        drop("sample-new", contents["sample-right"])
        assert until("feedback of one", lambda: page("sample-new").is_file()) < 15.0

        drop("sample-broken", contents["sample-right"])
        notice = drops / "sample-broken" / f"{NAME}-feedback-waiting.html"
        until("a notice", notice.is_file)
        assert "at most once in 1 hour" in notice.read_text(encoding="utf-8")

        untouched = {s: page(s).stat().st_mtime_ns for s in ("sample-right", "sample-new")}
        hidden = course.solutions / NAME / "exercises" / "shift.py"
        text = hidden.read_text()
        assert MENDED[0] in text
        hidden.write_text(text.replace(*MENDED))
        assert release(course, NAME).changed
        until("new feedback", lambda: says("sample-forgets", "<strong>5</strong>"))
        assert read_grades(course, NAME)["sample-forgets"].score == 5.0
        assert says("sample-broken", "<strong>0</strong>")
        assert watch.poll() is None

    with watching(course, "0", "--folder", drops):  # as if the hour were over
        until("its turn", lambda: says("sample-broken", "<strong>5</strong>"))
    assert not notice.exists()
    assert {s: page(s).stat().st_mtime_ns for s in untouched} == untouched
    assert {s: held.score for s, held in read_grades(course, NAME).items()} == dict.fromkeys(
        ["sample-broken", "sample-forgets", "sample-new", "sample-right"], 5.0
    )
