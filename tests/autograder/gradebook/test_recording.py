"""What we write is what nbgrader writes: every table, every file; all of a student or nothing."""

import gc
import json
import shutil
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from gradebook_dump import different, rows
from nbgrader.api import Gradebook
from sqlalchemy.orm import Session
from stored_class import StoredClass
from tiny_course import NAME, RIGHT

from autograder.course import Course
from autograder.gradebook import recording
from autograder.gradebook.recording import record, require_usable
from autograder.gradebook.rows import AssignmentRows
from autograder.grading.results import Done, result_path
from autograder.messages import Problem
from autograder.nbgrader_log import nbgrader_logged
from autograder.options import Options
from autograder.scheduling.grade import grade

pytestmark = pytest.mark.sandbox

HandIn = Callable[..., Path]
FORGETS = RIGHT | {"shift-answer": "def shift(x, b):\n    return 1.0 * x\n"}

STEPS = '''
from nbgrader.api import Gradebook
from nbgrader.plugins import BasePlugin
from nbgrader.preprocessors import NbGraderPreprocessor


class TenthAnHour(BasePlugin):
    """Looks into the gradebook for itself, as a plugin may."""

    def late_submission_penalty(self, student_id, score, total_seconds_late):
        with Gradebook(self.parent.db_url) as book:
            held = book.find_submission("tiny", student_id)
            assert held.score == score
            book.find_submission_notebook("tiny", "tiny", student_id).flagged = True
            book.db.commit()
            return min(held.score, 0.1 * total_seconds_late / 3600)


class Note(NbGraderPreprocessor):
    """Leaves a note in every cell."""

    def preprocess_cell(self, cell, resources, index):
        cell.metadata["note"] = f"{index} of {resources['nbgrader']['student']}"
        return cell, resources
'''
OWN_MODULE = """
import sys
sys.path.insert(0, {root!r})
"""
LATE = "c.AssignLatePenalties.plugin_class = 'own_steps.TenthAnHour'\n"
SETTINGS = {
    "as it comes": "",
    "steps of one's own that open the gradebook": (
        LATE + "c.Autograde.autograde_preprocessors.append('own_steps.Note')\n"
    ),
    "students and files left out": (
        "c.Autograde.create_student = False\n"
        "c.CourseDirectory.student_id_exclude = 'untouched,nobody'\n"
        "c.CourseDirectory.course_id = 'spring'\n"
        "c.CourseDirectory.groupshared = True\n"
        "c.LimitOutput.max_lines = 2\n"
    ),
    "a step of one's own before grading": (
        "c.Autograde.sanitize_preprocessors.append('own_steps.Note')\n"
    ),
}


def nbgrader_autograde(course: Course, *more: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [Path(sys.executable).with_name("nbgrader"), "autograde", NAME, *more],
        cwd=course.root,
        capture_output=True,
        text=True,
        check=False,
    )


def at_work(course: Course) -> Gradebook:
    return Gradebook(course.config().CourseDirectory.db_url)


def prepare(course: Course, settings: str) -> None:
    root = str(course.root)
    (course.root / "own_steps.py").write_text(STEPS)
    (course.root / "own_config.py").write_text(OWN_MODULE.format(root=root) + settings)
    (course.source / NAME / "data.csv").write_text("1,2\n")
    with nbgrader_logged(course.log), at_work(course) as book:
        book.update_or_create_assignment(NAME, duedate="2026-03-01 12:00:00 UTC")
        for student in ("right", "forgets", "late", "extended"):
            book.add_student(student, first_name="First", email=f"{student}@example.org")


def hand_in_all(hand_in: HandIn) -> None:
    hand_in("right", RIGHT | {"double-answer": "print('x\\n' * 9)\n" + RIGHT["double-answer"]})
    hand_in("forgets", FORGETS)
    hand_in("untouched", {})
    for student in ("late", "extended"):
        path = hand_in(student, RIGHT)
        (path.parent / "timestamp.txt").write_text("2026-03-02 12:00:00.000000 UTC\n")
    copied = hand_in("newcomer", RIGHT)
    notebook = json.loads(copied.read_text())
    tests = [c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("points") == 2]
    notebook["cells"] += [tests[0] | {"id": "copy"}]
    notebook["cells"] += [tests[0] | {"id": "own", "metadata": {}, "source": "1 + 1"}]
    copied.write_text(json.dumps(notebook))


def mark_by_hand(course: Course) -> None:
    with nbgrader_logged(course.log), at_work(course) as book:
        for student, score in (("right", 0.5), ("late", 1.0)):
            mark = book.find_grade("why-answer", NAME, NAME, student)
            mark.manual_score, mark.needs_manual_grade = score, False
            book.find_comment("why-answer", NAME, NAME, student).manual_comment = "Well said."
            book.find_comment("shift-answer", NAME, NAME, student).manual_comment = "And this."
        extra = book.find_grade("shift-test", NAME, NAME, "forgets")
        extra.extra_credit, extra.manual_score = 0.25, 2.5
        book.grant_extension(NAME, "extended", days=2)
        book.db.commit()


def take_results(ours: Course, plain: Course) -> None:
    """So that both write the same results: what is compared here is the writing."""
    shutil.copytree(plain.results, ours.results, dirs_exist_ok=True)


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_what_is_written_is_what_nbgrader_writes(
    settings: str, tiny: Course, hand_in: HandIn, tmp_path: Path
) -> None:
    hand_in_all(hand_in)
    plain = Course.at(tmp_path / "plain nbgrader", tiny.solutions)
    shutil.copytree(tiny.root, plain.root)
    (plain.root / "nbgrader_config.py").unlink()
    plain.prepare()
    for course in (tiny, plain):
        prepare(course, settings)
    refused = {"newcomer"} if "create_student = False" in settings else set()

    done = nbgrader_autograde(plain)
    assert (done.returncode != 0) == bool(refused), done.stderr
    take_results(tiny, plain)
    outcomes = grade(tiny, NAME)
    assert {o.student for o in outcomes if o.problem} == refused
    assert different(tiny, plain) == []

    for course in (tiny, plain):
        mark_by_hand(course)
        path = course.submitted / "forgets" / NAME / f"{NAME}.ipynb"
        path.write_bytes((course.submitted / "right" / NAME / f"{NAME}.ipynb").read_bytes())
        shutil.copy(course.submitted / "late" / NAME / "timestamp.txt", path.parent)
    nbgrader_autograde(plain, "--force")
    take_results(tiny, plain)
    shutil.rmtree(tiny.root / ".stamps" / "graded")  # everyone is written again, as by --force
    grade(tiny, NAME)
    assert different(tiny, plain) == []


@pytest.fixture
def stored(three_graded: Course, released_tiny: Course, tmp_path: Path) -> StoredClass:
    made = StoredClass.new(released_tiny, tmp_path / "a course")
    for student, like in {"ann": "right", "bob": "first", "cas": "nothing"}.items():
        made.give(student, three_graded, like)
    return made


def when_written(stored: StoredClass) -> dict[Path, int]:
    return {p: p.stat().st_mtime_ns for p in stored.course.autograded.rglob("*.ipynb")}


def test_who_is_written_down_is_left_alone(stored: StoredClass) -> None:
    assert stored.write() == {}
    stored.mark("ann", 1.0)
    before, held = when_written(stored), rows(stored.course)
    assert stored.write() == {}
    assert when_written(stored) == before
    assert rows(stored.course) == held
    assert stored.points() == {"ann": 6.0, "bob": 2.0, "cas": 0.0}


def test_what_was_lost_is_written_again(stored: StoredClass, three_graded: Course) -> None:
    """The gradebook was put back from a copy, a notebook emptied, another removed."""
    stored.write(["bob", "cas"])
    copy = stored.course.root / "gradebook.copy"
    shutil.copy(stored.course.root / "gradebook.db", copy)
    stored.give("bob", three_graded, "right")
    stored.write()
    whole = rows(stored.course), {p: p.read_bytes() for p in when_written(stored)}
    assert stored.points() == {"ann": 5.0, "bob": 5.0, "cas": 0.0}

    copy.replace(stored.course.root / "gradebook.db")
    assert stored.points() == {"bob": 2.0, "cas": 0.0}
    stored.notebook("cas").chmod(0o644)
    stored.notebook("cas").write_text("")
    stored.write()
    assert (rows(stored.course), {p: p.read_bytes() for p in when_written(stored)}) == whole
    stored.notebook("cas").unlink()
    stored.write()
    assert {p: p.read_bytes() for p in when_written(stored)} == whole[1]


def test_a_result_that_was_made_anew_is_written_again(stored: StoredClass) -> None:
    stored.write()
    path = result_path(stored.course.root, NAME, "bob")
    kept = json.loads(path.read_text())
    for cell in kept["graded"]["notebook"]["cells"]:
        for output in cell.get("outputs", []):
            if output["output_type"] == "execute_result" and output["data"]["text/plain"] == "2.0":
                output["data"]["text/plain"] = "1.5"
    path.write_text(json.dumps(kept))
    stored.write()
    assert stored.points() == {"ann": 5.0, "bob": 1.5, "cas": 0.0}


FAILS_FOR_BOB = """
from nbgrader.preprocessors import NbGraderPreprocessor


class Fail(NbGraderPreprocessor):
    def preprocess(self, nb, resources):
        if resources["nbgrader"]["student"] == "bob":
            {how}
        return nb, resources
"""
FAILURES = {
    "raises": ("raise ValueError('it is bob')", "ValueError: it is bob"),
    "spoils the notebook": ("nb.cells[0].cell_type = 'nonsense'", "ValidationError"),
    "breaks a rule of the gradebook": (
        "from nbgrader.api import Gradebook, Student\n"
        "            with Gradebook(resources['nbgrader']['db_url']) as book:\n"
        "                book.add_student('bob')\n"
        "                book.db.commit()",
        "InvalidEntry",
    ),
}


def with_own_steps(stored: StoredClass, how: str) -> None:
    """Let the settings name a step that does something for bob alone."""
    (stored.course.root / "fails_for_bob.py").write_text(FAILS_FOR_BOB.format(how=how))
    (stored.course.root / "own_config.py").write_text(
        OWN_MODULE.format(root=str(stored.course.root))
        + "sys.modules.pop('fails_for_bob', None)\n"
        + "c.Autograde.autograde_preprocessors.append('fails_for_bob.Fail')\n"
    )


@pytest.mark.parametrize(("how", "why"), FAILURES.values(), ids=FAILURES)
def test_a_failing_step_of_ones_own_costs_one_student_until_it_is_mended(
    how: str, why: str, stored: StoredClass, three_graded: Course
) -> None:
    """Steps of one's own are nbgrader's to take, in its own transactions."""
    stored.write()
    stored.mark("bob", 1.0)
    with_own_steps(stored, how)
    for student in ("ann", "bob", "dan", "new"):
        stored.give(student, three_graded, "nothing")
    problems = stored.write()
    assert problems.keys() == {"bob"}
    assert why in problems["bob"]
    others = {s: points for s, points in stored.points().items() if s != "bob"}
    assert others == {"ann": 0.0, "cas": 0.0, "dan": 0.0, "new": 0.0}
    (stored.course.root / "own_config.py").unlink()
    assert stored.write() == {}
    assert stored.points()["bob"] == 1.0
    assert stored.comment("bob") == "Well said."
    assert stored.notebook("bob").stat().st_size


def test_a_failure_between_the_rows_leaves_no_half(
    stored: StoredClass, three_graded: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored.write()
    stored.mark("bob", 1.0)
    held, files = rows(stored.course), stored.notebook("bob").read_bytes()
    for student in ("ann", "bob", "new"):
        stored.give(student, three_graded, "nothing")
    refused = ("bob", "new")
    write = recording.write_submission

    def fail_at_last(session: Session, of: AssignmentRows, student: str, *more: Any) -> None:
        write(session, of, student, *more)
        if student in refused:
            raise ValueError(f"it is {student}")

    monkeypatch.setattr(recording, "write_submission", fail_at_last)
    problems = stored.write()
    assert {s: "ValueError: it is" in why for s, why in problems.items()} == dict.fromkeys(
        refused, True
    )
    assert stored.points() == {"ann": 0.0, "bob": 3.0, "cas": 0.0}
    for table in ("grade", "comment", "submitted_notebook"):
        of_bob = [
            [row for row in each[table] if "'bob'" in row] for each in (held, rows(stored.course))
        ]
        assert of_bob[0] == of_bob[1]
    assert not [row for row in rows(stored.course)["student"] if "'new'" in row]
    assert stored.notebook("bob").read_bytes() == files
    assert not list(stored.course.autograded.glob(".*"))
    monkeypatch.undo()
    assert stored.write() == {}
    assert stored.points() == {"ann": 0.0, "bob": 1.0, "cas": 0.0, "new": 0.0}


def test_a_result_that_is_gone_is_a_problem_of_its_student(stored: StoredClass) -> None:
    finished = {s: Done(s, "no such key", True, "whole", (), 0, 0.0, 0.0) for s in ("ann",)}
    problems = record(stored.course, NAME, Options(), finished, lambda *step: None)
    assert "the result in" in problems["ann"]
    assert stored.points() == {}


def test_hooks_find_the_notebook_in_its_place(stored: StoredClass) -> None:
    seen = stored.course.root / "seen"
    (stored.course.root / "own_config.py").write_text(
        "from pathlib import Path\n"
        "def after(assignment, student, notebooks):\n"
        f"    place = Path({str(stored.course.autograded)!r}) / student / assignment\n"
        f"    with open({str(seen)!r}, 'a') as file:\n"
        "        print(student, (place / f'{assignment}.ipynb').is_file(), file=file)\n"
        "c.Autograde.post_convert_hook = after\n"
    )
    assert stored.write() == {}
    assert seen.read_text().split() == ["ann", "True", "bob", "True", "cas", "True"]


def test_memory_does_not_grow_with_the_class(stored: StoredClass, three_graded: Course) -> None:
    """A student whose result stayed in memory would take three times what is allowed here."""

    def one_by_one(students: range) -> Iterator[str]:
        for i in students:
            gc.collect()  # what is held, not what has not been collected yet
            yield f"s{i:02}"

    for i in range(30):
        stored.give(f"s{i:02}", three_graded, "right")
    stored.write(["ann", "bob", "cas"])
    tracemalloc.start()
    try:
        peaks = []
        for students in (range(5), range(5, 30)):
            tracemalloc.reset_peak()
            assert stored.write(one_by_one(students)) == {}
            peaks.append(tracemalloc.get_traced_memory()[1])
    finally:
        tracemalloc.stop()
    assert peaks[1] - peaks[0] < 20 * 20_000


def test_an_assignment_that_the_gradebook_does_not_hold_is_named(stored: StoredClass) -> None:
    with nbgrader_logged(stored.course.log):
        (stored.course.root / "gradebook.db").unlink()
        at_work(stored.course).close()
    for ask in (stored.write, lambda: require_usable(stored.course, NAME)):
        with pytest.raises(Problem, match="does not hold the assignment 'tiny'"):
            ask()
