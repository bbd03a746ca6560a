"""Grading a class: right points, nothing twice, nothing lost, trouble costs its own only."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from nbgrader.api import Gradebook
from tiny_course import NAME, RIGHT

from autograder.course import Course
from autograder.demo.hand_in import make_class
from autograder.events import remarks
from autograder.gradebook.grades import read_grades
from autograder.grading.results import result_path
from autograder.messages import Problem
from autograder.nbgrader_log import nbgrader_logged
from autograder.options import Options
from autograder.scheduling.grade import grade, only_one, options_of

pytestmark = pytest.mark.sandbox

HandIn = Callable[..., Path]
QUICK = Options(call_seconds=2.0)
FORGETS = RIGHT | {"shift-answer": "def shift(x, b):\n    return 1.0 * x\n"}


def points(course: Course) -> dict[str, float]:
    return {student: s.score for student, s in read_grades(course, NAME).items()}


def stamps(course: Course) -> dict[Path, int]:
    """When each result and each graded notebook was written."""
    kept = [*course.results.rglob("*.json"), *course.autograded.rglob("*.ipynb")]
    return {path: path.stat().st_mtime_ns for path in kept}


def mark_by_hand(course: Course, student: str, score: float) -> None:
    with nbgrader_logged(course.log), Gradebook(course.config().CourseDirectory.db_url) as book:
        mark = book.find_grade("why-answer", NAME, NAME, student)
        mark.manual_score = score
        mark.needs_manual_grade = False
        book.find_comment("why-answer", NAME, NAME, student).manual_comment = "Well said."
        book.db.commit()


def test_a_class_gets_the_points_it_deserves(tiny: Course, hand_in: HandIn) -> None:
    made = make_class(tiny, NAME, 24)
    path = hand_in("a real student", RIGHT)
    before = {p: p.read_bytes() for p in tiny.submitted.rglob("*") if p.is_file()}
    seen: list[tuple[str, int, int]] = []
    outcomes = grade(tiny, NAME, QUICK, workers=2, progress=lambda *step: seen.append(step))
    got = points(tiny)
    for sample in made.samples:
        if sample.expected is not None:
            assert got[sample.student] == pytest.approx(sample.expected), sample.student
    assert got["a real student"] == 5.0
    assert [o.student for o in outcomes] == tiny.students(NAME)
    assert not any(o.problem for o in outcomes)
    assert seen[0] == ("Grading", 0, 25)
    assert seen[-1] == ("Writing the gradebook", 25, 25)
    done = [o.done for o in outcomes if o.done]
    said = {d.student: remarks(d.state, d.events, d.hints) for d in done}
    assert said["sample-03-leaves-it"] == ("1 hint",)
    assert "not readable" in said["sample-09-empty-file"]
    assert "repaired" in said["sample-11-wrong-name"]
    assert any("hung" in r for r in said["sample-05-endless-loop"])
    assert any("crashed" in r for r in said["sample-06-leaves-python"])
    assert {p: p.read_bytes() for p in tiny.submitted.rglob("*") if p.is_file()} == before
    assert path.read_bytes() == before[path]


def test_another_students_result_is_no_ones_own(tiny: Course, hand_in: HandIn) -> None:
    hand_in("one", RIGHT)
    hand_in("two", RIGHT)
    grade(tiny, NAME, QUICK)
    ours, theirs = (result_path(tiny.root, NAME, student) for student in ("one", "two"))
    shutil.copy(theirs, ours)
    assert [o.student for o in grade(tiny, NAME, QUICK) if o.done] == ["one", "two"]
    assert json.loads(ours.read_text())["done"]["student"] == "one"


def test_a_second_run_does_nothing(tiny: Course, hand_in: HandIn) -> None:
    for student in "ab":
        hand_in(student, RIGHT)
    grade(tiny, NAME)
    before = stamps(tiny)
    outcomes = grade(tiny, NAME)
    assert stamps(tiny) == before
    assert all(o.done and o.done.reused for o in outcomes)


def test_only_what_changed_is_graded_again(tiny: Course, hand_in: HandIn) -> None:
    for student in "ab":
        hand_in(student, FORGETS)
    grade(tiny, NAME)
    before = stamps(tiny)
    hand_in("b", RIGHT)
    grade(tiny, NAME)
    changed = {path for path, when in stamps(tiny).items() if before[path] != when}
    assert changed == {
        tiny.results / NAME / "b.json",
        tiny.autograded / "b" / NAME / f"{NAME}.ipynb",
    }
    assert points(tiny) == {"a": 3.0, "b": 5.0}


def test_other_limits_and_force_grade_again(tiny: Course, hand_in: HandIn) -> None:
    hand_in("a", RIGHT)
    grade(tiny, NAME)
    for again in ({"options": QUICK}, {"options": QUICK, "force": True}):
        before = stamps(tiny)
        (outcome,) = grade(tiny, NAME, **again)
        assert outcome.done is not None
        assert not outcome.done.reused
        assert stamps(tiny)[tiny.results / NAME / "a.json"] > before[tiny.results / NAME / "a.json"]


def test_some_students_only(tiny: Course, hand_in: HandIn) -> None:
    for student in "abc":
        hand_in(student, RIGHT)
    outcomes = grade(tiny, NAME, students=["c", "a", "a"])
    assert [o.student for o in outcomes] == ["a", "c"]
    assert points(tiny) == {"a": 5.0, "c": 5.0}


def test_ids_of_any_form(tiny: Course, hand_in: HandIn) -> None:
    ids = ["Zoë Żółw", "o'neill; drop table", "-x", "{0}%s", "學生", "a" * 128]
    for student in ids:
        hand_in(student, RIGHT)
    odd = ["a[b]*", " outer ", "\x1b[2J", "\udcff", "b" * 245, "學" * 80]
    for folder in odd:
        hand_in(folder, RIGHT)
    outcomes = grade(tiny, NAME, QUICK)
    assert {o.student: o.problem[:17] for o in outcomes if o.problem} == dict.fromkeys(
        odd, "no id of a studen"
    )
    assert points(tiny) == dict.fromkeys(sorted(ids), 5.0)


def test_only_odd_names_are_told_of_as_well(tiny: Course, hand_in: HandIn) -> None:
    hand_in("\udcff", RIGHT)
    (outcome,) = grade(tiny, NAME, QUICK)
    assert outcome.problem == (
        "no id of a student: it has letters that cannot be shown: rename the folder"
    )


def test_a_file_that_cannot_be_written_costs_its_student_alone(
    tiny: Course, hand_in: HandIn
) -> None:
    hand_in("a", RIGHT)
    hand_in("b", RIGHT)
    (tiny.results / NAME / "a.json").mkdir(parents=True)
    first, second = grade(tiny, NAME, QUICK, workers=1)
    assert first.problem.startswith("not kept: Is a directory: ")
    assert (second.problem, points(tiny)) == ("", {"b": 5.0})


def test_points_given_by_hand_survive(tiny: Course, hand_in: HandIn) -> None:
    hand_in("a", FORGETS)
    grade(tiny, NAME)
    assert read_grades(tiny, NAME)["a"].waiting == ("why-answer",)
    mark_by_hand(tiny, "a", 0.5)
    hand_in("a", RIGHT)
    grade(tiny, NAME, force=True)
    assert points(tiny) == {"a": 5.5}
    with nbgrader_logged(tiny.log), Gradebook(tiny.config().CourseDirectory.db_url) as book:
        assert book.find_comment("why-answer", NAME, NAME, "a").comment == "Well said."


def test_a_lost_gradebook_is_filled_from_the_kept_results(tiny: Course, hand_in: HandIn) -> None:
    from autograder.release import release

    hand_in("a", RIGHT)
    grade(tiny, NAME)
    (tiny.root / "gradebook.db").unlink()
    with pytest.raises(Problem, match="has not been released"):
        grade(tiny, NAME)
    release(tiny, NAME)
    (outcome,) = grade(tiny, NAME)
    assert outcome.done is not None
    assert outcome.done.reused
    assert points(tiny) == {"a": 5.0}


def break_gradebook(course: Course) -> bytes:
    book = course.root / "gradebook.db"
    good = book.read_bytes()
    book.write_bytes(b"this is no database" * 100)
    return good


def test_a_broken_gradebook_is_named_before_anything_is_graded(
    tiny: Course, hand_in: HandIn
) -> None:
    hand_in("a", RIGHT)
    good = break_gradebook(tiny)
    with pytest.raises(Problem, match=r"The gradebook cannot be used: .*not a database"):
        grade(tiny, NAME)
    assert stamps(tiny) == {}
    (tiny.root / "gradebook.db").write_bytes(good)
    grade(tiny, NAME)
    assert points(tiny) == {"a": 5.0}


def test_a_gradebook_that_breaks_meanwhile_loses_nothing(tiny: Course, hand_in: HandIn) -> None:
    hand_in("a", RIGHT)
    good: list[bytes] = []

    def spoil(what: str, done: int, whole: int) -> None:
        if done and not good:
            good.append(break_gradebook(tiny))

    with pytest.raises(Problem, match=r"The gradebook cannot be used: .*not a database"):
        grade(tiny, NAME, progress=spoil)
    (tiny.root / "gradebook.db").write_bytes(good[0])
    (outcome,) = grade(tiny, NAME)
    assert outcome.done is not None
    assert outcome.done.reused
    assert points(tiny) == {"a": 5.0}


def test_late_hand_ins_and_extensions(tiny: Course, hand_in: HandIn) -> None:
    (tiny.root / "own_config.py").write_text("c.LateSubmissionPlugin.penalty_method = 'zero'\n")
    path = hand_in("a", RIGHT)
    (path.parent / "timestamp.txt").write_text("2026-03-02 12:00:00 UTC\n")
    with nbgrader_logged(tiny.log), Gradebook(tiny.config().CourseDirectory.db_url) as book:
        book.update_or_create_assignment(NAME, duedate="2026-03-01 12:00:00 UTC")
    grade(tiny, NAME)
    assert points(tiny) == {"a": 0.0}
    assert read_grades(tiny, NAME)["a"].penalty == 5.0
    with nbgrader_logged(tiny.log), Gradebook(tiny.config().CourseDirectory.db_url) as book:
        book.grant_extension(NAME, "a", days=2)
    grade(tiny, NAME)
    assert points(tiny) == {"a": 5.0}


DEADLY = """
import os, signal


@declared.part("deadly", weight=0.0)
def deadly(student, numbers):
    if float(student(INPUT, 0.0)[0]) == 666.0:
        os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def deadly(tiny: Course, tmp_path: Path) -> Course:
    """A course whose hidden test ends the examiner's process for one answer."""
    solutions = tmp_path / "solutions"
    shutil.copytree(tiny.solutions, solutions)
    with (solutions / NAME / "exercises" / "shift.py").open("a") as file:
        file.write(DEADLY)
    course = Course.at(tiny.root, solutions)
    course.prepare()
    return course


def test_a_process_that_dies_costs_one_submission(deadly: Course, hand_in: HandIn) -> None:
    fatal = RIGHT | {"shift-answer": "def shift(x, b):\n    return np.full(3, 666.0)\n"}
    hand_in("a", RIGHT)
    hand_in("b", fatal)
    hand_in("c", RIGHT)
    outcomes = {o.student: o for o in grade(deadly, NAME, workers=1)}
    assert outcomes["b"].problem == "the grader's process died twice over it (signal 9)"
    assert not outcomes["a"].problem
    assert points(deadly) == {"a": 5.0, "c": 5.0}
    hand_in("b", RIGHT)
    grade(deadly, NAME)
    assert points(deadly) == {"a": 5.0, "b": 5.0, "c": 5.0}


def test_an_assignment_that_does_not_run_is_named(tiny: Course, hand_in: HandIn) -> None:
    hand_in("a", RIGHT)
    source = tiny.source / NAME / f"{NAME}.ipynb"
    source.write_text(source.read_text().replace("import numpy as np", "import nunpy as np"))
    with pytest.raises(Problem, match=r"own cells do not run.*nunpy"):
        grade(tiny, NAME)


def test_two_runs_at_once_are_refused(tiny: Course, hand_in: HandIn) -> None:
    hand_in("a", RIGHT)
    with only_one(tiny), pytest.raises(Problem, match="Another run is at work"):
        grade(tiny, NAME)
    grade(tiny, NAME)


def test_nobody_and_a_stranger(tiny: Course, hand_in: HandIn) -> None:
    with pytest.raises(Problem, match="Nobody has handed in") as nobody:
        grade(tiny, NAME)
    assert "autograder demo" in nobody.value.remedy
    hand_in("a", RIGHT)
    with pytest.raises(Problem, match="Has not handed in 'tiny': b, c"):
        grade(tiny, NAME, students=["a", "b", "c"])


def test_limits_come_from_the_settings_and_can_be_changed(tiny: Course) -> None:
    (tiny.root / "own_config.py").write_text(
        "c.TwoProcessExecute.options = {'memory_mb': 512, 'call_seconds': 4}\n"
    )
    options = options_of(tiny, call_seconds=7.0, sandbox=None)
    assert (options.memory_mb, options.call_seconds, options.sandbox) == (512, 7.0, "bubblewrap")
    with pytest.raises(Problem, match="A limit cannot be used"):
        options_of(tiny, memory_mb=-1)


def run_grade(course: Course, *more: str) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "autograder", "grade", NAME, "--workers", "1"]
    where = ["--course", str(course.root), "--solutions", str(course.solutions)]
    return subprocess.Popen(
        [*command, *where, *more],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def wait_for_results(course: Course, count: int) -> list[Path]:
    for _ in range(600):
        found = sorted((course.results / NAME).glob("[!.]*.json"))
        if len(found) >= count:
            return found
        time.sleep(0.1)
    raise AssertionError("no results")


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_run_that_was_ended_goes_on_where_it_was(
    how: signal.Signals, tiny: Course, hand_in: HandIn
) -> None:
    slow = RIGHT | {"double-answer": "import time\ntime.sleep(1.5)\n" + RIGHT["double-answer"]}
    for student in "abcd":
        hand_in(student, slow)
    run = run_grade(tiny)
    wait_for_results(tiny, 2)
    family = psutil.Process(run.pid).children(recursive=True)
    if how == signal.SIGINT:
        os.killpg(run.pid, how)  # as a terminal does it: to the whole group
    else:
        run.kill()
    _, said = run.communicate(timeout=60)
    assert run.returncode == (130 if how == signal.SIGINT else -how)
    if how == signal.SIGINT:
        assert "Stopped." in said
        assert "the same command goes on from here" in said
        assert "Traceback" not in said
    _, alive = psutil.wait_procs(family, timeout=15)
    assert alive == []
    before = stamps(tiny)
    for path in before:
        assert json.loads(path.read_text())["key"]
    outcomes = grade(tiny, NAME)
    kept = {tiny.results / NAME / f"{o.student}.json" for o in outcomes if o.done and o.done.reused}
    assert kept == {path for path in before if path.parent == tiny.results / NAME}
    assert 2 <= len(kept) < 4
    assert {path: when for path, when in stamps(tiny).items() if path in before} == before
    assert points(tiny) == dict.fromkeys("abcd", 5.0)


def test_the_formgraders_buttons_grade_in_the_same_way(tiny: Course, hand_in: HandIn) -> None:
    from nbgrader.apps.api import NbGraderAPI

    hand_in("a", FORGETS)
    with nbgrader_logged(tiny.log):
        config = tiny.config()
        api = NbGraderAPI(coursedir=tiny.directory("", "*", config), config=config)
        assert api.get_submitted_students(NAME) == {"a"}
        done = api.autograde(NAME, "a")
        assert done["success"], done
        made = api.generate_feedback(NAME, "a")
        assert made["success"], made
    assert points(tiny) == {"a": 3.0}
    page = (tiny.feedback / "a" / NAME / f"{NAME}.html").read_text(encoding="utf-8")
    assert "The bias is a term of the sum: where did it go?" in page
    assert "<script" not in page


def test_plain_nbgrader_gives_the_same_points(tiny: Course, hand_in: HandIn) -> None:
    hand_in("right", RIGHT)
    hand_in("forgets", FORGETS)
    hand_in("untouched", {})
    copied = hand_in("copied", RIGHT)
    notebook = json.loads(copied.read_text())
    notebook["cells"].append(
        next(c for c in notebook["cells"] if c["metadata"].get("nbgrader", {}).get("points") == 2)
        | {"id": "a-copy"}
    )
    for cell in notebook["cells"]:
        if "nbgrader" in cell["metadata"]:
            cell["metadata"]["nbgrader"]["schema_version"] = 9
    copied.write_text(json.dumps(notebook))
    done = subprocess.run(
        [Path(sys.executable).with_name("nbgrader"), "autograde", NAME],
        cwd=tiny.root,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    plain = points(tiny)
    assert plain == {"copied": 5.0, "forgets": 3.0, "right": 5.0, "untouched": 0.0}
    outcomes = grade(tiny, NAME)
    assert all(o.done and o.done.reused for o in outcomes)
    assert points(tiny) == plain
