"""One class with all tricks in it: the honest are graded right, and no page tells or does a thing.

The way is that of every class: what was handed in, mended, graded by two processes, written into
nbgrader's gradebook, and shown to each student on a page.
"""

import json
import os
import socket
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

import nbformat
import pytest
from active import Active
from attacks import KINDS
from attacks.attack import WRONG, Attack
from attacks.collected import TRICKS, Trick
from lab import CANARY, SECRET_INPUTS, submission
from lab_course import NAME, as_id, hand_in, released_course
from test_attacks import DONE, EXPECTED, HONEST, POINTS, SHORT, files, hostile, shown

from autograder.course import REPOSITORY, Course
from autograder.feedback.writing import write_feedback
from autograder.gradebook.grades import read_grades
from autograder.options import Options
from autograder.scheduling.grade import grade

pytestmark = pytest.mark.sandbox

#: Most of these take seconds, and all of them are played in test_attacks: here, one in six.
SLOW, ONE_IN = "exhausting", 6
#: What stands in the instructor's files, and in no honest student's.
SECRETS = (CANARY, *SECRET_INPUTS, *EXPECTED, 'hidden.grade("count", count)', "right_double")


@dataclass
class Class:
    """Who is in it, and what they handed in. The honest sit before, among and behind the others."""

    course: Course
    attacks: dict[str, Attack] = field(default_factory=dict)
    tricks: dict[str, Trick] = field(default_factory=dict)
    honest: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._numbers = count(1)
        self._pages: dict[str, Active] = {}

    def number(self, name: str) -> str:
        return f"{next(self._numbers):03d}-{as_id(name)}"

    def add_honest(self) -> None:
        student = self.number("honest")
        hand_in(self.course, student, submission({"why-answer": f"Written by {student}."}))
        self.honest.append(student)

    def add_attack(self, attack: Attack, server: socket.socket) -> None:
        student = self.number(attack.name)
        hand_in(self.course, student, hostile(attack, self.course.root.parent, server))
        self.attacks[student] = attack

    def add_trick(self, trick: Trick) -> None:
        student = self.number(trick.name)
        other = self.course.submitted / self.honest[0] / NAME
        unsolved = submission({"double-answer": WRONG, "why-answer": f"Written by {student}."})
        trick.put(self.course.submitted / student / NAME, unsolved, other)
        self.tricks[student] = trick

    def handed_in(self, student: str) -> str:
        """The text of the cells that a student handed in."""
        path = self.course.sanitised / student / NAME / f"{NAME}.ipynb"
        cells = nbformat.read(path, as_version=4).cells
        return "\n".join(cell.source for cell in cells)

    def page(self, student: str) -> Active:
        """What a student's page holds; pages are written once, and so read once."""
        if student not in self._pages:
            path = self.course.feedback / student / NAME / f"{NAME}.html"
            self._pages[student] = Active.of(path)
        return self._pages[student]

    def notebook(self, student: str) -> nbformat.NotebookNode:
        path = self.course.autograded / student / NAME / f"{NAME}.ipynb"
        return nbformat.read(path, as_version=4)


def outside(course: Course) -> dict[Path, bytes]:
    """All that grading must leave as it is."""
    kept = (course.source, course.release, course.solutions)
    found = {path: data for folder in kept for path, data in files(folder).items()}
    for folder, _, names in os.walk(course.submitted):
        for name in names:
            path = Path(folder, name)
            if path.is_file() and path.stat().st_size < 10**8 and path.stat().st_nlink == 1:
                found[path] = path.read_bytes()
    return found


def graded_class(place: Path) -> Class:
    """All of them, graded, with their pages written."""
    found = Class(released_course(place))
    with pytest.MonkeyPatch.context() as patch, socket.create_server(("127.0.0.1", 0)) as server:
        patch.setenv("GRADER_KEY", CANARY)
        for kind, attacks in KINDS.items():
            found.add_honest()
            for attack in attacks[:: ONE_IN if kind == SLOW else 1]:
                found.add_attack(attack, server)
        found.add_honest()
        for trick in TRICKS:
            found.add_trick(trick)
        found.add_honest()
        before = outside(found.course)
        outcomes = grade(found.course, NAME, Options(**SHORT), workers=2)  # type: ignore[arg-type]
        server.settimeout(0.01)
        with pytest.raises(TimeoutError):
            server.accept()
    assert [outcome.problem for outcome in outcomes if outcome.problem] == []
    assert [page.problem for page in write_feedback(found.course, NAME) if page.problem] == []
    assert outside(found.course) == before
    return found


def assert_the_honest_get_what_they_have_earned(everybody: Class) -> None:
    held = read_grades(everybody.course, NAME)
    assert len(everybody.honest) == len(KINDS) + 2
    assert len(held) == len(everybody.honest) + len(everybody.attacks) + len(everybody.tricks)
    for student in everybody.honest:
        points = {name: held[student].points[name].auto for name in POINTS}
        assert points == POINTS, student
        assert "About the file you handed in" not in everybody.page(student).text


def assert_nobody_gains(everybody: Class) -> None:
    held = read_grades(everybody.course, NAME)
    for student, trick in {**everybody.attacks, **everybody.tricks}.items():
        unread = isinstance(trick, Trick) and not trick.graded
        assert held[student].points["why-answer"].score == 0.0
        assert held[student].waiting == (() if unread else ("why-answer",)), student
        for name, honest in HONEST.items():
            spoiled = unread or (isinstance(trick, Attack) and name in trick.loses)
            got = held[student].points[name].auto
            assert got in ((0.0, honest) if spoiled else (honest,)), (student, name)
        assert held[student].points.keys() == POINTS.keys() | {"why-answer"}


def assert_no_page_tells_what_is_not_its_readers(everybody: Class) -> None:
    everyone = [*everybody.honest, *everybody.attacks, *everybody.tricks]
    places = [str(REPOSITORY), str(everybody.course.root.parent)]
    for student in everyone:
        notebook, page = everybody.notebook(student), everybody.page(student)
        own = everybody.handed_in(student)
        for secret in (*SECRETS, *places):
            assert secret not in page.text or secret in own, (student, secret)
        for word in (CANARY, *SECRET_INPUTS, *EXPECTED, *places, *DONE):
            assert word not in shown(notebook), (student, word)
        for other in everyone:
            assert other == student or f"Written by {other}." not in page.text, (student, other)
        assert page.size < 1_000_000


def assert_nothing_on_a_page_is_active(everybody: Class) -> None:
    for student in (*everybody.honest, *everybody.attacks, *everybody.tricks):
        assert everybody.page(student).found == [], student


def assert_what_was_odd_is_said(everybody: Class) -> None:
    for student, trick in everybody.tricks.items():
        assert trick.told in everybody.page(student).text, student


def test_a_class_full_of_tricks(tmp_path: Path) -> None:
    everybody = graded_class(tmp_path)
    assert_the_honest_get_what_they_have_earned(everybody)
    assert_nobody_gains(everybody)
    assert_no_page_tells_what_is_not_its_readers(everybody)
    assert_nothing_on_a_page_is_active(everybody)
    assert_what_was_odd_is_said(everybody)


def test_the_tricks_with_files_are_many_and_each_says_what_for() -> None:
    assert len(TRICKS) >= 25
    assert len({trick.name for trick in TRICKS}) == len(TRICKS)
    assert all(trick.gain for trick in TRICKS)
    assert json.dumps([trick.gain for trick in TRICKS]).isprintable()
