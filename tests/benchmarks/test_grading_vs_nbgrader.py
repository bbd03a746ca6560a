"""The comparison with nbgrader grades the same submissions on each side, and counts everything."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
sys.path.insert(0, str(BENCHMARKS))

from grading import ours, plain_nbgrader  # noqa: E402
from grading.floor import floor  # noqa: E402
from grading.parts import INSIDE, parts  # noqa: E402
from grading.processes import run  # noqa: E402
from grading.submissions import Submission, bank_of, hand_in, submissions  # noqa: E402

from autograder.course import Course  # noqa: E402
from autograder.options import Options  # noqa: E402
from autograder.release import release  # noqa: E402

NAME = "rnn"
BURN = "import time\nend = time.process_time() + 0.4\nwhile time.process_time() < end: pass\n"


@pytest.fixture(scope="module")
def benchmark():
    path = BENCHMARKS / "grading_vs_nbgrader.py"
    spec = importlib.util.spec_from_file_location("grading_vs_nbgrader", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Course:
    course = Course.at(tmp_path_factory.mktemp("bench") / "ours", None)
    release(course, NAME)
    return course


@pytest.fixture(scope="module")
def found(course: Course) -> list[Submission]:
    return submissions(bank_of(course, NAME), 40)


def test_the_class_has_every_kind_and_is_the_same_each_time(course, found):
    assert len(found) == len({s.student for s in found}) == 40
    assert {s.kind for s in found} == {"ordinary", "crash", "hang"}
    assert len({s.notebook for s in found}) > 35
    assert submissions(bank_of(course, NAME), 40) == found


@pytest.mark.sandbox
def test_both_sides_give_the_same_points(benchmark, course, found, tmp_path):
    one = next(s for s in found if s.kind == "ordinary" and "mixed" in s.student)
    plain = tmp_path / "nbgrader"
    plain_nbgrader.make(course, NAME, plain, 10)
    hand_in([one], course.submitted, NAME)
    hand_in([one], plain / "submitted", NAME)
    log, env = tmp_path / "log.txt", plain_nbgrader.environment({"PATH": "/usr/bin:/bin"})
    for words in (["generate_assignment", NAME], ["autograde", NAME]):
        assert run(plain_nbgrader.command(*words), log, env, plain).status == 0, log.read_text()
    used = run(ours.command(course, NAME, 10), log, env)
    assert used.status == 0, log.read_text()
    assert used.cpu_seconds > 0.5
    assert used.peak_mb > 20
    mine = plain_nbgrader.grades(course.root, NAME)
    theirs = plain_nbgrader.grades(plain, NAME)
    assert sum(v or 0 for v in mine[one.student].values()) > 0
    assert benchmark.disagreements([one.student], mine, theirs) == []

    inside = parts(course, NAME, Options(), [one.student])
    assert inside[INSIDE] > 0.005
    assert 0 < floor(course, NAME, [one.student]) < sum(inside.values())


def test_a_disagreement_is_told(benchmark):
    mine, other = {"a": {"x": 1.0, "y": 2.0}}, {"a": {"x": 1.0, "y": 0.5}}
    assert benchmark.disagreements(["a"], mine, other) == ["a, y: ours 2.0, 0.5"]
    assert benchmark.disagreements(["b"], mine, other) == []
    assert benchmark.total({"x": None}) == "no grade"


def test_a_test_that_cannot_be_translated_is_refused():
    with pytest.raises(ValueError, match="not the one call"):
        plain_nbgrader.one_call("hidden.grade_data(weights)")


@pytest.mark.parametrize(
    "program",
    [
        BURN,
        f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {BURN!r}])",
        # An orphan in a session of its own.
        f"import os\nif not os.fork():\n    os.setsid()\n    os.fork() or exec({BURN!r})",
        # A child that nobody waits for.
        "import os, signal, time\nsignal.signal(signal.SIGCHLD, signal.SIG_IGN)\n"
        f"if not os.fork():\n    exec({BURN!r})\nelse:\n    time.sleep(1.5)",
    ],
    ids=["itself", "child", "orphan", "not waited for"],
)
def test_processor_time_of_every_descendant_is_counted(program, tmp_path):
    used = run([sys.executable, "-S", "-c", program], tmp_path / "log.txt")
    assert used.status == 0
    assert 0.35 < used.cpu_seconds < 1.0


def test_the_status_of_a_failing_command_is_told(tmp_path):
    used = run(["sh", "-c", "echo so; exit 3"], tmp_path / "log.txt")
    assert used.status == 3
    assert (tmp_path / "log.txt").read_text() == "so\n"


def test_the_script_says_what_can_be_asked_of_it():
    script = BENCHMARKS / "grading_vs_nbgrader.py"
    done = subprocess.run([sys.executable, script, "--help"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "--without-otter" in done.stdout
