"""A small assignment made in memory, to grade submissions written down in a test."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook

from autograder.assignment import Assignment
from autograder.grading.examiner import grade_notebook
from autograder.grading.graded import CellGrade, Graded
from autograder.options import Options
from autograder.submissions.repair import Repaired

#: Stands in hidden.py and nowhere else: it must never be seen in what a student gets.
CANARY = "canary-5e1f"
#: Numbers that the hidden tests use as inputs.
SECRET_INPUTS = ("7.03125", "-4.015625")

HIDDEN = f'''\
"""{CANARY}"""
import numpy as np

from autograder.testing import Failed, PartTest, Verdict, examine, same

INPUT = np.array([{", ".join(SECRET_INPUTS)}, 0.5])


def right_double(x):
    return 2.0 * x


def _values(f):
    f.require("y", f(INPUT), right_double(INPUT))


def _one(f):
    f.require("y", f(INPUT[:1]), right_double(INPUT[:1]))


def _unchanged(f):
    if not same(f.call((INPUT,)).args_after[0], INPUT):
        raise Failed("x is changed by the call.")


def _with_given(f):
    value = f.call((INPUT,), given={{"double": right_double}}).value
    f.require("y", value, 2.0 * right_double(INPUT))


def _counts(f):
    counter = f(3)
    f.require("count", f(counter), 4)


PARTS = {{
    "double": [
        PartTest("values", _values),
        PartTest("one number", _one),
        PartTest("leaves x alone", _unchanged, ("values",)),
    ],
    "quadruple": [PartTest("values", _with_given)],
    "count": [PartTest("counts", _counts)],
}}


def grade(exercise, student):
    return examine(exercise, student, PARTS[exercise])


def grade_data(weights):
    from autograder.testing import Part

    good = type(weights) is dict and type(weights.get("W")) is np.ndarray
    good = good and weights["W"].shape == (2, 2) and float(weights["W"].sum()) == 4.0
    return Verdict("weights", (Part("weights", good, "" if good else "W: not right."),))
'''

RIGHT = {
    "double-answer": "def double(x):\n    return 2 * x\n",
    "quadruple-answer": "def quadruple(x):\n    return double(double(x))\n",
    "count-answer": (
        "class Counter:\n    def __init__(self, n):\n        self.n = n\n\n"
        "def count(x):\n    return Counter(x) if isinstance(x, int) else x.n + 1\n"
    ),
    "weights-answer": 'weights = {"W": np.ones((2, 2))}\n',
    "why-answer": "Because.",
}
POINTS = {"double-test": 3.0, "quadruple-test": 2.0, "count-test": 1.0, "weights-test": 1.0}
STUB = "def {}(x):\n    raise NotImplementedError()\n"


def _cell(kind: str, name: str, source: str, points: float | None = None) -> NotebookNode:
    data: dict[str, object] = {
        "grade": points is not None,
        "grade_id": name,
        "locked": kind != "answer",
        "schema_version": 3,
        "solution": kind == "answer",
        "task": False,
    }
    if points is not None:
        data["points"] = points
    metadata: dict[str, object] = {"nbgrader": data}
    if kind == "check":
        metadata["tags"] = ["check"]
    make = new_markdown_cell if name.startswith("why") else new_code_cell
    return make(source, metadata=nbformat.from_dict(metadata), id=name)


def _test(name: str, points: float, call: str) -> NotebookNode:
    source = f"# {points:g} points.\n### BEGIN HIDDEN TESTS\n{call}\n### END HIDDEN TESTS"
    return _cell("test", f"{name}-test", source, points)


def source() -> NotebookNode:
    """The instructor's notebook."""
    cells = [
        new_markdown_cell("# Lab", id="title"),
        _cell("setup", "set-up", "import numpy as np\n%precision 3\nSHIFT = 1"),
        _cell("answer", "double-answer", STUB.format("double")),
        _cell(
            "check",
            "double-check",
            "import numpy as np\n"
            "assert double(np.array([1.0]))[0] == 2.0, 'double(1) is not 2'\n"
            "print('double(1) is 2')",
        ),
        _test("double", 3.0, 'hidden.grade("double", double)'),
        _cell("answer", "quadruple-answer", STUB.format("quadruple")),
        _test("quadruple", 2.0, 'hidden.grade("quadruple", quadruple)'),
        _cell("answer", "count-answer", STUB.format("count")),
        _test("count", 1.0, 'hidden.grade("count", count)'),
        _cell("answer", "weights-answer", "weights = None"),
        _test("weights", 1.0, "hidden.grade_data(weights)"),
        _cell("answer", "why-answer", "Why?", 1.0),
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return new_notebook(cells=cells, metadata={"kernelspec": kernel})


def released() -> NotebookNode:
    """The notebook that students get."""
    notebook = source()
    for cell in notebook.cells:
        if cell.metadata.get("nbgrader", {}).get("grade_id", "").endswith("-test"):
            cell.source = cell.source.split("\n")[0]
    return notebook


def assignment(folder: Path, hidden: str = HIDDEN) -> Assignment:
    """The assignment, its hidden tests written to ``folder``."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "hidden.py").write_text(hidden)
    return Assignment("lab", source(), released(), folder)


def submission(
    answers: Mapping[str, str] | None = None,
    *,
    first: Sequence[str] = (),
    after: Mapping[str, Sequence[str]] | None = None,
) -> NotebookNode:
    """The released notebook, right but for ``answers``, with own cells put in."""
    answers = {**RIGHT, **(answers or {})}
    after = after or {}
    notebook = released()
    cells = [new_code_cell(text) for text in first]
    for cell in notebook.cells:
        name = cell.metadata.get("nbgrader", {}).get("grade_id", "")
        if name in answers:
            cell.source = answers[name]
        cells += [cell, *(new_code_cell(text) for text in after.get(name, ()))]
    notebook.cells = cells
    return notebook


def grade(notebook: NotebookNode, assignment: Assignment, **options: object) -> Graded:
    """Grade with short times, so that what hangs does not hold up the tests."""
    limits: dict[str, object] = {"cell_seconds": 5.0, "call_seconds": 2.5, "total_seconds": 90.0}
    chosen = Options(**{**limits, **options})  # type: ignore[arg-type]
    return grade_notebook(Repaired.of(notebook, assignment.template), assignment, chosen)


def points(graded: Graded) -> dict[str, float | None]:
    """Points by grade_id, without the written question."""
    return {cell.grade_id: cell.points for cell in graded.cells if cell.grade_id in POINTS}


def grade_of(graded: Graded, name: str) -> CellGrade:
    return next(cell for cell in graded.cells if cell.grade_id == name)


def cell_of(notebook: NotebookNode, name: str) -> NotebookNode:
    return next(c for c in notebook.cells if c.metadata.get("nbgrader", {}).get("grade_id") == name)


def text_of(cell: NotebookNode) -> str:
    """All that a cell shows, as one text."""
    return json.dumps(cell.outputs)
