"""The same assignment for Otter, which runs the tests in the student's kernel as well.

Otter has an environment of its own, made on demand from ``requirements-otter.txt``. Its tests pass
or fail, so that slips of form, which have one price over the whole assignment, cost nothing there.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from autograder.course import REPOSITORY, Course
from autograder.release import read_source
from autograder.submissions.outline import grade_id, is_graded, nbgrader_data
from autograder.testing import load_tests
from grading.plain_nbgrader import one_call

PINS = Path(__file__).parents[1] / "requirements-otter.txt"
_TEST = """\
from otter.test_files import test_case

OK_FORMAT = False
name = {name!r}
points = {points!r}


def _passed(env, part):
    import sys

    sys.path[:0] = [{repository!r}]
    from pathlib import Path

    import autograder.testing
    from autograder.testing import StudentError, as_student, load_tests

    known = autograder.testing.__dict__.setdefault("verdicts_of_this_student", {{}})
    if {exercise!r} not in known:
        if "hidden" not in known:
            known["hidden"] = load_tests(Path({folder!r}))
        answer = env.get({function!r}, StudentError("missing"))
        student = as_student(answer) if callable(answer) else answer
        known[{exercise!r}] = known["hidden"].grade({exercise!r}, student)
    return known[{exercise!r}].parts[part].passed
"""
_CASE = """

@test_case(points={points!r}, hidden=True)
def test_{part}(env):
    assert _passed(env, {part})
"""
_LOOP = """\
import json, pathlib, sys

from otter.api import grade_submission

archive, *notebooks = sys.argv[1:]
for notebook in notebooks:
    try:
        results = grade_submission(notebook, archive, quiet=True)
        scores = {name: results.get_score(name) for name in results.test_files}
    except Exception as error:
        print(f"{notebook}: {error!r}", file=sys.stderr)
        scores = {}
    pathlib.Path(notebook).with_suffix(".json").write_text(json.dumps(scores))
"""


class NotToBeHad(Exception):
    """Otter cannot be installed here."""


def environment(folder: Path) -> Path:
    """The Python of Otter's environment under ``folder``, made first where it is not there yet."""
    made_from = folder / "made-from.txt"
    pins = PINS.read_text()
    if not made_from.is_file() or made_from.read_text() != pins:
        pip = [folder / "bin" / "python", "-m", "pip", "install", "-qq", "-r", PINS]
        for command in ([sys.executable, "-m", "venv", "--clear", folder], pip):
            done = subprocess.run(command, capture_output=True, text=True)
            if done.returncode:
                raise NotToBeHad(done.stderr.strip().splitlines()[-1])
        made_from.write_text(pins)
    return folder / "bin" / "python"


def make(course: Course, name: str, root: Path, python: Path) -> Path:
    """Write Otter's archive of tests into the folder ``root``; gives its path."""
    folder = course.solutions / name
    hidden = load_tests(folder)
    tests = root / "tests"
    tests.mkdir(parents=True)
    for cell in read_source(course, name).cells:
        if not (grade_id(cell) and is_graded(cell) and cell.cell_type == "code"):
            continue
        exercise, function = one_call(cell.source)
        points = float(nbgrader_data(cell)["points"])
        parts = hidden.grade(exercise, None).parts
        whole = sum(part.weight for part in parts)
        text = _TEST.format(
            name=grade_id(cell),
            points=points,
            repository=str(REPOSITORY),
            folder=str(folder),
            exercise=exercise,
            function=function,
        )
        for number, part in enumerate(parts):
            text += _CASE.format(part=number, points=points * part.weight / whole)
        (tests / f"{grade_id(cell)}.py").write_text(text)
    archive = root / "autograder.zip"
    command = [python, "-m", "otter", "generate", "-t", tests, "-o", archive]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root)
    if done.returncode:
        raise NotToBeHad(done.stderr)
    return archive


def command(python: Path, archive: Path, notebooks: Sequence[Path]) -> list[str | Path]:
    """Grades one notebook after another in one process, which is Otter's cheapest way."""
    return [python, "-c", _LOOP, archive, *notebooks]


def grades(notebook: Path) -> dict[str, float]:
    """The points by grade_id that were given to a notebook; {} where it could not be graded."""
    found = json.loads(notebook.with_suffix(".json").read_text())
    return {name: round(score, 2) for name, score in found.items()}
