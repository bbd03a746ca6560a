"""The gradebook locked, broken, read-only, the disk full, the writer killed: nothing is lost."""

import random
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
from gradebook_dump import files, rows
from stored_class import MARKED, StoredClass, a_class, assert_all_there, command, said_by

from autograder.course import Course
from autograder.gradebook import connection
from autograder.gradebook.recording import require_usable
from autograder.messages import Problem

pytestmark = pytest.mark.sandbox


@pytest.fixture
def stored(three_graded: Course, released_tiny: Course, tmp_path: Path) -> StoredClass:
    return a_class(6, three_graded, released_tiny, tmp_path / "a course")


@contextmanager
def locked(stored: StoredClass) -> Iterator[Callable[[], None]]:
    """While another program writes in it, or until what it gives is called."""
    path = stored.course.root / "gradebook.db"
    with closing(sqlite3.connect(path, check_same_thread=False)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield other.rollback


def test_another_program_is_waited_for(stored: StoredClass) -> None:
    steps = []
    with locked(stored) as release:
        timer = threading.Timer(7, release)
        timer.start()
        assert stored.write(progress=lambda *step: steps.append(step)) == {}
        timer.join()
    waiting = [step for step in steps if step[0] == connection.WAITING]
    assert waiting
    assert waiting[-1][1] >= 5
    assert_all_there(stored)


def test_another_program_that_does_not_leave_is_named(
    stored: StoredClass, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "LOCK_SECONDS", 1)
    with locked(stored):
        with pytest.raises(Problem, match=r"another program is writing in it \(database is locked"):
            stored.write()
        require_usable(stored.course, "tiny")  # by the time it is needed it may be free
    stored.write()
    assert_all_there(stored)


def garbled(good: bytes) -> bytes:
    return random.Random(1).randbytes(len(good))


def cut_off(good: bytes) -> bytes:
    return good[: len(good) // 2]


def one_page_garbled(good: bytes) -> bytes:
    middle = len(good) // 2 // 4096 * 4096
    return good[:middle] + garbled(good[:4096]) + good[middle + 4096 :]


def empty(good: bytes) -> bytes:
    return b""


@pytest.mark.parametrize("broken", [garbled, cut_off, one_page_garbled, empty])
def test_a_broken_gradebook_is_named_at_once(
    broken: Callable[[bytes], bytes], stored: StoredClass
) -> None:
    book = stored.course.root / "gradebook.db"
    good = book.read_bytes()
    for ask in (stored.write, lambda: require_usable(stored.course, "tiny")):
        book.write_bytes(broken(good))
        with pytest.raises(Problem, match="gradebook") as said:
            ask()
        if broken is not empty:
            assert book.read_bytes() == broken(good)
        assert "autograder release tiny" in said.value.remedy or "from a copy" in said.value.remedy
    book.write_bytes(good)
    require_usable(stored.course, "tiny")
    assert stored.write() == {}
    assert_all_there(stored)


def read_only(path: Path) -> list[str]:
    return ["bwrap", "--dev-bind", "/", "/", "--ro-bind", str(path), str(path)]


@pytest.mark.parametrize(
    ("what", "why"),
    [
        ("gradebook.db", r"The gradebook cannot be used: attempt to write a readonly database"),
        (".", r"The gradebook cannot be used: (unable to open|attempt to write)"),
        ("autograded", r"The graded notebooks cannot be written: Read-only file system"),
    ],
)
def test_what_cannot_be_written_is_named(what: str, why: str, stored: StoredClass) -> None:
    before = rows(stored.course)
    code, said = said_by([*read_only(stored.course.root / what), *command(stored)])
    assert code == 2, said
    assert re.search(why, said), said
    assert "Traceback" not in said
    assert rows(stored.course) == before
    assert said_by(command(stored)) == (0, "")
    assert_all_there(stored)


def small_disk(stored: StoredClass, free_kb: int) -> str:
    """Write on a disk with so much room, then with more. Gives what was said the first time."""
    course = stored.course
    script = f"""
import os, shutil, subprocess, sys
root = {str(course.root)!r}
shutil.copytree({str(course.root) + " as it was"!r}, root, dirs_exist_ok=True)
disk = os.statvfs(root)
ballast = disk.f_bavail * disk.f_bsize - {free_kb} * 1024
with open(root + "/ballast", "wb") as file:
    file.write(bytes(ballast))
first = subprocess.run({command(stored)!r}, capture_output=True, text=True)
os.unlink(root + "/ballast")
second = subprocess.run({command(stored)!r}, capture_output=True, text=True)
shutil.copytree(root, {str(course.root) + " afterwards"!r})
print(first.returncode, first.stdout, first.stderr)
sys.exit(second.returncode)
"""
    course.root.rename(f"{course.root} as it was")
    course.root.mkdir()
    try:
        disk = ["bwrap", "--dev-bind", "/", "/", "--size", "4000000", "--tmpfs", str(course.root)]
        code, said = said_by([*disk, sys.executable, "-c", script])
        assert code == 0, said
    finally:
        course.root.rmdir()
        Path(f"{course.root} afterwards").rename(course.root)
    return said


@pytest.mark.parametrize("free_kb", [0, 12, 40, 100])
def test_a_full_disk_is_named_and_loses_nothing(free_kb: int, stored: StoredClass) -> None:
    said = small_disk(stored, free_kb)
    assert said.startswith("2 "), said
    assert "No space left on device" in said or "database or disk is full" in said
    assert "Make room" in said
    assert "Traceback" not in said
    assert_all_there(stored)


SIZE = 24
KILLS = 4


def published(stored: StoredClass) -> list[Path]:
    return list(stored.course.autograded.glob("[!.]*"))


def test_killed_in_the_middle_and_run_again(
    three_graded: Course, released_tiny: Course, tmp_path: Path
) -> None:
    undisturbed = a_class(SIZE, three_graded, released_tiny, tmp_path / "undisturbed")
    undisturbed.write()
    stored = a_class(SIZE, three_graded, released_tiny, tmp_path / "disturbed")
    (stored.course.root / "nbgrader_config.py").unlink()
    stored.course.prepare()
    chance = random.Random(4)
    written = 1
    for _ in range(KILLS):
        writer = subprocess.Popen(command(stored))
        # One more than the gradebook held: the last one's files may have been what was killed.
        while writer.poll() is None and len(published(stored)) <= written:
            time.sleep(0.01)
        time.sleep(chance.uniform(0.0, 0.1))
        writer.kill()
        assert writer.wait() == -signal.SIGKILL
        points = stored.points()
        assert points[MARKED] == 5.5
        grades = rows(stored.course)["grade"]
        assert len(grades) == 3 * len(points)
        assert not [row for row in grades if "-test" in row and "('auto_score', None)" in row]
        assert len(points) > written
        written = len(points)
    assert said_by(command(stored)) == (0, "")
    assert_all_there(stored, SIZE)
    assert rows(stored.course) == rows(undisturbed.course)
    assert files(stored.course) == files(undisturbed.course)


def test_ctrl_c_leaves_no_half(stored: StoredClass) -> None:
    def stop(what: str, done: int, whole: int) -> None:
        if done == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stored.write(progress=stop)
    assert len(stored.points()) == 3
    stored.write()
    assert_all_there(stored)


MARKING = """
import sys, time, warnings
from nbgrader.api import Gradebook
warnings.simplefilter("ignore")
url, students = sys.argv[1], sys.argv[2:]
for round in range(3):
    for student in students:
        with Gradebook(url) as book:
            grade = book.find_grade("why-answer", "tiny", "tiny", student)
            grade.manual_score, grade.needs_manual_grade = 0.25 + round, False
            book.find_comment("why-answer", "tiny", "tiny", student).manual_comment = f"at {round}"
            book.db.commit()
    print("marked all", flush=True)
"""


def test_marking_by_hand_at_the_same_time_loses_neither(
    three_graded: Course, released_tiny: Course, tmp_path: Path
) -> None:
    """As the formgrader marks, while everyone is written again and again."""
    stored = a_class(20, three_graded, released_tiny, tmp_path / "a course")
    stored.write()
    url = stored.course.config().CourseDirectory.db_url
    students = sorted(stored.points())
    marking = subprocess.Popen(
        [sys.executable, "-c", MARKING, url, *students],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    times = 0
    while marking.poll() is None:
        for i, student in enumerate(students):
            stored.give(student, three_graded, ["right", "first"][(i + times) % 2])
        assert stored.write() == {}
        times += 1
    assert (marking.communicate()[0], marking.returncode) == ("marked all\n" * 3, 0)
    assert times > 2
    tests = {student: 2.0 + 3.0 * ((i + times - 1) % 2 == 0) for i, student in enumerate(students)}
    assert stored.points() == {student: tests[student] + 2.25 for student in students}
    assert {stored.comment(student) for student in students} == {"at 2"}
