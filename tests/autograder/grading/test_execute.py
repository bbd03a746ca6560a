"""nbgrader's own commands grade in two processes, and put exactly our points into its gradebook."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from tiny_course import NAME, RIGHT, cell_of

from autograder.course import Course
from autograder.grading.results import result_path

pytestmark = pytest.mark.sandbox


def autograde(course: Course, *more: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "nbgrader", "autograde", NAME, *more]
    return subprocess.run(command, cwd=course.root, capture_output=True, text=True, timeout=300)


def scores(course: Course) -> dict[str, dict[str, float | None]]:
    with Gradebook(f"sqlite:///{course.root / 'gradebook.db'}") as gradebook:
        return {
            submission.student.id: {
                grade.name: grade.auto_score
                for notebook in submission.notebooks
                for grade in notebook.grades
            }
            for submission in gradebook.assignment_submissions(NAME)
        }


def test_nbgrader_autograde_writes_our_points(tiny: Course, hand_in: Callable[..., Path]) -> None:
    hand_in("all-right", RIGHT)
    hand_in("no-bias", RIGHT | {"shift-answer": "import sys\ndef shift(x, b):\n    return 1 * x"})
    hand_in("nothing", {})
    hand_in(
        "noisy",
        RIGHT
        | {
            "double-answer": "import sys\nprint('a warning', file=sys.stderr)\n"
            "def double(x):\n    print('hm', file=sys.stderr)\n    return 2 * x"
        },
    )
    ran = autograde(tiny)
    assert ran.returncode == 0, ran.stderr
    full = {"double-test": 2.0, "shift-test": 3.0}
    assert scores(tiny) == {
        "all-right": full | {"why-answer": None},
        "no-bias": {"double-test": 2.0, "shift-test": 1.0, "why-answer": None},
        "nothing": {"double-test": 0.0, "shift-test": 0.0, "why-answer": 0.0},
        "noisy": full | {"why-answer": None},
    }
    graded = nbformat.read(
        tiny.autograded / "no-bias" / NAME / f"{NAME}.ipynb", as_version=nbformat.NO_CONVERT
    )
    nbformat.validate(graded)
    stream, result = cell_of(graded, "shift-test").outputs
    assert "1 of 2 parts passed" in stream.text
    assert "where did it go?" in stream.text
    assert result.data["text/plain"] == "1.0"


def test_a_stored_result_is_used_and_a_changed_submission_is_graded_anew(
    tiny: Course, hand_in: Callable[..., Path]
) -> None:
    hand_in("one", RIGHT)
    assert autograde(tiny).returncode == 0
    path = result_path(tiny.root, NAME, "one")
    kept = json.loads(path.read_text())
    for cell in kept["graded"]["notebook"]["cells"]:
        if cell["metadata"].get("nbgrader", {}).get("grade_id") == "double-test":
            cell["outputs"][-1]["data"]["text/plain"] = "0.25"
    path.write_text(json.dumps(kept))
    ran = autograde(tiny, "--force")
    assert "in a sandbox" not in ran.stderr
    assert scores(tiny)["one"]["double-test"] == 0.25
    hand_in("one", RIGHT | {"double-answer": "def double(x):\n    return x + x"})
    ran = autograde(tiny, "--force")
    assert "in a sandbox" in ran.stderr
    assert scores(tiny)["one"]["double-test"] == 2.0


@pytest.mark.parametrize("damage", ["", "{", '{"key": 1}', "[]"])
def test_a_damaged_result_is_graded_anew(
    tiny: Course, hand_in: Callable[..., Path], damage: str
) -> None:
    hand_in("one", RIGHT)
    path = result_path(tiny.root, NAME, "one")
    path.parent.mkdir(parents=True)
    path.write_text(damage)
    ran = autograde(tiny)
    assert "in a sandbox" in ran.stderr
    assert scores(tiny)["one"]["shift-test"] == 3.0


FORMGRADER = """
import asyncio, sys
from nbgrader.apps.api import NbGraderAPI
from nbgrader.coursedir import CourseDirectory
from traitlets.config.loader import PyFileConfigLoader

config = PyFileConfigLoader("nbgrader_config.py", path=".").load_config()
api = NbGraderAPI(CourseDirectory(config=config), config=config)

async def button():  # the formgrader's handlers run inside the server's event loop
    return api.autograde("tiny", "one", force=True)

result = asyncio.run(button())
sys.exit(0 if result["success"] else result["log"])
"""


def test_the_formgraders_button_grades_in_two_processes(
    tiny: Course, hand_in: Callable[..., Path]
) -> None:
    hand_in("one", RIGHT | {"double-answer": "def double(x):\n    import os\n    os._exit(0)"})
    program = [sys.executable, "-c", FORMGRADER]
    ran = subprocess.run(program, cwd=tiny.root, capture_output=True, text=True, timeout=300)
    assert ran.returncode == 0, ran.stderr
    assert scores(tiny)["one"] == {"double-test": 0.0, "shift-test": 3.0, "why-answer": None}
