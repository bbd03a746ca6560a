"""No trick gains a point, shows what is secret, or harms the next submission."""

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from attacks import ATTACKS, Attack
from lab import CANARY, POINTS, SECRET_INPUTS, assignment, grade, points, submission
from nbformat import NotebookNode
from nbgrader.utils import determine_grade

from autograder.assignment import Assignment

pytestmark = pytest.mark.sandbox

HONEST = POINTS | {"double-test": 0.0}
SHORT = {"cell_seconds": 6.0, "call_seconds": 1.5, "failures": 1}


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with all that must not be seen: tests, gradebook, another student's work."""
    folder = tmp_path_factory.mktemp("course")
    for name in ("gradebook.db", "submitted/other/lab/lab.ipynb", "secret.txt"):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(CANARY)
    return folder


@pytest.fixture(scope="module")
def lab(course: Path) -> Assignment:
    return assignment(course / "solutions" / "lab")


@pytest.fixture(scope="module")
def server() -> Iterator[socket.socket]:
    """Something that listens on this machine."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.01)
        yield listening


@pytest.fixture(autouse=True)
def secret_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRADER_KEY", CANARY)


def hostile(attack: Attack, course: Path, server: socket.socket) -> NotebookNode:
    places = [str(path) for path in course.rglob("*") if path.is_file()]
    given = f"PLACES = {places!r}\nPORT = {server.getsockname()[1]}"
    notebook = submission(
        {**attack.answers, "double-answer": attack.double},
        first=[given, *attack.first],
        after={"why-answer": attack.last},
    )
    if attack.forge is not None:
        attack.forge(notebook)
    return notebook


def shown(notebook: NotebookNode) -> str:
    """All that the graded notebook holds, but for the cells' sources."""
    rest = [{k: v for k, v in cell.items() if k != "source"} for cell in notebook.cells]
    return json.dumps([rest, notebook.metadata])


@pytest.mark.parametrize(
    "attack", ATTACKS, ids=[attack.name.replace(" ", "-") for attack in ATTACKS]
)
def test_nothing_gained_nothing_leaked_nobody_harmed(
    attack: Attack, lab: Assignment, course: Path, server: socket.socket
) -> None:
    began = time.monotonic()
    graded = grade(hostile(attack, course, server), lab, **SHORT)
    assert time.monotonic() - began < 60

    got = points(graded)
    for name, honest in HONEST.items():
        if name in attack.loses:
            assert got[name] in (0.0, honest)
        else:
            assert got[name] == honest, (name, graded.log)
    for cell in graded.cells:
        target = next(
            c
            for c in graded.notebook.cells
            if c.metadata.get("nbgrader", {}).get("grade_id") == cell.grade_id
        )
        assert determine_grade(target) == (cell.points, cell.max_points)
        assert cell.max_points == (POINTS | {"why-answer": 1.0})[cell.grade_id]
        assert cell.needs_manual == (cell.grade_id == "why-answer"), graded.log

    text = shown(graded.notebook)
    for secret in (CANARY, *SECRET_INPUTS, "REACHED", "KILLED", "TYPED", "CHANGED", "FORKED"):
        assert secret not in text
    assert "text/html" not in text
    assert json.dumps(attack.tried)[1:-1] in text
    assert len(text) < 500_000
    with pytest.raises(TimeoutError):
        server.accept()

    assert points(grade(submission(), lab)) == POINTS


def test_the_honest_notebook_gets_what_the_attacks_are_measured_by(
    lab: Assignment, course: Path, server: socket.socket
) -> None:
    honest = Attack("honest", "nothing")
    assert points(grade(hostile(honest, course, server), lab)) == HONEST


def test_the_tricks_are_many_and_each_says_what_for() -> None:
    assert len(ATTACKS) >= 15
    assert len({attack.name for attack in ATTACKS}) == len(ATTACKS)
    assert all(attack.gain for attack in ATTACKS)
