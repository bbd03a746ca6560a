"""The assignments' own answers, graded as students' are: by the examiner, in a sandbox.

Each notebook has an entry of the bank in every exercise at once, for no answer may depend on how
the others were answered.
"""

import itertools
from collections.abc import Iterator
from typing import Any

import nbformat
import pytest
from answers import ASSIGNMENTS
from answers import Assignment as Answers

from autograder.assignment import Assignment
from autograder.course import Course
from autograder.demo.sample_class import Bank
from autograder.grading.examiner import grade_notebook
from autograder.grading.graded import CellGrade
from autograder.release import read_source, release
from autograder.submissions.repair import Repaired
from autograder.testing import Entry

pytestmark = [
    pytest.mark.sandbox,
    pytest.mark.usefixtures("without_checked_signatures"),
]


class Desk:
    """An assignment that is released, and the grader."""

    def __init__(self, of: Answers, course: Course) -> None:
        released = nbformat.read(release(course, of.name).notebook, as_version=4)
        self.of = of
        self.assignment = Assignment.load(course.root, of.name)
        self.bank = Bank.load(of.folder, read_source(course, of.name), released)

    def graded(self, answers: dict[str, str]) -> dict[str, CellGrade]:
        """The grades of the exercises that tests mark, by the name of their function."""
        repaired = Repaired.of(self.bank.notebook(answers), self.assignment.template)
        done = grade_notebook(repaired, self.assignment)
        assert (done.sandboxes, done.events) == (1, ())
        marked = [cell for cell in done.cells if cell.verdict is not None]
        assert len(done.cells) == len(marked) + 1  # what is marked by hand
        return dict(zip(self.of.exercises, marked, strict=True))


@pytest.fixture(scope="module", params=ASSIGNMENTS, ids=lambda of: of.name)
def desk(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Desk:
    return Desk(request.param, Course.at(tmp_path_factory.mktemp("course")))


def rounds(desk: Desk, entries: list[Entry]) -> Iterator[dict[str, Entry]]:
    """The first entry of each exercise, then the second of each, and so on."""
    by_exercise: dict[str, list[Entry]] = {}
    for entry in entries:
        by_exercise.setdefault(entry.exercise, []).append(entry)
    for chosen in itertools.zip_longest(*by_exercise.values()):
        yield {entry.exercise: entry for entry in chosen if entry is not None}


def verdict(cell: CellGrade) -> dict[str, Any]:
    assert cell.error is None
    assert cell.verdict is not None
    return cell.verdict


def test_the_solution_gets_all_points(desk: Desk) -> None:
    for name, cell in desk.graded(desk.bank.solutions).items():
        assert cell.points == cell.max_points == desk.of.exercises[name].points
        assert verdict(cell)["hint"] is None


def test_the_released_notebook_gets_none(desk: Desk) -> None:
    for cell in desk.graded({}).values():
        assert cell.points == 0
        assert "It is not answered yet (NotImplementedError)." in str(verdict(cell)["parts"])


def test_every_alternative_gets_all_points(desk: Desk) -> None:
    for chosen in rounds(desk, desk.bank.alternatives):
        for name, cell in desk.graded(desk.bank.with_entries(*chosen.values())).items():
            assert cell.points == cell.max_points, (chosen.get(name), verdict(cell))


def test_every_mistake_gets_its_hint_and_costs_its_own_exercise(desk: Desk) -> None:
    seen = set()
    for chosen in rounds(desk, [entry for entry in desk.bank.mistakes if entry.spelling == 1]):
        paid: set[str] = set()
        for name, cell in desk.graded(desk.bank.with_entries(*chosen.values())).items():
            if name not in chosen:
                assert cell.points == cell.max_points, (name, verdict(cell))
                continue
            entry, said = chosen[name], verdict(cell)
            assert (said["mistake"], said["hint"]) == (entry.name, entry.hint)
            assert cell.points is not None
            slips = {kind for part in said["parts"] for kind, _ in part["slips"]}
            if all(part["passed"] for part in said["parts"]) and slips <= paid:
                assert cell.points == cell.max_points  # a slip costs once
            else:
                assert cell.points < cell.max_points
            paid |= slips
            seen.add(entry.name)
    assert seen == {entry.name for entry in desk.of.mistakes}
