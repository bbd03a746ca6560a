"""No trick gains a point, shows what is secret, or harms the next submission."""

import base64
import json
import socket
import struct
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest
from attacks import ATTACKS, KINDS
from attacks.attack import Attack
from lab import CANARY, POINTS, SECRET_INPUTS, assignment, grade, points, submission
from nbformat import NotebookNode
from nbgrader.utils import determine_grade

from autograder.assignment import Assignment
from autograder.course import REPOSITORY
from autograder.events import log_line
from autograder.grading.graded import Graded

pytestmark = pytest.mark.sandbox

HONEST = POINTS | {"double-test": 0.0}
SHORT = {"cell_seconds": 6.0, "call_seconds": 1.5, "failures": 1}
EXPECTED = [repr(2 * float(number)) for number in SECRET_INPUTS]
DONE = ("REACHED", "FOUND", "KILLED", "TYPED", "CHANGED", "FORKED")
MOST_PIXELS = 25_000_000


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


def files(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def hostile(attack: Attack, course: Path, server: socket.socket) -> NotebookNode:
    places = [str(path) for path in files(course)]
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


def pictures(notebook: NotebookNode) -> Iterator[bytes]:
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            if "image/png" in output.get("data", {}):
                yield base64.b64decode(output.data["image/png"])


def assert_nothing_gained(graded: Graded, attack: Attack) -> None:
    got = points(graded)
    for name, honest in HONEST.items():
        if name in attack.loses:
            assert got[name] in (0.0, honest)
        else:
            assert got[name] == honest, (name, graded.events)
    for cell in graded.cells:
        target = next(
            c
            for c in graded.notebook.cells
            if c.metadata.get("nbgrader", {}).get("grade_id") == cell.grade_id
        )
        assert determine_grade(target) == (cell.points, cell.max_points)
        assert cell.max_points == (POINTS | {"why-answer": 1.0})[cell.grade_id]
        assert cell.needs_manual == (cell.grade_id == "why-answer"), graded.events


def assert_nothing_leaked(graded: Graded, attack: Attack) -> None:
    text = shown(graded.notebook)
    for secret in (CANARY, *SECRET_INPUTS, *EXPECTED, str(REPOSITORY), *DONE):
        assert secret not in text
    for kind in ("text/html", "javascript", "image/svg", "jupyter.widget", "<script"):
        assert kind not in text
    assert json.dumps(attack.tried)[1:-1] in text
    assert len(text) < 500_000
    for picture in pictures(graded.notebook):
        width, height = struct.unpack(">II", picture[16:24])
        assert width * height <= MOST_PIXELS
    errors = [cell.error for cell in graded.cells if cell.error]
    told = [log_line(event) for event in (*graded.events, *errors)]
    assert all(line.isprintable() for text in told for line in text.splitlines()), told


@pytest.mark.parametrize(
    "attack", ATTACKS, ids=[attack.name.replace(" ", "-") for attack in ATTACKS]
)
def test_nothing_gained_nothing_leaked_nobody_harmed(
    attack: Attack, lab: Assignment, course: Path, server: socket.socket
) -> None:
    before = files(course)
    for _ in range(1 + attack.again):
        began = time.monotonic()
        graded = grade(hostile(attack, course, server), lab, **SHORT)
        assert time.monotonic() - began < 60
        assert_nothing_gained(graded, attack)
        assert_nothing_leaked(graded, attack)
    with pytest.raises(TimeoutError):
        server.accept()
    assert files(course) == before
    assert points(grade(submission(), lab)) == POINTS


def test_the_honest_notebook_gets_what_the_attacks_are_measured_by(
    lab: Assignment, course: Path, server: socket.socket
) -> None:
    honest = Attack("honest", "nothing")
    assert points(grade(hostile(honest, course, server), lab)) == HONEST


def test_words_on_stderr_and_a_leaving_cell_cost_an_honest_student_nothing(lab: Assignment) -> None:
    noisy = "import sys, warnings\nwarnings.warn('careful')\nprint('hm', file=sys.stderr)\n"
    double = noisy + "def double(x):\n    print('hm', file=sys.stderr)\n    return 2 * x\n"
    leaves = "weights = {'W': np.ones((2, 2))}\n"
    graded = grade(
        submission(
            {"double-answer": double, "weights-answer": leaves},
            after={"why-answer": ["import os\nos._exit(0)"]},
        ),
        lab,
    )
    assert points(graded) == POINTS


def test_the_tricks_are_many_and_each_says_what_for() -> None:
    assert len(ATTACKS) >= 80
    assert all(len(attacks) >= 5 for attacks in KINDS.values())
    for same in (lambda a: a.name, lambda a: a.gain):
        assert not [found for found, times in Counter(map(same, ATTACKS)).items() if times > 1]
    assert all(attack.gain for attack in ATTACKS)
