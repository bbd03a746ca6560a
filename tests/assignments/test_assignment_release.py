"""What nbgrader's own converters make of a notebook: a release without answers."""

import json
import subprocess
import sys
from pathlib import Path

import jupytext
import nbformat
import pytest
from answers import ASSIGNMENTS, Assignment
from nbformat import NotebookNode

from autograder.release.handout import complete

#: What only the written answers and the marking schemes say.
TELLING = {
    "rnn": ("fixed point", "attract"),
    "bptt": ("attract", "0.958", "saturated", "small changes die out", "H^4"),
}

_RUN = """
import json, sys, traceback
cells = json.load(open(sys.argv[1]))
names, said = {}, []
for grade_id, source in cells:
    try:
        exec(source, names)
        said.append([grade_id, "", ""])
    except BaseException as error:
        said.append([grade_id, type(error).__name__, str(error)])
modules = sorted({name.split(".")[0] for name in sys.modules})
print("\\n" + json.dumps([said, modules, "course_lib.reference" in sys.modules]))
"""


@pytest.fixture(scope="module", params=ASSIGNMENTS, ids=lambda of: of.name)
def of(request: pytest.FixtureRequest) -> Assignment:
    assignment: Assignment = request.param
    return assignment


@pytest.fixture(scope="module")
def released(of: Assignment, tmp_path_factory: pytest.TempPathFactory) -> NotebookNode:
    course = tmp_path_factory.mktemp("course")
    source = course / "source" / of.name
    source.mkdir(parents=True)
    jupytext.write(of.notebook, source / f"{of.name}.ipynb")
    subprocess.run(
        [
            *(sys.executable, "-m", "nbgrader", "generate_assignment", of.name, "--no-db"),
            f"--CourseDirectory.root={course}",
        ],
        check=True,
        capture_output=True,
        cwd=course,
        timeout=120,
    )
    return nbformat.read(course / "release" / of.name / f"{of.name}.ipynb", as_version=4)


@pytest.fixture(scope="module")
def student_edition(of: Assignment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with what students get beside the notebook."""
    folder = tmp_path_factory.mktemp("edition")
    complete(folder, of.folder)
    return folder


def run(folder: Path, cells: list[tuple[str, str]]) -> tuple[dict[str, tuple[str, str]], set[str]]:
    """Run cells where only that folder's course_lib is: what each raised, and all modules."""
    (folder / "cells.json").write_text(json.dumps(cells), "utf-8")
    (folder / "run.py").write_text(_RUN, "utf-8")
    done = subprocess.run(
        [sys.executable, "-W", "error", "run.py", "cells.json"],
        check=True,
        capture_output=True,
        text=True,
        cwd=folder,
        timeout=120,
    )
    said, modules, reference = json.loads(done.stdout.splitlines()[-1])
    assert not reference
    return {grade_id: (name, text) for grade_id, name, text in said}, set(modules)


def code(nb: NotebookNode) -> list[tuple[str, str]]:
    return [(c.metadata.nbgrader.grade_id, c.source) for c in nb.cells if c.cell_type == "code"]


def test_no_solution_hidden_test_or_marking_scheme_is_left(
    of: Assignment, released: NotebookNode
) -> None:
    source, text = nbformat.writes(of.notebook), nbformat.writes(released)
    for word in ("SOLUTION", "HIDDEN", "hidden.grade", "Marking", *TELLING[of.name]):
        assert word in source
        assert word not in text
    for exercise in of.exercises.values():
        body = exercise.answer.split("### BEGIN SOLUTION")[1].split("### END SOLUTION")[0]
        for line in body.splitlines():
            if len(line.strip()) > 16:
                assert json.dumps(line.strip())[1:-1] not in text


def test_cells_and_points_are_those_of_the_source(of: Assignment, released: NotebookNode) -> None:
    ids = [cell.metadata.nbgrader.grade_id for cell in of.notebook.cells]
    assert [cell.metadata.nbgrader.grade_id for cell in released.cells] == ids
    points = [c.metadata.nbgrader.points for c in released.cells if c.metadata.nbgrader.grade]
    assert sum(points) == 20
    assert all(not cell.get("outputs") for cell in released.cells)


def test_stubs_are_one_line_and_the_written_answer_is_empty(released: NotebookNode) -> None:
    for cell in released.cells:
        if not cell.metadata.nbgrader.solution:
            continue
        if cell.cell_type == "markdown":
            assert cell.source == "YOUR ANSWER HERE"
        else:
            lines = cell.source.splitlines()
            assert lines[-2:] == ["    # YOUR CODE HERE", "    raise NotImplementedError()"]
            assert cell.source.count("NotImplementedError") == 1
            assert lines[1].startswith('    """')


def test_what_a_hidden_test_is_called_with_is_not_in_the_release(
    of: Assignment, released: NotebookNode
) -> None:
    tests = [c for c in released.cells if c.metadata.nbgrader.grade and c.cell_type == "code"]
    assert len(tests) == len(of.exercises)
    assert all(cell.source.startswith("# ") and "\n" not in cell.source.strip() for cell in tests)


def test_each_stub_raises_exactly_not_implemented(
    released: NotebookNode, student_edition: Path
) -> None:
    raised, _ = run(student_edition, code(released))
    for grade_id, (name, _) in raised.items():
        assert name == ("NotImplementedError" if grade_id.endswith("-check") else ""), grade_id


def test_solutions_pass_the_checks_with_what_students_get(
    of: Assignment, student_edition: Path
) -> None:
    cells = [(i, source) for i, source in code(of.notebook) if not i.endswith("-test")]
    raised, modules = run(student_edition, cells)
    assert raised == {grade_id: ("", "") for grade_id, _ in cells}
    assert not modules & {"torch", "jaxtyping", "matplotlib", "autograder", "pytest"}


def test_no_other_assignments_checks_are_handed_out(of: Assignment, student_edition: Path) -> None:
    checks = {path.stem for path in (student_edition / "course_lib" / "checks").iterdir()}
    assert of.name in checks
    assert not checks & {other.name for other in ASSIGNMENTS if other is not of}
