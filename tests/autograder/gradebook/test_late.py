"""Late penalties and extensions: nbgrader's own, computed anew when what they rest on changes."""

import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbgrader.api import Gradebook
from tiny_course import NAME, RIGHT, answered

from autograder.course import Course
from autograder.gradebook.grades import SubmissionGrades, read_grades
from autograder.nbgrader_log import nbgrader_logged
from autograder.scheduling.grade import grade

pytestmark = pytest.mark.sandbox

NBGRADER = Path(sys.executable).with_name("nbgrader")
DUE = "2026-03-01 12:00:00 UTC"
OWN = """\
from nbgrader.plugins import BasePlugin
from traitlets import Float


class PerDay(BasePlugin):
    points = Float(1.0).tag(config=True)

    def late_submission_penalty(self, student_id, score, total_seconds_late):
        if student_id == "sample-excused":
            return None
        return self.points * total_seconds_late / 86_400


c.AssignLatePenalties.plugin_class = PerDay
"""


@pytest.fixture(scope="module")
def handed_in(released_tiny: Course, tmp_path_factory: pytest.TempPathFactory) -> Course:
    """Due on the first of March; one student in time, two handed in two days late."""
    root = tmp_path_factory.mktemp("late") / "a course"
    shutil.copytree(released_tiny.root, root)
    course = Course.at(root, released_tiny.solutions)
    (root / "own_config.py").write_text(OWN)
    released = nbformat.read(course.release / NAME / f"{NAME}.ipynb", as_version=4)
    for student, day in {"sample-in-time": 1, "sample-late": 3, "sample-excused": 3}.items():
        folder = course.submitted / student / NAME
        folder.mkdir(parents=True)
        nbformat.write(answered(released, RIGHT), folder / f"{NAME}.ipynb")
        (folder / "timestamp.txt").write_text(f"2026-03-0{day} 12:00:00 UTC")
    command = ["db", "assignment", "add", NAME, f"--duedate={DUE}"]  # as on the command line
    subprocess.run([NBGRADER, *command], cwd=root, check=True, capture_output=True)
    return course


@pytest.fixture(scope="module")
def graded_once(handed_in: Course, tmp_path_factory: pytest.TempPathFactory) -> Course:
    course = copied(handed_in, tmp_path_factory.mktemp("graded"))
    graded(course)
    return course


@pytest.fixture
def new(handed_in: Course, tmp_path: Path) -> Course:
    """The class, not graded yet."""
    return copied(handed_in, tmp_path)


@pytest.fixture
def late(graded_once: Course, tmp_path: Path) -> Course:
    """The class, graded."""
    return copied(graded_once, tmp_path)


def copied(course: Course, folder: Path) -> Course:
    shutil.copytree(course.root, folder / "a course")
    return Course.at(folder / "a course", course.solutions)


def due(course: Course, when: str) -> None:
    """Another due date, as the formgrader writes it."""
    with nbgrader_logged(course.log), Gradebook(course.config().CourseDirectory.db_url) as book:
        book.update_or_create_assignment(NAME, duedate=when)


def graded(course: Course) -> tuple[dict[str, SubmissionGrades], list[str]]:
    """What the gradebook holds after `grade`, and whose code was run for it."""
    outcomes = grade(course, NAME)
    assert not any(outcome.problem for outcome in outcomes)
    ran = [o.student for o in outcomes if o.done and not o.done.reused]
    return read_grades(course, NAME), ran


def penalties(course: Course) -> dict[str, float]:
    """After `grade`, for which no code may have been run."""
    held, ran = graded(course)
    assert ran == []
    assert all(s.score == pytest.approx(5.0 - s.penalty) for s in held.values())
    return {student.removeprefix("sample-"): s.penalty for student, s in held.items()}


def test_the_instructors_own_rule(new: Course) -> None:
    held, ran = graded(new)
    assert len(ran) == 3
    assert {s: held[s].penalty for s in held} == {
        "sample-in-time": 0.0,
        "sample-late": 2.0,
        "sample-excused": 0.0,
    }
    assert held["sample-late"].score == 3.0


def test_another_due_date_counts_without_running_anything(late: Course) -> None:
    due(late, "2026-03-02 12:00:00 UTC")
    assert penalties(late) == {"in-time": 0.0, "late": 1.0, "excused": 0.0}
    due(late, "2026-02-28 12:00:00 UTC")
    assert penalties(late) == {"in-time": 1.0, "late": 3.0, "excused": 0.0}


def test_an_extension_for_one_student(late: Course) -> None:
    with nbgrader_logged(late.log), Gradebook(late.config().CourseDirectory.db_url) as book:
        book.grant_extension(NAME, "sample-late", days=1, hours=12)
    assert penalties(late) == {"in-time": 0.0, "late": 0.5, "excused": 0.0}
    with nbgrader_logged(late.log), Gradebook(late.config().CourseDirectory.db_url) as book:
        book.grant_extension(NAME, "sample-late")
    assert penalties(late)["late"] == 2.0


def test_another_time_of_handing_in(late: Course) -> None:
    stamp = late.submitted / "sample-late" / NAME / "timestamp.txt"
    stamp.write_text("2026-03-02 12:00:00 UTC")
    assert penalties(late)["late"] == 1.0
    stamp.unlink()
    assert penalties(late)["late"] == 0.0


def test_another_rule(late: Course) -> None:
    with (late.root / "own_config.py").open("a") as file:
        file.write("c.PerDay.points = 2.0\n")
    assert penalties(late) == {"in-time": 0.0, "late": 4.0, "excused": 0.0}


def test_a_penalty_takes_no_more_than_there_is(late: Course) -> None:
    due(late, "2026-01-01 12:00:00 UTC")
    held, _ = graded(late)
    assert held["sample-late"].penalty == 5.0
    assert held["sample-late"].score == 0.0


def test_plain_nbgrader_takes_off_the_same(new: Course) -> None:
    done = subprocess.run(
        [NBGRADER, "autograde", NAME],
        cwd=new.root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    plain = {s.removeprefix("sample-"): held.penalty for s, held in read_grades(new, NAME).items()}
    assert plain == {"in-time": 0.0, "late": 2.0, "excused": 0.0}
