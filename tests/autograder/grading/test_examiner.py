"""A submission goes in, points and feedback come out."""

import base64
import json
import resource
import signal
import time
from pathlib import Path
from types import ModuleType

import nbformat
import pytest
from lab import (
    HIDDEN,
    POINTS,
    RIGHT,
    STUB,
    assignment,
    cell_of,
    grade,
    grade_of,
    points,
    source,
    submission,
    text_of,
)
from nbformat import NotebookNode
from nbformat.v4 import new_markdown_cell
from nbgrader.utils import determine_grade

from autograder.assignment import Assignment
from autograder.events import Event
from autograder.grading import session
from autograder.grading.examiner import AssignmentBroken
from autograder.grading.graded import Graded
from autograder.grading.locked import Locked
from autograder.grading.names import names_of, without_magics
from autograder.grading.plan import Step, execution_plan
from autograder.limits import TooSlow
from autograder.submissions.repair import Repaired

pytestmark = pytest.mark.sandbox

ZERO = dict.fromkeys(POINTS, 0.0)


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Assignment:
    return assignment(tmp_path_factory.mktemp("lab"))


@pytest.fixture(scope="module")
def right(lab: Assignment) -> Graded:
    return grade(submission(), lab)


def test_right_answers_get_all_points(right: Graded) -> None:
    assert points(right) == POINTS
    assert right.events == ()
    assert right.sandboxes == 1
    assert right.points == sum(POINTS.values())
    assert right.max_points == right.points + 1


def test_the_written_question_waits_for_a_person(right: Graded) -> None:
    why = grade_of(right, "why-answer")
    assert why.points is None
    assert why.needs_manual
    assert cell_of(right.notebook, "why-answer").source == RIGHT["why-answer"]


def test_nbgrader_reads_exactly_our_points(right: Graded, lab: Assignment) -> None:
    wrong = grade(submission({"double-answer": "def double(x):\n    return x + 1"}), lab)
    for graded in (right, wrong):
        for grade_ in graded.cells:
            read, most = determine_grade(cell_of(graded.notebook, grade_.grade_id))
            assert (read, most) == (grade_.points, grade_.max_points)


def test_the_graded_notebook_is_valid_and_numbered(right: Graded) -> None:
    nbformat.validate(right.notebook)
    code = [cell for cell in right.notebook.cells if cell.cell_type == "code"]
    assert [cell.execution_count for cell in code] == list(range(1, len(code) + 1))
    assert right.notebook.metadata.kernelspec.name == "python3"


def test_check_and_test_cells_show_their_outcome(right: Graded) -> None:
    assert cell_of(right.notebook, "double-check").outputs[0].text == "double(1) is 2\n"
    stream, result = cell_of(right.notebook, "double-test").outputs
    assert stream.name == "stdout"
    assert "3 parts passed" in stream.text
    assert result.data == {"text/plain": "3.0"}
    verdict = grade_of(right, "double-test").verdict
    assert verdict is not None
    assert [part["passed"] for part in verdict["parts"]] == [True] * 3


def test_a_result_survives_json(right: Graded) -> None:
    again = Graded.from_dict(json.loads(json.dumps(right.to_dict())))
    assert again == right
    assert again.notebook.cells[0].source == right.notebook.cells[0].source


def test_stubs_get_nothing_and_hear_why(lab: Assignment) -> None:
    stubs = {f"{name}-answer": STUB.format(name) for name in ("double", "quadruple", "count")}
    graded = grade(submission({**stubs, "weights-answer": "weights = None"}), lab)
    assert points(graded) == ZERO
    assert "not answered yet" in text_of(cell_of(graded.notebook, "double-test"))
    assert "not answered yet" in text_of(cell_of(graded.notebook, "double-check"))


def test_part_of_the_parts_gives_part_of_the_points(lab: Assignment) -> None:
    changes = "def double(x):\n    x *= 2\n    return x"
    graded = grade(submission({"double-answer": changes}), lab)
    assert points(graded) == POINTS | {"double-test": 2.0}
    assert "2 of 3 parts passed" in text_of(cell_of(graded.notebook, "double-test"))


def test_a_later_exercise_stands_on_the_examiners_earlier_one(lab: Assignment) -> None:
    graded = grade(submission({"double-answer": STUB.format("double")}), lab)
    assert points(graded) == POINTS | {"double-test": 0.0}


def test_a_redefinition_counts_from_where_it_stands(lab: Assignment) -> None:
    late = "def double(x):\n    return 0 * x"
    graded = grade(submission(after={"double-test": [late]}), lab)
    assert points(graded) == POINTS
    early = grade(submission(after={"double-answer": [late]}), lab)
    assert points(early)["double-test"] == 0.0


def test_own_cells_are_run_and_shown_where_they_stand(lab: Assignment) -> None:
    graded = grade(
        submission(first=["print('start')"], after={"set-up": ["SHIFT + 1", "1/0"]}), lab
    )
    code = [cell for cell in graded.notebook.cells if cell.cell_type == "code"]
    assert code[0].outputs[0].text == "start\n"
    assert code[2].outputs[0].data["text/plain"] == "2"
    assert code[2].outputs[0].execution_count == 3
    assert code[3].outputs[0].ename == "ZeroDivisionError"
    assert code[3].outputs[0].traceback[0] == "In [4], line 1"
    assert points(graded) == POINTS


def test_stderr_costs_nothing(lab: Assignment) -> None:
    noisy = (
        "import sys, warnings\nimport numpy as np\n"
        "print('careful', file=sys.stderr)\nwarnings.warn('careful')\n"
        "def double(x):\n    print(x, file=sys.stderr)\n    np.log(0.0 * x[0])\n    return 2 * x"
    )
    graded = grade(submission({"double-answer": noisy}), lab)
    assert points(graded) == POINTS
    assert "careful" in text_of(cell_of(graded.notebook, "double-answer"))


def test_a_crash_and_a_hang_cost_their_own_exercise_only(lab: Assignment) -> None:
    graded = grade(
        submission(
            {
                "double-answer": "import os\ndef double(x):\n    os._exit(0)",
                "weights-answer": "weights = 1\nwhile True: pass",
            }
        ),
        lab,
    )
    assert points(graded) == POINTS | {"double-test": 0.0, "weights-test": 0.0}
    assert "ended the Python process" in text_of(cell_of(graded.notebook, "double-test"))
    assert "did not end within 5 s" in text_of(cell_of(graded.notebook, "weights-answer"))
    assert {(event.kind, event.cell) for event in graded.events} == {
        ("crashed", "double-check"),
        ("crashed", "double-test"),
        ("timeout", "weights-answer"),
    }
    crashes = [event.detail for event in graded.events if event.kind == "crashed"]
    assert {"reason": "exit code 0", "name": "double"} in crashes


def test_a_process_that_dies_over_and_over_ends_the_submission(lab: Assignment) -> None:
    dies = (
        "import os\nfrom autograder.worker.server import Server\n"
        "Server.cell = lambda *_: os._exit(1)"
    )
    began = time.monotonic()
    graded = grade(submission(first=[dies]), lab)
    assert time.monotonic() - began < 30
    assert graded.sandboxes < 10
    assert sum(points(graded).values()) == 0.0
    told = text_of(cell_of(graded.notebook, "weights-answer"))
    assert "Not run: its Python process has ended too often." in told


def test_a_check_cell_says_what_it_found_and_gives_no_points(lab: Assignment) -> None:
    failing = grade(submission({"double-answer": "def double(x):\n    return 3 * x"}), lab)
    assert cell_of(failing.notebook, "double-check").outputs[0].text == "double(1) is not 2"
    raising = "def double(x):\n    raise ValueError('odd')"
    graded = grade(submission({"double-answer": raising}), lab)
    text = cell_of(graded.notebook, "double-check").outputs[0].text
    assert "ValueError" in text
    assert "odd" in text
    assert "odd" not in text_of(cell_of(graded.notebook, "double-test"))


def test_a_name_that_is_data_where_a_function_is_meant(lab: Assignment) -> None:
    graded = grade(submission({"double-answer": "double = 3"}), lab)
    assert points(graded)["double-test"] == 0.0
    assert "expected a function" in text_of(cell_of(graded.notebook, "double-test"))


def test_missing_and_doubled_cells_are_put_right(lab: Assignment) -> None:
    notebook = submission()
    names = [c.metadata.get("nbgrader", {}).get("grade_id") for c in notebook.cells]
    double = notebook.cells[names.index("double-answer")]
    stub = NotebookNode(double, source=STUB.format("double"))
    wrong = NotebookNode(double, source="def double(x):\n    return 0")
    notebook.cells = [
        *notebook.cells[: names.index("double-answer")],
        wrong,
        double,
        stub,
        *[
            c
            for c in notebook.cells
            if c.metadata.get("nbgrader", {}).get("grade_id") in ("why-answer",)
        ],
        *notebook.cells[names.index("weights-answer") :],
    ]
    graded = grade(notebook, lab)
    assert points(graded) == POINTS | {"quadruple-test": 0.0, "count-test": 0.0}
    assert graded.events == (
        Event("answer-copied", "double-answer"),
        Event("answer-copied", "why-answer"),
        Event("cells-moved"),
        Event("answer-missing", "quadruple-answer"),
        Event("answer-missing", "count-answer"),
    )
    assert "hidden.grade" in cell_of(graded.notebook, "double-test").source
    nbformat.validate(graded.notebook)


@pytest.mark.parametrize(
    ("source", "why"),
    [
        (
            "X = 1\ndef double(x)\n    return 2 * x",
            "its cell is not valid Python (SyntaxError). See line 2 of the cell.",
        ),
        (
            "def double(x):\nreturn 2 * x",
            "its cell is not valid Python (IndentationError). See line 2 of the cell.",
        ),
        (
            "import torch\n\ndef double(x):\n    return 2 * x",
            "its cell stopped with ModuleNotFoundError: see the cell's output.",
        ),
    ],
)
def test_a_function_whose_cell_stopped_is_told_apart_from_one_that_is_gone(
    lab: Assignment, source: str, why: str
) -> None:
    graded = grade(submission({"double-answer": source}), lab)
    text = text_of(cell_of(graded.notebook, "double-test"))
    assert f"It is not defined, because {why}" in text


def test_an_answer_merged_into_another_cell_is_not_undone_by_its_stub(lab: Assignment) -> None:
    notebook = submission()
    cells = {c.metadata.get("nbgrader", {}).get("grade_id"): c for c in notebook.cells}
    merged = [cells[name].source for name in ("double-answer", "quadruple-answer")]
    cells["double-answer"].source = "\n\n".join(merged)
    notebook.cells = [c for c in notebook.cells if c is not cells["quadruple-answer"]]
    graded = grade(notebook, lab)
    assert points(graded) == POINTS
    assert graded.events == (Event("answer-elsewhere", "quadruple-answer"),)


def test_cells_of_another_kind_and_order_are_put_right(lab: Assignment) -> None:
    notebook = submission()
    cells = {c.metadata.get("nbgrader", {}).get("grade_id"): c for c in notebook.cells}
    cells["double-answer"].cell_type = "markdown"
    notebook.cells = notebook.cells[::-1]
    graded = grade(notebook, lab)
    assert points(graded) == POINTS
    order = [
        c.metadata.nbgrader.grade_id for c in graded.notebook.cells if "nbgrader" in c.metadata
    ]
    assert order == [
        c.metadata.nbgrader.grade_id for c in source().cells if "nbgrader" in c.metadata
    ]


@pytest.mark.parametrize(
    "damage",
    [
        {"cells": []},
        {"cells": None},
        {},
        {"cells": [3, {}, {"cell_type": "code"}, {"cell_type": "code", "source": 3}]},
        {"cells": [{"cell_type": "code", "source": "x", "metadata": {"nbgrader": 3}}]},
        {"cells": [{"cell_type": "code", "source": "'\ud800'", "metadata": None}]},
        {"cells": [{"cell_type": "strange", "source": "x", "metadata": {}}]},
        {"metadata": {"kernelspec": 3}, "cells": [new_markdown_cell("hm")]},
    ],
)
def test_a_notebook_that_is_hardly_one_is_graded(
    lab: Assignment, damage: dict[str, object]
) -> None:
    graded = grade(nbformat.from_dict(damage), lab)
    assert points(graded) == ZERO
    nbformat.validate(graded.notebook)
    json.dumps(graded.to_dict()).encode()


def broken(folder: Path, old: str, new: str) -> Assignment:
    assert old in HIDDEN
    return assignment(folder, HIDDEN.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("    return examine(exercise, student, PARTS[exercise])", "    return 1 / 0"),
        ("    return examine(exercise, student, PARTS[exercise])", "    return 1.0"),
        ("    return examine(exercise, student, PARTS[exercise])", "    return float('nan')"),
        ("    return 2.0 * x\n", "    raise RuntimeError('canary')\n"),
    ],
)
def test_a_test_that_breaks_down_is_the_instructors_to_look_at(
    tmp_path: Path, old: str, new: str
) -> None:
    graded = grade(submission(), broken(tmp_path, old, new))
    double = grade_of(graded, "double-test")
    assert double.points == 0.0
    assert double.needs_manual
    assert double.error is not None
    assert double.error in graded.events
    assert double.error.kind == "test-failed"
    shown = text_of(cell_of(graded.notebook, "double-test"))
    assert "not your answer" in shown
    assert "canary" not in shown
    assert points(graded)["weights-test"] == 1.0


def test_a_test_stopped_in_the_midst_of_a_call_costs_the_other_tests_nothing(
    lab: Assignment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stop(*_: object) -> None:
        raise TooSlow

    monkeypatch.setattr(session, "_called_back", stop)
    graded = grade(submission(), lab)
    assert points(graded) == POINTS | {"quadruple-test": 0.0}
    assert grade_of(graded, "quadruple-test").needs_manual
    assert [event.kind for event in graded.events] == ["test-failed"]


def test_points_stay_between_nothing_and_all(tmp_path: Path) -> None:
    weighted = '"leaves x alone", _unchanged, ("values",), weight=-9.0)'
    graded = grade(
        submission({"double-answer": "def double(x):\n    x *= 2\n    return x"}),
        broken(tmp_path, '"leaves x alone", _unchanged, ("values",))', weighted),
    )
    for cell in graded.cells:
        if cell.points is not None:
            assert 0.0 <= cell.points <= cell.max_points


def test_assertions_in_a_test_cell_count_and_their_text_is_not_shown(tmp_path: Path) -> None:
    lab = assignment(tmp_path)
    cell_of(
        lab.source, "double-test"
    ).source = "import numpy as np\nnp.testing.assert_allclose(double(np.array([7.25])), 14.5)"
    assert points(grade(submission(), lab)) == POINTS
    graded = grade(submission({"double-answer": "def double(x):\n    return x"}), lab)
    assert points(graded)["double-test"] == 0.0
    assert "7.25" not in text_of(cell_of(graded.notebook, "double-test"))


def test_the_instructors_names_go_before_the_students(tmp_path: Path) -> None:
    lab = assignment(tmp_path)
    cell = cell_of(lab.source, "weights-test")
    cell.source = "value = SHIFT\nassert value == 1\nnp.pi\nhidden.grade_data(weights)"
    theirs = "weights = {'W': np.ones((2, 2))}\nSHIFT = 5\nhidden = None\nnp = None"
    assert points(grade(submission({"weights-answer": theirs}), lab))["weights-test"] == 1.0


def test_a_broken_set_up_is_the_instructors_problem(tmp_path: Path) -> None:
    lab = assignment(tmp_path)
    cell_of(lab.source, "set-up").source = "import not_there_at_all"
    with pytest.raises(AssignmentBroken, match="set-up"):
        grade(submission(), lab)


def test_an_assignment_needs_its_hidden_tests(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Assignment("lab", source(), source(), tmp_path)


def plan(notebook: NotebookNode, lab: Assignment) -> list[Step]:
    return execution_plan(Repaired.of(notebook, lab.template).notebook)


def test_the_plan_ignores_forged_metadata(lab: Assignment) -> None:
    notebook = submission()
    for cell in notebook.cells:
        cell.metadata["tags"] = ["skip-execution", "raises-exception", "check"]
        if "nbgrader" in cell.metadata:
            cell.metadata.nbgrader.update(grade=False, locked=False, solution=True, points=99)
    for step, plain in zip(plan(notebook, lab), plan(submission(), lab), strict=True):
        assert (step.name, step.role, step.cell.source) == (
            plain.name,
            plain.role,
            plain.cell.source,
        )
        assert step.name.startswith("own") or step.cell.metadata == plain.cell.metadata


PICTURE = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()


def test_only_pictures_are_kept_of_attachments(lab: Assignment) -> None:
    notebook = submission()
    why = cell_of(notebook, "why-answer")
    why["attachments"] = {
        "a.png": {"image/png": PICTURE, "text/html": "<script>"},
        "no picture.png": {"image/png": "QUJD"},
        "b": {"image/svg+xml": "<svg onload=alert(1)>"},
        "c": 3,
    }
    assert plan(notebook, lab)[-1].cell.attachments == {"a.png": {"image/png": PICTURE}}


@pytest.mark.parametrize(
    ("text", "used"),
    [
        ("f(x)", ["f", "x"]),
        ("y = f(x)\ny", ["f", "x"]),
        ("import numpy as np\nnp.ones(n)", ["n"]),
        ("def g():\n    return h(k)\ng()", ["h", "k"]),
        ("[a for a in b]", ["b"]),
        ("len(print)", []),
        ("class A:\n    x = y", ["y"]),
        ("lambda: z", ["z"]),
        ("f'{w}'", ["w"]),
    ],
)
def test_the_names_a_cell_needs(text: str, used: list[str]) -> None:
    assert names_of(text).needed == set(used)


def test_the_examiner_has_ceilings_of_its_own() -> None:
    locked = Locked(ModuleType("hidden"), seconds=0.3)
    before = resource.getrlimit(resource.RLIMIT_AS)
    with pytest.raises(MemoryError):
        locked.run("cell", "x = bytearray(3 * 10**9)")
    assert locked.run("cell", "import time\ntime.sleep(0.5)\n1 + 1") == (2, "")
    began = time.process_time()
    with pytest.raises(TooSlow):
        locked.run(
            "cell", "while True:\n    try:\n        f()\n    except Exception:\n        pass"
        )
    assert time.process_time() - began < 5
    assert resource.getrlimit(resource.RLIMIT_AS) == before
    assert signal.getitimer(signal.ITIMER_PROF) == (0.0, 0.0)
    assert locked.run("cell", "1 + 1") == (2, "")


def test_magics_are_left_out_of_the_examiners_side() -> None:
    assert without_magics("%matplotlib inline\nx = 5 %2\n!ls") == "\nx = 5 %2\n"
