"""A right answer gets all points in whatever cell it stands, if only the checks pass at home."""

import copy
from collections.abc import Callable

import nbformat
import pytest
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from autograder.assignment import Assignment
from autograder.course import Course
from autograder.demo.sample_class import Bank
from autograder.events import Event
from autograder.grading.examiner import grade_notebook
from autograder.release import read_source, release
from autograder.submissions.outline import grade_id, is_editable, is_graded
from autograder.submissions.repair import Repaired

pytestmark = [pytest.mark.sandbox, pytest.mark.usefixtures("without_checked_signatures")]

NAME = "rnn"


class Rnn:
    """The assignment, released; its right notebook and the one that was handed out."""

    def __init__(self, course: Course) -> None:
        released = nbformat.read(release(course, NAME).notebook, as_version=4)
        self.assignment = Assignment.load(course.root, NAME)
        self.bank = Bank.load(course.solutions / NAME, read_source(course, NAME), released)
        self.right = self.bank.notebook(self.bank.solutions)
        self.stubs = self.bank.notebook({})
        self.written = next(e.grade_id for e in self.bank.exercises if e.manual)
        where(self.stubs, self.written).source = self.bank.solutions[self.written]

    @property
    def code(self) -> str:
        """All the functions, as one text."""
        return "\n\n\n".join(self.bank.solutions[name] for name in self.bank.functions)


@pytest.fixture(scope="module")
def rnn(tmp_path_factory: pytest.TempPathFactory) -> Rnn:
    return Rnn(Course.at(tmp_path_factory.mktemp("course")))


def where(notebook: NotebookNode, name: str) -> NotebookNode:
    return next(cell for cell in notebook.cells if grade_id(cell) == name)


def put(notebook: NotebookNode, text: str, at: int) -> NotebookNode:
    notebook.cells.insert(at, new_code_cell(text))
    return notebook


def without_answers(notebook: NotebookNode, but: str = "") -> NotebookNode:
    """The notebook without its answer cells of code, one aside."""
    notebook.cells = [
        c
        for c in notebook.cells
        if not is_editable(c) or c.cell_type != "code" or grade_id(c) == but
    ]
    return notebook


def merged_in_pairs(rnn: Rnn) -> NotebookNode:
    notebook = rnn.right
    names = rnn.bank.functions
    for one, other in zip(names[::2], names[1::2], strict=False):
        where(notebook, one).source += f"\n\n\n{rnn.bank.solutions[other]}"
        notebook.cells.remove(where(notebook, other))
    return notebook


def all_in_the_first(rnn: Rnn) -> NotebookNode:
    notebook = without_answers(rnn.stubs, but=rnn.bank.functions[0])
    where(notebook, rnn.bank.functions[0]).source = rnn.code
    return notebook


def all_in_the_first_above_stubs(rnn: Rnn) -> NotebookNode:
    where(rnn.stubs, rnn.bank.functions[0]).source = rnn.code
    return rnn.stubs


def all_in_the_last_below_stubs(rnn: Rnn) -> NotebookNode:
    where(rnn.stubs, rnn.bank.functions[-1]).source = rnn.code
    return rnn.stubs


def all_in_an_own_cell_at_the_top(rnn: Rnn) -> NotebookNode:
    return put(rnn.stubs, f"import numpy as np\n\n{rnn.code}", 0)


def all_in_an_own_cell_without_answer_cells(rnn: Rnn) -> NotebookNode:
    return put(without_answers(rnn.stubs), rnn.code, 2)


def all_in_an_own_cell_at_the_end(rnn: Rnn) -> NotebookNode:
    return put(rnn.stubs, rnn.code, len(rnn.stubs.cells))


def own_cells_at_the_end_with_helpers(rnn: Rnn) -> NotebookNode:
    notebook = rnn.stubs
    put(notebook, "from numpy import tanh as squash", len(notebook.cells))
    put(notebook, "def step(a):\n    return squash(a)", len(notebook.cells))
    for name in rnn.bank.functions:
        put(notebook, rnn.bank.solutions[name].replace("np.tanh(", "step("), len(notebook.cells))
    return notebook


def own_cells_behind_the_stubs(rnn: Rnn) -> NotebookNode:
    for name in rnn.bank.functions:
        at = rnn.stubs.cells.index(where(rnn.stubs, name)) + 1
        put(rnn.stubs, rnn.bank.solutions[name], at)
    return rnn.stubs


def own_cells_ahead_of_the_stubs(rnn: Rnn) -> NotebookNode:
    for name in rnn.bank.functions:
        put(rnn.stubs, rnn.bank.solutions[name], rnn.stubs.cells.index(where(rnn.stubs, name)))
    return rnn.stubs


def in_the_cells_of_the_checks(rnn: Rnn) -> NotebookNode:
    cells = rnn.stubs.cells
    for name in rnn.bank.functions:
        check = cells[cells.index(where(rnn.stubs, name)) + 1]
        assert "check" in check.metadata.tags
        check.source = f"{rnn.bank.solutions[name]}\n\n\n{check.source}"
    return rnn.stubs


def two_swapped(rnn: Rnn) -> NotebookNode:
    one, other = rnn.bank.functions[:2]
    where(rnn.right, one).source = rnn.bank.solutions[other]
    where(rnn.right, other).source = rnn.bank.solutions[one]
    return rnn.right


def without_labels(rnn: Rnn) -> NotebookNode:
    for cell in rnn.right.cells:
        cell.metadata.clear()
    return rnn.right


def defined_under_a_condition(rnn: Rnn) -> NotebookNode:
    name = rnn.bank.functions[3]
    body = "\n".join(f"    {line}" for line in rnn.bank.solutions[name].splitlines())
    rnn.right.cells.remove(where(rnn.right, name))
    return put(rnn.right, f"if True:\n{body}", 3)


SHAPES = [
    merged_in_pairs,
    all_in_the_first,
    all_in_the_first_above_stubs,
    all_in_the_last_below_stubs,
    all_in_an_own_cell_at_the_top,
    all_in_an_own_cell_without_answer_cells,
    all_in_an_own_cell_at_the_end,
    own_cells_at_the_end_with_helpers,
    own_cells_behind_the_stubs,
    own_cells_ahead_of_the_stubs,
    in_the_cells_of_the_checks,
    two_swapped,
    without_labels,
    defined_under_a_condition,
]


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_all_points(shape: Callable[[Rnn], NotebookNode], rnn: Rnn) -> None:
    notebook = shape(copy.deepcopy(rnn))
    repaired = Repaired.of({"cells": notebook.cells}, rnn.assignment.template)
    # As nbgrader does between its steps, what is repaired is repaired again.
    again = Repaired.of(repaired.noted(), rnn.assignment.template)
    assert [c.source for c in again.notebook.cells] == [c.source for c in repaired.notebook.cells]
    graded = grade_notebook(repaired, rnn.assignment)
    points = {c.grade_id: c.points for c in graded.cells if not c.needs_manual}
    most = {c.grade_id: c.max_points for c in graded.cells if not c.needs_manual}
    assert points == most
    tests = [c for c in notebook.cells if is_graded(c) and not is_editable(c)]
    assert shape is without_labels or len(points) == len(tests)
    assert {event.kind for event in graded.events} <= {
        "answer-elsewhere",
        "label-lost",
        "locked-changed",
        "text-beside",
    }


def test_a_stub_is_put_back_where_nothing_defines_the_name(rnn: Rnn) -> None:
    name = rnn.bank.functions[3]
    notebook = copy.deepcopy(rnn.right)
    notebook.cells.remove(where(notebook, name))
    repaired = Repaired.of({"cells": notebook.cells}, rnn.assignment.template)
    assert repaired.events == (Event("answer-missing", name),)
    assert "NotImplementedError" in where(repaired.notebook, name).source
